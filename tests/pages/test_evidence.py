"""The pages of evidence: what they answer, for whom they warn, and what can be taken away from them."""

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics import settings
from analytics.logs import load_log, load_outcomes
from analytics.simulation import simulate
from analytics.store import open_store
from pages.shared import cached
from tests.pages.test_pages import start, texts

EVIDENCE, BACKTEST = "route/evidence.py", "route/backtest.py"


@pytest.fixture(scope="module")
def one_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of one model with names that Markdown could trip over, one use case of which is scored all wrong."""
    folder, random = tmp_path_factory.mktemp("own"), np.random.default_rng(6)
    cases = np.array(["chat", "$a$ and $b$", "[x](y)", "code"])[random.integers(0, 4, 1200)]
    right = random.random(1200) < np.where(cases == "code", 0.02, 0.9)
    pl.DataFrame(
        {
            "request_id": [f"q{number}" for number in range(1200)], "model": ["gpt-4o"] * 1200, "use_case": cases,
            "timestamp": [f"2026-10-{1 + number % 28:02d}T10:00:00Z" for number in range(1200)],
            "input_tokens": [100] * 1200, "output_tokens": [50] * 1200, "quality": right.astype(float),
        }
    ).write_parquet(folder / "log.parquet")  # fmt: skip
    load_log(folder / "own.duckdb", folder / "log.parquet")
    return folder / "own.duckdb"


@pytest.fixture
def own_open(one_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The dashboard finds that log, and no demo."""
    monkeypatch.setattr(settings, "demo_database", lambda: tmp_path / "none.duckdb")
    monkeypatch.setattr(settings, "own_database", lambda: one_model)
    monkeypatch.setattr(settings, "default_database", lambda: one_model)
    return one_model


def test_evidence_is_the_projection_and_its_reasons(demo_open: Path) -> None:
    app = start(EVIDENCE, evidence_of="Single Sonnet")
    text = cached.shipped_architectures()["Single Sonnet"]
    projected = simulate(open_store(demo_open), [cached.parse_architecture(text)]).projections[1]
    assert f"Quality is **{projected.quality.mean:.1%}" in app.markdown[1].value
    plan, overlap = app.dataframe[0].value, app.dataframe[1].value
    assert plan["Prompts"].astype(int).sum() == 300
    assert set(overlap["Model"]) == {"claude-sonnet-4-5"}
    assert len(overlap) == 8
    assert "That is no proof" in texts(app)
    assert app.expander[-1].label == "What the words mean"
    assert texts(app).count("](http") == 10
    app.number_input(key="prompts").set_value(900).run()
    assert app.dataframe[0].value["Prompts"].astype(int).sum() == 900


def test_a_log_of_one_model_is_told_what_to_run(own_open: Path) -> None:
    app = start(EVIDENCE, evidence_of="Multi-model")
    assert not app.exception
    assert "(evidence C)" in app.markdown[1].value
    assert "never tried on 100% of the traffic" in app.markdown[1].value
    assert "300 prompts side by side would narrow" in app.markdown[2].value
    assert "There is no other estimate" in texts(app) + app.subheader[1].value
    assert "the log never shows the chosen model on 100%" in texts(app)
    assert "2% on code" in app.warning[0].value
    assert "[x](y)" not in texts(app)
    assert "$a$" not in texts(app)
    assert r"\[x\]\(y\)" in texts(app) or r"\$a\$ and \$b\$" in texts(app)


def test_the_downloaded_prompts_can_be_answered_and_loaded(own_open: Path, tmp_path: Path) -> None:
    start(EVIDENCE)
    store = open_store(own_open)
    text = cached.shipped_architectures()["Single Sonnet"]
    content = cached.prompt_list(*cached.key(store), text, cached.Scope(), 60)
    prompts = pl.read_csv(io.BytesIO(content))
    assert prompts.height == 60
    answers = prompts.with_columns(model=pl.col("models").str.split(";"), quality=pl.lit(1.0)).explode("model")
    answers.drop("models").write_csv(tmp_path / "answers.csv")
    result = load_outcomes(tmp_path / "other.duckdb", tmp_path / "answers.csv")
    assert (result.loaded, result.rejected) == (120, 0)


def test_a_backtest_answers_with_numbers(demo_open: Path) -> None:
    app = start(BACKTEST, ways="steep rule", replays="2")
    assert "On 3,000 prompts that 4 models answered" in app.markdown[1].value
    assert "simple averages of the log by" in app.markdown[1].value
    table = app.dataframe[0].value
    assert set(table["How it was logged"]) == {"steep rule"}
    assert set(table["Replays"]) == {"2"}
    app.number_input(key="replays").set_value(1).run()
    assert set(app.dataframe[0].value["Replays"]) == {"1"}
    app.multiselect(key="ways").set_value(["hard rule"]).run()
    assert not app.exception
    assert "Nothing but bounds could be given" in texts(app)
    app.multiselect(key="ways").set_value([]).run()
    assert "Choose at least one" in app.markdown[1].value


def test_without_pairs_a_file_is_asked_for(own_open: Path, tmp_path: Path) -> None:
    app = start(BACKTEST)
    assert not app.exception
    assert any("#### This database cannot be replayed" in one.value for one in app.markdown)
    app.segmented_control(key="replay_of").set_value("A file").run()
    assert "Choose a file" in app.markdown[1].value
    app.text_input[0].set_value(str(tmp_path / "missing.parquet")).run()
    assert "no file" in app.error[0].value
    random = np.random.default_rng(0)
    rows = [
        {
            "prompt_id": f"p{number}",
            "model": model,
            "use_case": "ab"[number % 2],
            "quality": float(random.random() < level),
        }
        for number in range(300)
        for model, level in (("strong", 0.9), ("weak", 0.7))
    ]
    buffer = io.BytesIO()
    pl.DataFrame(rows).write_csv(buffer)
    app.text_input[0].set_value("")
    app.file_uploader[0].upload("full.csv", buffer.getvalue()).run()
    app.multiselect(key="ways").set_value(["single model"]).run()
    assert not app.exception
    assert "On 300 prompts that 2 models answered" in texts(app)
