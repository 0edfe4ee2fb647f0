"""Rules, learned routing and cascades at equal quality and equal cost."""

import json
from pathlib import Path

import pytest

from analytics import settings
from analytics.cli import main
from analytics.errors import SimulationError
from analytics.logs import load_log
from analytics.logs.demo import build_demo
from analytics.simulation import Scenario
from analytics.simulation.strategies import Place, _at_cost, _at_quality, compare_strategies
from analytics.store import open_store
from tests.conftest import WriteCsv

MULTI = settings.architectures_dir / "multi-model.toml"
HULL = [Place(100, 0.6, 1.0, ("a",)), Place(300, 0.8, 2.0, ("b",)), Place(900, 0.9, 3.0, ("c",))]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("strategies") / "demo.duckdb"
    build_demo(path, requests=30_000)
    return path


def test_between_two_points_everything_mixes_alike() -> None:
    assert _at_quality(HULL, 0.7) == Place(pytest.approx(200), pytest.approx(0.7), pytest.approx(1.5), ("a", "b"))
    assert _at_cost(HULL, 600) == Place(pytest.approx(600), pytest.approx(0.85), pytest.approx(2.5), ("b", "c"))
    assert _at_quality(HULL, 0.8) == HULL[1]


def test_ends_of_the_hull() -> None:
    assert _at_quality(HULL, 0.5) == HULL[0]
    assert _at_quality(HULL, 0.91) is None
    assert _at_cost(HULL, 5000) == HULL[2]
    assert _at_cost(HULL, 99) is None
    assert _at_quality([], 0.5) is None


def test_all_three_meet_at_the_common_levels(demo: Path) -> None:
    found = compare_strategies(open_store(demo), Scenario(1_000_000))
    assert [one.name for one in found.strategies] == ["Rules", "Learned", "Cascade"]
    today = found.current.monthly_cost_usd.mean or 0
    assert found.quality is not None
    for one in found.strategies:
        assert one.at_quality is not None
        assert one.at_quality.quality >= found.quality - 1e-9
        assert one.at_quality.monthly_cost_usd < 0.5 * today
    rules = found.strategies[0]
    assert rules.at_cost is not None
    assert rules.at_cost.quality == pytest.approx(found.quality, abs=1e-6)


def test_rules_never_cost_more_than_one_model_that_is_as_good(demo: Path) -> None:
    found = compare_strategies(open_store(demo), Scenario(1_000_000))
    rules = found.strategies[0]
    singles = [one.projection for one in rules.points if one.projection.name.startswith("Single ")]
    assert len(singles) == 4
    assert rules.at_quality is not None
    assert found.quality is not None
    good = [one.monthly_cost_usd.mean or 0.0 for one in singles if (one.quality.mean or 0.0) >= found.quality]
    assert good
    assert rules.at_quality.monthly_cost_usd <= min(good) + 1e-6


def test_the_command_says_it_beside_the_projection(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(MULTI), "--db", str(demo), "--strategies", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["architectures"]] == ["current", "Multi-model"]
    assert {one["name"] for one in found["strategies"]["strategies"]} == {"Rules", "Learned", "Cascade"}
    assert main(["simulate", str(MULTI), "--db", str(demo)]) == 0
    assert "strategy" not in capsys.readouterr().out


def test_without_scores_it_says_why_not(database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5"))
    with pytest.raises(SimulationError, match="No model has scores"):
        compare_strategies(open_store(database))


def test_projections_stand_where_strategies_cannot_be_compared(
    database: Path, write_csv: WriteCsv, capsys: pytest.CaptureFixture[str]
) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5"))
    assert main(["simulate", str(MULTI), "--db", str(database), "--strategies", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["architectures"]] == ["current", "Multi-model"]
    assert "No model has scores" in found["strategies"]["unknown"]
