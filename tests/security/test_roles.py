"""Viewers change nothing, whatever they reach: every writer refuses them, and the pages tell them why beforehand."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from analytics import settings
from analytics.errors import RoleError, TeamError
from analytics.forecast import remove_budget, set_budget
from analytics.learning import train_router
from analytics.logs import load_log, load_outcomes
from analytics.logs.demo import build_demo
from analytics.logs.mapping import Column, Mapping, save_mapping
from analytics.logs.reprice import reprice
from analytics.people import Person, acting, acting_as, editors_of, is_editor, operating_system_user, require_editor
from analytics.policies import single_model
from analytics.prices.own_file import OwnEntries, save_own_entries
from analytics.reconcile import load_invoices
from analytics.saved import delete_item, save_item
from analytics.sidebyside import begin_run, go_on
from analytics.sidebyside.background import start_in_background
from analytics.sidebyside.forget import forget_prompts
from analytics.sidebyside.votes import keep_vote
from analytics.sources import Source, add_source, remove_source, sync_sources
from analytics.sources.config import save_sources
from analytics.store import Store, list_changes, open_store, write_transaction
from analytics.tracking import add_second_month, adopt, remove_adoption
from tests.security.test_forget import ALWAYS

VIEWER = Person("vic@example.com", False)
EDITOR = Person("ann@example.com", True)
SOURCE = Source("one", "litellm", "https://llm.example.com", "LITELLM_KEY")
RUN = "20261001-120000-abcdef"

WRITERS: dict[str, Callable[[Store, Path], object]] = {
    "load_log": lambda store, file: load_log(store.path, file),
    "load_outcomes": lambda store, file: load_outcomes(store.path, file),
    "load_invoices": lambda store, file: load_invoices(store.path, [file.with_name("invoice.csv")]),
    "set_budget": lambda store, file: set_budget(store, "total", "", 5.0),
    "remove_budget": lambda store, file: remove_budget(store, "total", ""),
    "save_item": lambda store, file: save_item(store, "architecture", "x", "x"),
    "delete_item": lambda store, file: delete_item(store, "x"),
    "adopt": lambda store, file: adopt(store, single_model("gpt-4o"), "other"),
    "reprice": lambda store, file: reprice(store.path),
    "save_own_entries": lambda store, file: save_own_entries(store.path, OwnEntries(aliases={"x": "gpt-4o"})),
    "save_mapping": lambda store, file: save_mapping(store.path, _mapping()),
    "add_source": lambda store, file: add_source(store.path, Source("two", "litellm", "https://x.example", "LITELLM_KEY")),
    "remove_source": lambda store, file: remove_source(store.path, "one"),
    "sync_sources": lambda store, file: sync_sources(store.path),
    "keep_vote": lambda store, file: keep_vote(store.path, RUN, ("p", "a", "b"), "tie"),
    "go_on": lambda store, file: go_on(store.path, RUN),
    "start_in_background": lambda store, file: start_in_background(store.path, RUN),
    "forget_prompts": lambda store, file: forget_prompts(store.path, ALWAYS),
    "write_transaction": lambda store, file: write_transaction(store.path, "own", "anything").__enter__(),
}  # fmt: skip
# Those whose refusal needs more than this log to be reached end in write_transaction or open_ledger too.
ELSEWHERE = (train_router, add_second_month, remove_adoption, begin_run, build_demo)


def _mapping() -> Mapping:
    return Mapping(
        "theirs", ("created",), {name: Column(name) for name in ("timestamp", "model", "input_tokens", "output_tokens")}
    )


@pytest.fixture
def store(database: Path, tmp_path: Path) -> Store:
    """A log with a budget, a source and a file that would load."""
    file = tmp_path / "log.csv"
    file.write_text("request_id,timestamp,model,input_tokens,output_tokens\na,2026-10-01,gpt-4o,10,5\n")
    load_log(database, file)
    (tmp_path / "invoice.csv").write_text("provider,month,amount\nopenai,2026-10,5\n")
    set_budget(open_store(database), "total", "", 100.0)
    save_sources(database, (SOURCE,))
    return open_store(database)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_viewer_is_refused_and_nothing_changes(writer: str, store: Store, tmp_path: Path) -> None:
    before = everything(tmp_path)
    with acting_as(VIEWER), pytest.raises(RoleError, match=r"vic@example.com may see everything but not .*editor"):
        WRITERS[writer](store, tmp_path / "log.csv")
    assert everything(tmp_path) == before


def test_every_module_that_writes_a_file_asks_who_is_acting() -> None:
    """A new writer of files must come to this list, and think of viewers."""
    asking = {
        "store/catalogue.py", "prices/own_file.py", "logs/mapping.py", "sources/config.py", "sources/sync.py", "sidebyside/ledger.py",
        "sidebyside/forget.py", "store/backup.py",
    }  # fmt: skip
    # Files of the command line's own user (`--out`), and temporary ones.
    of_the_user = {
        "reports/write.py", "reports/pdf.py", "commands/shared.py", "store/archive.py", "sidebyside/outcomes.py",
    }  # fmt: skip
    writes = {
        "write_text",
        "write_bytes",
        "unlink",
        "rename",
        "rmtree",
        "mkstemp",
        "fdopen",
        "symlink_to",
        "copyfile",
        "link",
    }
    found = set()
    for file in (settings.home / "analytics").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id in ("write_whole", "whole_file"):
                    found.add(str(file.relative_to(settings.home / "analytics")))
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                mode = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                opens = node.func.attr == "open" and any(set(one) & set("wax+") and len(one) <= 3 for one in mode)
                if node.func.attr in writes or opens:
                    found.add(str(file.relative_to(settings.home / "analytics")))
    # Segments are only ever written within a transaction.
    assert found - {"store/segments.py", "traffic/segment.py", "whole_file.py"} == asking | of_the_user


def test_every_write_is_named(store: Store) -> None:
    with acting_as(EDITOR):
        set_budget(store, "team", "growth", 5.0)
        save_own_entries(store.path, OwnEntries(aliases={"x": "gpt-4o"}))
        saved = save_item(
            open_store(store.path), "architecture", "Rules", 'name = "Rules"\n[default]\nuse = "gpt-4o"\n'
        )
        delete_item(open_store(store.path), saved.item)
    found = list_changes(open_store(store.path)).select("who", "what", "detail").rows()
    me = operating_system_user().name
    assert found == [
        ("ann@example.com", "delete something kept", "Rules"),
        ("ann@example.com", "keep an architecture", "Rules"),
        ("ann@example.com", "change own prices", "0 prices, 1 aliases, 0 discounts"),
        ("ann@example.com", "set a budget", "team growth: 5.00 USD a month"),
        (me, "change the sources", "one"),
        (me, "set a budget", "all traffic: 100.00 USD a month"),
        (me, "load a log", "log.csv: 1 of 1 rows loaded, 0 refused"),
    ]
    assert len(list_changes(open_store(store.path), "BUDGET")) == 2


def test_a_write_that_fails_is_not_noted(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), write_transaction(store.path, "own", "test") as transaction:
        transaction.detail = str(1 / 0)
    assert "test" not in open_store(store.path).columns("SELECT what FROM changes")["what"]


def test_the_work_of_a_thread_is_still_somebodys() -> None:
    with acting_as(VIEWER):
        assert acting() == VIEWER
        with pytest.raises(RoleError):
            require_editor("do it")
    assert acting() == operating_system_user()


EDITORS = ("ann@example.com", "@example.org")
VERIFIED = {"email_verified": True}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"email": "ann@example.com", **VERIFIED}, True),
        ({"email": " Ann@Example.COM ", **VERIFIED}, True),
        ({"email": "bob@example.org", "email_verified": "true"}, True),
        ({"email": "ann@example.com"}, False),
        ({"email": "ann@example.com", "email_verified": False}, False),
        ({"email": "ann@example.com", "email_verified": "false"}, False),
        ({"email": "ann@example.com", "email_verified": 1}, True),
        ({"email": "bob@example.com", **VERIFIED}, False),
        ({"email": "bob@sub.example.org", **VERIFIED}, False),
        ({"email": "bob@example.org.evil.com", **VERIFIED}, False),
        ({"email": "@example.org", **VERIFIED}, False),
        ({"email": "ann@example.com\u200b", **VERIFIED}, False),
        ({"email": ["ann@example.com"], **VERIFIED}, False),
        ({"email": None, **VERIFIED}, False),
        (VERIFIED, False),
    ],
)
def test_who_is_an_editor(claims: dict[str, Any], expected: bool) -> None:
    assert is_editor(claims, editors_of({"editors": list(EDITORS)})) is expected


def test_without_a_list_everybody_looks() -> None:
    assert editors_of(None) == editors_of({}) == ()
    for wrong in (
        {"editors": "ann@example.com"},
        {"editors": ["*"]},
        {"editors": ["ann"]},
        {"editors": [3]},
        {"editor": []},
        {"editors": ["a@b@c"]},
    ):
        with pytest.raises(TeamError):
            editors_of(wrong)


def open_page(page: str, user: dict[str, Any], team: dict[str, Any] | None = None) -> AppTest:
    app = AppTest.from_file(str(settings.home / "pages" / "main.py"), default_timeout=60)
    app.secrets["auth"] = {
        "redirect_uri": "http://localhost/oauth2callback",
        "cookie_secret": "x" * 64,
        "client_id": "a",
    }
    app.secrets["team"] = {"editors": ["ann@example.com"]} if team is None else team
    app.user = user
    app.run()
    return app.switch_page(page).run() if page else app


@pytest.mark.parametrize("page", ["audit/spend.py", "manage/sources.py", "present/saved.py"])
def test_nothing_is_read_before_signing_in(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("a database was opened")

    monkeypatch.setattr("pages.shared.database.open_store", never)
    app = open_page("", {"is_logged_in": False, "email": "ann@example.com", "email_verified": True})
    assert [one.label for one in app.button] == ["Sign in"]
    assert not app.exception
    assert not app.error
    assert not app.sidebar.children
    assert len(app.main.children) == 3  # the name, what to do, the button


def test_a_viewer_reads_why_and_a_forged_click_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "own_database", lambda: store.path)
    monkeypatch.setattr(settings, "default_database", lambda: store.path)
    monkeypatch.setattr(settings, "demo_database", lambda: store.path.with_name("none.duckdb"))
    app = open_page("audit/budgets.py", {"is_logged_in": True, "email": "vic@example.com", "email_verified": True})
    save = next(one for one in app.button if one.label == "Save")
    assert save.disabled
    assert save.help == "This takes the role of an editor."
    before = store.path.read_bytes()
    # What a browser that ignores `disabled` would send: the page takes the click.
    monkeypatch.setattr("pages.audit.budget_form.editors_only", lambda disabled=False: {})
    app.run()
    amount = next(one for one in app.number_input if one.label.startswith("At most"))
    amount.set_value(7.0)
    next(one for one in app.button if one.label == "Save").click().run()
    assert [one.value for one in app.error] == [
        "**This takes the role of an editor**\n\nvic@example.com may see everything but not set a budget: that takes the role of an "
        "editor, which whoever runs this server gives."
    ]
    assert store.path.read_bytes() == before


def test_a_mistake_in_the_list_of_editors_lets_nobody_in(demo_free: None) -> None:
    app = open_page(
        "", {"is_logged_in": True, "email": "ann@example.com", "email_verified": True}, {"editors": "ann@example.com"}
    )
    assert "must be a list" in app.error[0].value
    assert not app.sidebar.children


@pytest.fixture
def demo_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.shared.database.open_store", lambda path: pytest.fail("a database was opened"))
