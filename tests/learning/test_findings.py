"""What training found is kept, read back, and readable when it was kept by an older version."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from analytics.charts.learned import (
    best_least,
    calibration_chart,
    calibration_sentence,
    curve_chart,
    curve_heading,
    sweep_answer,
    sweep_chart,
    sweep_table,
    ways_table,
)
from analytics.learning import read_findings, train_router
from analytics.learning.findings import Findings, _findings
from analytics.logs.demo import build_demo
from analytics.simulation import Scenario, simulate
from analytics.simulation.sweep import THRESHOLDS, learned_architecture, sweep_min_quality
from analytics.store import open_store


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Findings]:
    path = tmp_path_factory.mktemp("findings") / "demo.duckdb"
    build_demo(path, requests=20_000)
    return path, train_router(path)


def test_findings_are_read_back_as_they_were(trained: tuple[Path, Findings]) -> None:
    path, found = trained
    (kept,) = read_findings(open_store(path))
    assert kept.trained_at
    assert asdict(kept) | {"trained_at": ""} == asdict(found)
    assert kept.reference == "default@1"
    assert [way.name for way in kept.ways] == ["learned", "rule", "random"]
    assert kept.apgr == kept.ways[0].apgr
    assert kept.ways[2].apgr == pytest.approx(0.5)


def test_predictions_are_calibrated(trained: tuple[Path, Findings]) -> None:
    bins = trained[1].bins
    assert {one.model for one in bins} == set(trained[1].models)
    inside = sum(one.low <= one.predicted <= one.high for one in bins)
    assert inside >= 0.8 * len(bins)
    assert "points on average" in calibration_sentence(trained[1])


def test_findings_of_an_older_version_have_no_curves(trained: tuple[Path, Findings]) -> None:
    old = {name: value for name, value in asdict(trained[1]).items() if name not in ("ways", "bins", "trained_at")}
    found = _findings(json.loads(json.dumps(old)), "2026-01-01 00:00")
    assert (found.ways, found.bins) == ((), ())
    assert found.models == trained[1].models
    assert calibration_sentence(found).startswith("Too few")


def test_a_sweep_asks_for_more_and_pays_for_it(trained: tuple[Path, Findings]) -> None:
    path, found = trained
    store = open_store(path)
    sweep = sweep_min_quality(store, found.models, found.reference, Scenario(1e6))
    assert tuple(least for least, _ in sweep.learned) == THRESHOLDS
    assert len(sweep.singles) == len(found.models)
    costs = [one.monthly_cost_usd.mean or 0 for _, one in sweep.learned]
    assert costs == sorted(costs)
    alone = simulate(store, [learned_architecture(found.models, 0.9, found.reference)], Scenario(1e6), draws=300)
    at = dict(sweep.learned)[0.9]
    assert alone.projections[1].monthly_cost_usd.mean == at.monthly_cost_usd.mean
    assert alone.projections[1].quality.mean == at.quality.mean
    best = best_least(sweep)
    assert best is not None
    assert f"at least {100 * best[0]:.1f}% good" in sweep_answer(sweep)
    assert sweep_table(sweep).height == len(THRESHOLDS)


def test_charts_and_tables_say_what_was_found(trained: tuple[Path, Findings]) -> None:
    path, found = trained
    sweep = sweep_min_quality(open_store(path), found.models, found.reference, Scenario(1e6))
    for chart in (curve_chart(found), calibration_chart(found), sweep_chart(sweep)):
        assert chart is not None
        assert chart.to_dict()["layer"]
    table = ways_table(found)
    assert table["Way of choosing"].to_list()[-1] == f"{found.strong} alone"
    assert table["APGR"].to_list()[2] == "0.500"
    assert curve_heading(found).startswith(f"It keeps {100 * (found.apgr or 0):.0f}% of what the better model adds")
