"""A whole journey with keys that every server echoes wherever it can: afterwards they are nowhere, byte by byte."""

import base64
import json
import logging
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from streamlit.testing.v1 import AppTest

from analytics.cli import main
from analytics.policies import architecture_toml, single_model
from analytics.sidebyside import Order, Prompt, begin_run, go_on, list_runs
from analytics.sidebyside.background import under_way
from analytics.sources import Source, save_sources, sync_sources
from analytics.store import open_store
from tests.pages.test_pages import PAGES, start
from tests.pages.test_side_by_side import own
from tests.sidebyside.test_run import MODELS, configure, quick
from tests.sidebyside.upstream import Upstream, serve
from tests.sources import replies
from tests.sources.conftest import QUICK
from tests.sources.server import Answer, Call, Trouble, serving

__all__ = ["own", "quick"]

KEYS = {
    "LITELLM_KEY": "sk-planted-gateway/+=42",
    "SIDE_KEY": "sk-planted-endpoint-0815",
    "LANGFUSE_KEY": "sk-planted-trace%7",
}
USER = "pk-public"


def _forms(key: str) -> set[bytes]:
    """As it is, in URLs, in JSON, in Basic authentication, and in any stretch of base64."""
    pair = f"{USER}:{key}"
    forms = {key, quote(key, safe=""), json.dumps(key)[1:-1], json.dumps(key).replace("/", "\\/")[1:-1]}
    forms |= {base64.b64encode(text.encode()).decode() for text in (key, pair)}
    # Inside a longer text base64 depends on where it begins: three ways, without the letters that the neighbours share.
    forms |= {base64.b64encode(b"x" * shift + key.encode()).decode()[4:-4] for shift in range(3)}
    return {form.encode() for form in forms}


FORMS = frozenset().union(*map(_forms, KEYS.values()))


def assert_clean(where: str, content: bytes | str) -> None:
    """No form of any key is in the content."""
    data = content.encode("utf-8", "replace") if isinstance(content, str) else content
    for form in FORMS:
        assert form not in data, f"{form!r} is in {where}"


def unpacked(file: Path) -> Iterator[bytes]:
    """A file's bytes, and what is packed in them: members of a zip, streams of a PDF."""
    data = file.read_bytes()
    yield data
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    if file.suffix == ".pdf":
        for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
            try:
                yield zlib.decompress(stream)
            except zlib.error:
                continue


def page_source(app: AppTest) -> bytes:
    """Everything that the browser is sent."""

    def below(block: Any) -> Iterator[bytes]:
        for child in block.children.values():
            if hasattr(child, "children"):
                yield from below(child)
            if getattr(child, "proto", None) is not None:
                yield child.proto.SerializeToString()

    return b"\n".join([*below(app.main), *below(app.sidebar), repr(app.query_params).encode()])


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)
    monkeypatch.setenv("LANGFUSE_USER", USER)
    monkeypatch.setenv("ROUTECAST_ALLOW_PRIVATE", "1")


def echoing() -> dict[str, Callable[[Call], Answer | Trouble]]:
    """A LiteLLM that writes what it heard into every field that takes text."""

    def logs(call: Call) -> Answer:
        heard, key = call.headers["authorization"], KEYS["LITELLM_KEY"]
        told = {"end_user": heard, "user": key, "session_id": f"s {key}", "request_tags": [f"task:{key}", heard]}
        told |= {"metadata": {"user_api_key_team_alias": key, "heard": [heard, quote(key, safe="")]}, "messages": heard}
        good = [replies.spend_log(number) | told for number in range(20)]
        return {"data": [*good, replies.spend_log(20) | {"prompt_tokens": heard} | told], "total_pages": 1}

    return {"/spend/logs/v2": logs}


def refusing() -> dict[str, Callable[[Call], Answer | Trouble]]:
    """A Langfuse that quotes the key in its refusal."""
    key = KEYS["LANGFUSE_KEY"]
    said = f"bad key {key} {quote(key, safe='')} Basic {base64.b64encode(f'{USER}:{key}'.encode()).decode()}".encode()
    return {"/api/public/v2/observations": lambda call: Trouble(400, {"x-heard": key}, said)}


def test_keys_are_nowhere_after_a_whole_journey(
    planted: None, own: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(echoing()) as gateway, serving(refusing()) as broken, serve() as upstream:
        save_sources(
            own,
            (
                Source("one", "litellm", gateway.url, "LITELLM_KEY", keep_prompts=True),
                Source("two", "langfuse", broken.url, "LANGFUSE_KEY", "LANGFUSE_USER"),
            ),
        )
        results = sync_sources(own, limits=QUICK)
        assert [(one.counts.loaded, one.counts.rejected) for one in results] == [(20, 1), (0, 0)]
        assert_clean("results", repr(results))
        _side_by_side(own, upstream)
        _commands(own, tmp_path)
        _pages(own)
        heard = {call.headers["authorization"] for call in (*gateway.calls, *broken.calls)}
        assert {f"Bearer {KEYS['LITELLM_KEY']}"} < heard  # the journey did use them
        assert upstream.keys == {KEYS["SIDE_KEY"]}
    for name, stream in zip(("stdout", "stderr"), capsys.readouterr(), strict=True):
        assert_clean(name, stream)
    for record in caplog.records:
        assert_clean(f"the log of {record.name}", record.getMessage() + repr(record.__dict__))
    _files(tmp_path)
    _tables(own)


def _side_by_side(database: Path, upstream: Upstream) -> None:
    """A run whose answers, errors and judgements hold the key; one that breaks off; scores loaded."""
    key = KEYS["SIDE_KEY"]
    upstream.answer = lambda model, prompt: f"7 and your key is {key}, in JSON {json.dumps({'key': key})}"
    upstream.fault = lambda model, prompt, nth: {"0": "400", "1": "500", "2": "cut", "3": "302"}.get(prompt[-1], "ok")
    configure(database, upstream)
    asked = tuple(Prompt(f"p{n}", f"question {n}", "chat") for n in range(10))
    order = Order(asked, MODELS[:2], check="regex", check_argument=r"\d", metric="quality", judge=MODELS[0])
    run = go_on(database, begin_run(database, order))
    assert run.calls
    assert_clean("the run", repr(run))
    assert main(["sidebyside", "--resume", run.run_id, "--db", str(database), "--json"]) == 0


def _commands(database: Path, folder: Path) -> None:
    """What is written for others."""
    architecture = folder / "mini.toml"
    architecture.write_text(architecture_toml(single_model(MODELS[0])))
    written = [
        ["report", "--out", str(folder / f"report.{kind}"), str(architecture)]
        for kind in ("html", "pptx", "pdf", "csv")
    ]
    written += [
        ["export", str(architecture), "--to", kind, "--out", str(folder / f"export.{kind}")]
        for kind in ("litellm", "python", "sql")
    ]
    written += [
        ["evidence", str(architecture), "--plan", str(folder / "plan.csv")],
        ["audit"],
        ["simulate", str(architecture)],
    ]
    for command in written:
        assert main([*command, "--db", str(database)]) == 0, command
    assert main(["sync", "--json", "--db", str(database)]) == 1  # one of both is refused


def _pages(database: Path) -> None:
    """Every page, then a sync and a run from their buttons."""
    for page in PAGES:
        app = start(page)
        assert not app.exception, page
        assert_clean(page, page_source(app))
    app = start("manage/sources.py")
    app.button(key="sync_now").click().run()
    assert "HTTP 400" in app.error[0].value
    assert_clean("sources after a sync", page_source(app))
    app = start("route/side_by_side.py")
    app.text_area(key="side_text").set_value("question 9").run()
    app.button(key="side_start").click().run()
    working = under_way(database, max(list_runs(database)))
    if working is not None:
        working.wait(60)
    app.run()
    source = page_source(app)
    assert b"your key is" in source
    assert_clean("side by side after a run", source)


def _files(folder: Path) -> None:
    files = [file for file in folder.rglob("*") if file.is_file()]
    kinds = {file.suffix for file in files}
    assert {".duckdb", ".parquet", ".html", ".pptx", ".pdf", ".csv", ".toml"} <= kinds, kinds
    for file in files:
        for content in unpacked(file):
            assert_clean(str(file), content)


def _tables(database: Path) -> None:
    """Parquet and DuckDB compress: what is in them, as text."""
    store = open_store(database)
    tables = [row[0] for row in store.rows("SELECT table_name FROM information_schema.tables")]
    assert {"requests", "rejections", "outcomes", "sources"} <= set(tables)
    for table in tables:
        assert_clean(f"table {table}", repr(store.rows(f'FROM "{table}"')))


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    """A key in a zip, in a PDF's stream, within base64: each would be found."""
    key = KEYS["SIDE_KEY"].encode()
    with zipfile.ZipFile(tmp_path / "a.pptx", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("slide.xml", b"<a>" + key + b"</a>")
    (tmp_path / "a.pdf").write_bytes(b"%PDF\nstream\n" + zlib.compress(b"(" + key + b")") + b"endstream")
    (tmp_path / "a.txt").write_bytes(base64.b64encode(b"some words, then " + key + b" and more"))
    for file in tmp_path.iterdir():
        with pytest.raises(AssertionError, match="is in"):
            assert_clean(file.name, b"".join(unpacked(file)))
