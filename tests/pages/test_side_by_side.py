"""The page that runs prompts side by side: empty, priced, run, voted on, and turned into evidence."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics import settings
from analytics.charts.side_by_side import answer_markdown, best_sentence
from analytics.logs import load_log
from analytics.sidebyside import list_runs, read_run
from analytics.sidebyside.background import under_way
from analytics.sidebyside.summary import Cell, Summary, summarise
from analytics.store import open_store
from tests.pages.test_pages import start, texts
from tests.sidebyside.test_run import KEY, MODELS, configure, quick
from tests.sidebyside.upstream import Upstream, serve

__all__ = ["quick"]

PAGE = "route/side_by_side.py"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small scored log of the user's own, with prompt texts."""
    random, path = np.random.default_rng(8), tmp_path / "own.duckdb"
    pl.DataFrame(
        {
            "request_id": [f"q{number}" for number in range(600)], "model": random.choice(MODELS[:2], 600),
            "use_case": random.choice(["chat", "code"], 600), "prompt": [f"how much is {number}?" for number in range(600)],
            "timestamp": [f"2026-10-{1 + number % 28:02d}T10:00:00Z" for number in range(600)],
            "input_tokens": [100] * 600, "output_tokens": [50] * 600, "quality": (random.random(600) < 0.7).astype(float),
        }
    ).write_parquet(tmp_path / "log.parquet")  # fmt: skip
    load_log(path, tmp_path / "log.parquet", keep_prompts=True)
    monkeypatch.setattr(settings, "demo_database", lambda: tmp_path / "none.duckdb")
    monkeypatch.setattr(settings, "own_database", lambda: path)
    monkeypatch.setattr(settings, "default_database", lambda: path)
    return path


def answering(upstream: Upstream) -> None:
    """One model is right, the other says something that Markdown must not act on."""
    upstream.answer = lambda model, prompt: (
        f"It is {prompt.split()[3][:-1]}." if model == MODELS[1] else "It is **not** $x$ [here](http://evil.example)."
    )


def test_the_demo_says_what_its_prompts_show_and_what_to_do(demo_open: Path) -> None:
    app = start(PAGE)
    summary = summarise(open_store(demo_open))
    rows = open_store(demo_open).rows("SELECT model, avg(quality) FROM outcomes GROUP BY 1 ORDER BY 2 DESC")
    assert [(one.model, pytest.approx(one.quality)) for one in summary.overall] == rows
    assert best_sentence(summary) in texts(app)
    assert "own.duckdb.endpoints.toml" in texts(app)
    assert 'key_env = "GATEWAY_KEY"' in app.code[0].value
    assert not [one for one in app.button if one.key == "side_start"]


def test_from_a_prompt_to_evidence(own: Path) -> None:
    """The price before, the run, answers as text, a blind vote with a key, and the projection that changes."""
    with serve() as upstream:
        answering(upstream)
        configure(own, upstream)
        app = start(PAGE)
        app.segmented_control(key="side_source").set_value("A sample of the log").run()
        app.number_input(key="side_plan_prompts").set_value(40).run()
        app.selectbox(key="side_check").set_value("regex").run()
        app.text_area(key="side_against").set_value(r"\d").run()
        app.text_input(key="side_metric").set_value("quality").run()
        assert not app.exception
        assert "80 calls for about" in texts(app)
        app.button(key="side_start").click().run()
        (run_id,) = list_runs(own)
        working = under_way(own, run_id)
        assert working is not None
        working.wait(60)
        app.run()
        assert not app.exception
        assert f"**{MODELS[1]}** scored best with 100.0% of 40 answers; 80 of 80 calls answered" in texts(app)
        shown = texts(app)
        assert r"\*\*not\*\*" in shown
        assert r"\$x\$" in shown
        assert KEY not in shown + repr(app.main)
        app.button(key="side_left").click().run()
        assert len(read_run(own, run_id).votes) == 1
        assert "Votes: 1. Pairs to go: 39." in texts(app)
        assert app.button(key="side_left").proto.shortcut == "1"
        app.button(key="side_load").click().run()
        assert not app.exception
        assert "80 scores added" in app.success[0].value
        assert "points before and" in app.success[0].value
        assert open_store(own).rows("SELECT count(*) FROM outcomes") == [(80,)]
        assert "On 40 prompts side by side" in texts(app)


def test_what_is_wrong_is_a_sentence(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve() as upstream:
        configure(own, upstream)
        app = start(PAGE)
        app.text_area(key="side_text").set_value("hello").run()
        monkeypatch.delenv("SIDE_KEY")
        app.button(key="side_start").click().run()
        assert "SIDE_KEY is not set" in app.error[0].value
        assert list_runs(own) == []
    Path(f"{own}.endpoints.toml").write_text('[[endpoint]]\nname = "x"', encoding="utf-8")
    assert "kind is missing" in start(PAGE).error[0].value


def test_the_cheaper_model_that_is_as_good_is_named() -> None:
    cells = [
        Cell("chat", "dear", 100, 0.95, 0.9, 0.98, 0.05, 1000.0), Cell("chat", "cheap", 100, 0.94, 0.9, 0.97, 0.001, 300.0),
        Cell("code", "dear", 100, 0.95, 0.9, 0.98, 0.05, 1000.0), Cell("code", "cheap", 100, 0.7, 0.6, 0.8, 0.001, 300.0),
    ]  # fmt: skip
    overall = (Cell("", "dear", 200, 0.95, 0.92, 0.97, 0.05, None), Cell("", "cheap", 200, 0.82, 0.7, 0.9, 0.001, None))
    said = best_sentence(Summary("quality", ("quality",), 200, overall, tuple(cells)))
    assert "**dear** is best with 95.0% (92.0 to 97.0%)" in said
    assert (
        "On 1 of 2 kinds of request a cheaper model comes within two points of the best. Most is saved on chat with **cheap**"
        in said
    )
    assert r"for \$0.00100 an answer instead of \$0.05" in said


def test_answers_differ_where_they_differ() -> None:
    assert answer_markdown("the red house", "the blue house") == "the :blue-background[red] house"
    assert json.dumps(answer_markdown("a\nb *c*", None)) == json.dumps("a   \n b \\*c\\*")
