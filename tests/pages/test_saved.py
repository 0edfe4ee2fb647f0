"""What is kept on one page is found on the other, opens as it was, and comes back after a deletion."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextInput

from analytics import settings
from analytics.policies import parse_architecture
from analytics.saved import Comparison, comparison_of, comparison_text, list_saved, save_item
from analytics.simulation import Scenario
from analytics.store import open_store
from tests.pages.test_pages import start, texts
from tests.pages.test_report import shown

RULES = 'name = "House rules"\n[default]\nuse = "claude-haiku-4-5"\n'


def named(app: AppTest, kind: str) -> TextInput:
    """The name under which what is on the page would be kept."""
    return next(one for one in app.text_input if str(one.key).startswith(f"keep_{kind}_name_"))


@pytest.fixture
def own_demo(demo_open: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo that may be written to."""
    path = tmp_path / "demo.duckdb"
    shutil.copyfile(demo_open, path)
    shutil.copytree(demo_open.with_name(demo_open.name + ".segments"), path.with_name(path.name + ".segments"))
    monkeypatch.setattr(settings, "demo_database", lambda: path)
    monkeypatch.setattr(settings, "default_database", lambda: path)
    return path


def test_a_comparison_is_kept_and_its_link_shows_the_same_report(own_demo: Path) -> None:
    app = start("present/report.py")
    app.multiselect(key="report_compare").set_value(["Multi-model"]).run()
    app.number_input(key="report_volume").set_value(500_000).run()
    named(app, "comparison").set_value("Half the volume").run()
    app.text_input(key="report_words_title").set_value("For the board").run()
    app.button(key="keep_comparison").click().run()
    assert not app.exception
    (kept,) = list_saved(open_store(own_demo))
    assert kept.name == "Half the volume"
    assert comparison_of(kept.content).scenario == Scenario(500_000.0)
    again = start("present/report.py", saved=kept.reference)
    assert not again.exception
    assert again.multiselect(key="report_compare").value == ["Multi-model"]
    assert "$3," in shown(again)
    assert "For the board" in shown(again)
    again.text_input(key="report_words_title").set_value("For the team").run()
    assert "For the team" in shown(again)
    assert again.number_input(key="kept_volume").value == 500_000
    assert "not in this database" in start("present/report.py", saved="nobody.1").warning[0].value


def test_a_kept_comparison_is_about_the_architecture_it_was_about(own_demo: Path) -> None:
    app = start("present/report.py", report_about="Single Sonnet")
    app.button(key="keep_comparison").click().run()
    (kept,) = list_saved(open_store(own_demo))
    again = start("present/report.py", saved=kept.reference)
    assert again.selectbox(key="report_about").value == "Single Sonnet"
    assert "Do not move to Single Sonnet yet" in shown(again)
    again.multiselect(key="report_compare").set_value(["Multi-model"]).run()
    assert not again.exception
    assert "Move to Multi-model" in shown(again)


def test_an_architecture_is_kept_changed_compared_deleted_and_brought_back(own_demo: Path) -> None:
    app = start("present/saved.py")
    assert "Nothing is kept yet" in texts(app)
    app.text_area(key="saved_add_text").set_value(RULES).run()
    app.button(key="saved_add").click().run()
    (kept,) = list_saved(open_store(own_demo))
    assert "1 item is kept here; the latest is House rules." in texts(app)
    # The other side is what is run today, never the same thing again.
    against = next(one for one in app.selectbox if one.label == "Compared with")
    assert against.options == ["today's traffic"]
    assert list(app.dataframe[1].value["Architecture"]) == ["current", "House rules"]
    assert "House rules" in next(one.value for one in app.markdown if "a month" in one.value)
    app.text_area(key=f"saved_content_{kept.reference}").set_value(RULES.replace("haiku", "sonnet")).run()
    app.button(key="saved_version").click().run()
    assert not app.exception
    against = next(one for one in app.selectbox if one.label == "Compared with")
    assert against.options == ["today's traffic", "House rules, version 1"]
    against.set_value(f"{kept.item}.1").run()
    assert '+use = "claude-sonnet-4-5"' in app.code[0].value
    app.button(key="saved_duplicate").click().run()
    assert len(list_saved(open_store(own_demo))) == 2
    app.button(key="saved_delete").click().run()
    assert len(list_saved(open_store(own_demo))) == 1
    app.button(key="saved_undo").click().run()
    assert not app.exception
    assert len(list_saved(open_store(own_demo))) == 2


def test_what_could_not_be_opened_again_is_not_kept(own_demo: Path) -> None:
    app = start("present/saved.py")
    app.text_area(key="saved_add_text").set_value("name = 3").run()
    app.button(key="saved_add").click().run()
    assert not app.exception
    assert app.error
    assert list_saved(open_store(own_demo)) == ()


def test_a_kept_comparison_of_hostile_names_is_text(own_demo: Path) -> None:
    hostile = RULES.replace("House rules", "<script>alert(1)</script> **b** $x$")
    save_item(
        open_store(own_demo), "comparison", "<b>x</b> :red[y]", comparison_text(Comparison((hostile,), Scenario(1e6)))
    )
    app = start("present/saved.py")
    assert not app.exception
    assert "\\<b\\>x\\</b\\> \\:red\\[y\\]" in app.markdown[0].value + texts(app)
    (kept,) = list_saved(open_store(own_demo))
    again = start("present/report.py", saved=kept.reference)
    assert "&lt;script&gt;alert(1)" in shown(again)


def test_an_architecture_is_kept_from_simulate(own_demo: Path) -> None:
    app = start("route/simulate.py", base="Multi-model")
    named(app, "architecture").set_value("For November").run()
    app.button(key="keep_architecture").click().run()
    assert not app.exception
    (kept,) = list_saved(open_store(own_demo))
    assert kept.name == "For November"
    # What is kept goes by the name it was given wherever it can be compared.
    assert start("present/report.py").multiselect(key="report_compare").options[-1] == "For November"
    shipped = parse_architecture((settings.architectures_dir / "multi-model.toml").read_text(encoding="utf-8"))
    assert parse_architecture(kept.content) == replace(shipped, name="For November")
    # The popover has closed, and the way on is there until something else is on the screen.
    assert app.session_state["keep_architecture_open"] is False
    assert "For November" in app.success[0].value
    # What was compared on Overview stays beside it.
    compared = ["Single+Opus", "Single+Sonnet", "Multi-model", "For+November"]
    links = {one.proto.label: one.proto.query_string for one in app.get("page_link")}
    assert links[":blue[Compare it on Overview]"] == "&".join(f"compare={name}" for name in compared)
    assert links[":blue[Report on it]"] == "&".join(f"report_compare={name}" for name in compared)
    app.selectbox(key="base").set_value("Single Sonnet").run()
    assert not app.success
