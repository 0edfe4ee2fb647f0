"""A log that no format fits, on the Sources page: guessed, corrected, previewed, saved, loaded, and known from then on."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import settings
from analytics.logs.mapping import saved_mappings
from analytics.store import open_store
from tests.logs.containers import write_records
from tests.pages.test_pages import start, texts


def ask(file: Path) -> AppTest:
    app = start("manage/sources.py")
    app.text_input[0].set_value(str(file))
    return next(one for one in app.button if one.label == "Load").click().run()


def unknown(number: int) -> dict[str, object]:
    return {
        "callId": f"c{number}", "createdAt": f"2026-10-01T10:00:{number:02}Z", "usage": {"prompt_tokens": 100 + number, "completion_tokens": 20},
        "took": 1.5, "weight": 900, "note": "$5 and $6",
    }  # fmt: skip


def test_an_unknown_log_is_asked_about_and_loaded(demo_open: Path, tmp_path: Path) -> None:
    file = write_records(tmp_path, [unknown(number) for number in range(12)], "jsonl")
    app = ask(file)
    assert not app.exception
    assert "model must be named" in texts(app)
    assert app.selectbox(key="map_input_tokens").value == "usage.prompt_tokens"
    assert app.selectbox(key="unit_latency_ms").value == "s"
    assert "Name what is required" in texts(app)

    app.selectbox(key="map_model").set_value("llm").run()
    app.selectbox(key="map_latency_ms").set_value("weight")
    app.selectbox(key="unit_latency_ms").set_value("ms")
    next(one for one in app.button if one.label == "Preview").click().run()
    assert not app.exception


def test_what_was_chosen_is_what_is_loaded(demo_open: Path, tmp_path: Path) -> None:
    records = [unknown(number) | {"llm": "gpt-4o"} for number in range(12)]
    file = write_records(tmp_path, records, "jsonl")
    app = ask(file)
    app.selectbox(key="map_model").set_value("llm")
    app.selectbox(key="map_latency_ms").set_value("weight")
    app.selectbox(key="unit_latency_ms").set_value("ms")
    next(one for one in app.button if one.label == "Preview").click().run()
    shown = app.dataframe[0].value
    assert shown["latency_ms"].to_list()[:2] == [900.0, 900.0]
    assert shown["model"].to_list()[0] == "gpt-4o"
    next(one for one in app.button if one.label == "Save and load").click().run()
    assert not app.exception
    assert "12 loaded" in texts(app)
    own = settings.own_database()
    assert open_store(own).rows("SELECT sum(input_tokens), sum(latency_ms) / 12 FROM rollup") == [
        (sum(100 + n for n in range(12)) * 1.0, 900.0)
    ]
    assert list(saved_mappings(own)) == ["log"]
    again = ask(file)
    assert "12 already there" in texts(again)
    assert not [one for one in again.subheader if "What are the columns" in one.value]


@pytest.mark.parametrize("text", ["a,b\n", "\n", "no columns here"])
def test_what_cannot_be_guessed_is_a_sentence(text: str, demo_open: Path, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text(text)
    app = ask(file)
    assert not app.exception
    assert app.error or "must be named" in texts(app)
