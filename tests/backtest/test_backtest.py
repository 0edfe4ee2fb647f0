"""Replays of a made-up file whose truth is known: what is hidden, what is projected, and how that is judged."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.backtest import BEHAVIOURS, FullInformation, behaviours_named, read_full_information, run_backtest
from analytics.backtest.replay import questions, replay
from analytics.cli import main
from analytics.errors import SimulationError, UsageError


def made_up(prompts: int = 3000) -> FullInformation:
    random = np.random.default_rng(1)
    use_case = random.integers(0, 6, prompts)
    bins = random.integers(5, 95, prompts)
    logit = 2.5 - 0.5 * use_case - 0.02 * bins
    share = 1 / (1 + np.exp(-(logit[:, None] + np.array([1.2, 0.0]))))
    quality = (random.random((prompts, 2)) < share).astype(float)
    return FullInformation(
        ("strong", "weak"), "quality", np.array([f"case {u}" for u in use_case]), bins, quality, np.full(prompts, ""), 0
    )


def test_each_prompt_shows_one_answer_and_the_truth_is_the_plain_mean() -> None:
    full = made_up()
    asked = questions(full)
    inputs, logged, scored = replay(full, asked, BEHAVIOURS[1], 200, np.random.default_rng(0))
    assert inputs.traffic.requests.sum() == len(full)
    assert inputs.scores.n.sum() == scored.sum()
    assert inputs.pairs.quality.shape == (200, 2)
    assert asked[0].truth == pytest.approx(full.quality[:, 0].mean())
    by_name = {one.architecture.name: one for one in asked}
    assert by_name["half and half"].truth == pytest.approx(full.quality.mean())
    rule = by_name["rule by use case"]
    assert rule.truth == pytest.approx(np.where(rule.route == 0, full.quality[:, 1], full.quality[:, 0]).mean())
    assert set(logged.model) == {0, 1}


def test_projections_beat_naive_means_on_a_confounded_log() -> None:
    verdicts = run_backtest(made_up(), 12, behaviours_named("steep rule"))
    single = {one.name: one for one in verdicts}["all weak"]
    assert single.grade == "A"
    assert single.rmse is not None
    assert single.naive_rmse is not None
    assert single.rmse < 0.4 * single.naive_rmse
    assert np.mean([one.coverage for one in verdicts]) >= 0.85


def test_without_overlap_there_are_only_bounds() -> None:
    verdicts = {one.name: one for one in run_backtest(made_up(), 2, behaviours_named("hard rule"))}
    weak = verdicts["all weak"]
    assert weak.grade == "C"
    assert weak.bias is None
    assert weak.coverage == 1.0
    assert weak.width < 0.6


def test_a_file_is_read_and_gaps_are_counted(tmp_path: Path) -> None:
    full = made_up(120)
    rows = [
        {"prompt_id": f"p{number}", "model": model, "quality": float(full.quality[number, place]), "use_case": "chat"}
        for number in range(len(full))
        for place, model in enumerate(full.models)
    ]
    pl.DataFrame(rows[:-1]).write_parquet(tmp_path / "outcomes.parquet")
    found = read_full_information(tmp_path / "outcomes.parquet")
    assert len(found) == 119
    assert found.incomplete == 1
    assert main(["backtest", str(tmp_path / "outcomes.parquet"), "--replays", "1", "--json"]) == 0
    pl.DataFrame(rows[:40]).write_parquet(tmp_path / "few.parquet")
    with pytest.raises(SimulationError, match="50 of them at least"):
        read_full_information(tmp_path / "few.parquet")


def test_wrong_names_are_refused() -> None:
    with pytest.raises(UsageError, match="no way of logging 'wild'"):
        behaviours_named("wild")
    with pytest.raises(SimulationError, match="No prompt has the use case 'nothing'"):
        made_up(100).without(["nothing"])
