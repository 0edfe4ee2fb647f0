"""The frontier on a small demo: rising, readable, within its limits, and judged by evidence it has not seen."""

import json
from pathlib import Path

import numpy as np
import pytest

from analytics.cli import main
from analytics.errors import SimulationError
from analytics.logs import load_log
from analytics.logs.demo import build_demo
from analytics.policies import parse_architecture
from analytics.scope import Scope
from analytics.simulation.frontier import find_frontier
from analytics.simulation.halves import split_evidence
from analytics.simulation.inputs import read_inputs
from analytics.simulation.results import Scenario
from analytics.simulation.search import Limits
from analytics.store import open_store
from tests.conftest import WriteCsv

MONTH = Scenario(1_000_000)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("frontier") / "demo.duckdb"
    build_demo(path, requests=30_000)
    return path


def test_it_rises_and_beats_mixing_single_models(demo: Path) -> None:
    found = find_frontier(open_store(demo), Limits(), MONTH)
    costs = [point.projection.monthly_cost_usd.mean or 0 for point in found.points]
    assert costs == sorted(costs)
    assert len(found.singles) == 4
    assert found.chosen is None
    assert found.metrics is not None
    assert found.mixed_metrics is not None
    assert (found.metrics.aiq or 0) > (found.mixed_metrics.aiq or 0) + 0.01
    assert (found.metrics.apgr or 0) > (found.mixed_metrics.apgr or 0) > 0.5
    assert (found.metrics.cpt80 or 1) < (found.mixed_metrics.cpt80 or 1)


def test_the_best_within_a_budget_is_a_file_that_parses_back(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "best.toml"
    command = [
        "frontier",
        "--db",
        str(demo),
        "--max-cost",
        "6200",
        "--requests-per-month",
        "1000000",
        "--out",
        str(out),
    ]
    assert main([*command, "--json"]) == 0
    chosen = json.loads(capsys.readouterr().out)["chosen"]
    assert chosen["monthly_cost_usd"]["mean"] <= 6200 * 1.02
    assert chosen["quality"]["mean"] >= 0.92
    assert out.read_text(encoding="utf-8") == chosen["toml"]
    assert parse_architecture(chosen["toml"], "best").name == "Best under the limits"
    assert main(["simulate", str(out), "--db", str(demo), "--json"]) == 0


def test_a_quality_floor_gives_the_cheapest_and_a_latency_ceiling_holds(demo: Path) -> None:
    store = open_store(demo)
    cheap = find_frontier(store, Limits(min_quality=0.85), MONTH).chosen
    good = find_frontier(store, Limits(min_quality=0.93), MONTH).chosen
    fast = find_frontier(store, Limits(max_latency_s=0.5), MONTH).chosen
    assert cheap is not None
    assert good is not None
    assert fast is not None
    assert (cheap.projection.monthly_cost_usd.mean or 0) < (good.projection.monthly_cost_usd.mean or 0)
    assert fast.projection.latency_s.mean <= 0.52


def test_nothing_fits_impossible_limits(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert find_frontier(open_store(demo), Limits(max_cost_usd=1.0), MONTH).chosen is None
    assert main(["frontier", "--db", str(demo), "--out", str(tmp_path / "a.toml")]) == 1
    assert "--out needs a limit" in capsys.readouterr().err


def test_the_halves_share_no_score(demo: Path) -> None:
    inputs = read_inputs(open_store(demo), (), Scope(), None, 3)
    first, second = split_evidence(inputs, 3)
    known = [np.isfinite(part.pairs.quality).any(axis=1) for part in (first, second)]
    assert not (known[0] & known[1]).any()
    assert (known[0] | known[1]).all()
    assert first.scores.n + second.scores.n == pytest.approx(inputs.scores.n)
    assert first.scores.quality + second.scores.quality == pytest.approx(inputs.scores.quality)


def test_without_scores_there_is_no_frontier(database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5", "b,2026-10-02,gpt-4o,10,5"))
    with pytest.raises(SimulationError, match="No model has scores for most of the traffic"):
        find_frontier(open_store(database), Limits())
