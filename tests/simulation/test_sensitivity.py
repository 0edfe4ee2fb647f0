"""Break-evens against closed forms, scenario fields against hand-computed bills, escalation against the textbook line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from analytics.cli import main
from analytics.logs import load_log
from analytics.logs.demo import build_demo
from analytics.policies import Architecture, Cascade, Overhead, Split, Use, Verifier
from analytics.simulation import Scenario, simulate
from analytics.simulation.escalation import find_escalations
from analytics.simulation.sensitivity import Assumption, Sensitivity, Tornado, crossing, find_sensitivity
from analytics.simulation.study import Study, open_study
from analytics.store import Store, open_store
from tests.conftest import WriteCsv

MONTH = 100_000.0
WEAK = Architecture("weak", Use("weak"))
STRONG_USD = 1000 * 15e-6 + 100 * 75e-6
WEAK_USD = 1000 * 1e-6 + 100 * 5e-6


@pytest.fixture
def world(make_world: Callable[..., Store]) -> Store:
    """400 requests on the strong model, 400 prompts side by side: strong right in 90%, weak in 80% of them."""
    sizes = {"input_tokens": 1000, "output_tokens": 100, "latency_ms": 1000.0}
    answers = [
        {"prompt_id": f"p{n}", "model": model, "quality": float(n % 10 < right), **sizes}
        for n in range(400)
        for model, right in (("strong", 9), ("weak", 8))
    ]
    return make_world([{"quality": None}] * 400, answers)


def study_of(world: Store, architecture: Architecture = WEAK, **scenario: object) -> Study:
    return open_study(world, architecture, Scenario(MONTH, **scenario))  # type: ignore[arg-type]


def named(tornado: Tornado, name: str) -> Sensitivity:
    return next(one for one in tornado.assumptions if one.name == name)


def break_even(one: Sensitivity, line: str) -> float | None:
    return next((found.value for found in one.break_evens if found.line == line), None)


def test_the_outcome_is_the_projection(world: Store) -> None:
    change = simulate(world, [WEAK], Scenario(MONTH)).projections[1].vs_current
    outcome = study_of(world).outcome()
    assert change.cost.mean is not None
    assert outcome.saving_usd == pytest.approx(-change.cost.mean, rel=1e-3)
    assert outcome.quality == pytest.approx(change.quality.mean, abs=1e-3)
    assert outcome.latency_s == pytest.approx(change.latency.mean, abs=1e-3)
    assert outcome.saving_usd == pytest.approx(MONTH * (STRONG_USD - WEAK_USD), rel=0.01)


def test_prices_break_even_where_the_two_bills_are_equal(world: Store) -> None:
    study = study_of(world)
    found = find_sensitivity(study)
    saving = study.outcome().saving_usd
    assert saving is not None
    weak = STRONG_USD - saving / MONTH
    assert break_even(named(found, "price of weak"), "saving") == pytest.approx(STRONG_USD / weak)
    assert break_even(named(found, "price of weak"), "saving") == pytest.approx(15.0, rel=0.02)
    assert break_even(named(found, "price of strong"), "saving") == pytest.approx(weak / STRONG_USD)
    halved = named(found, "price of strong").at_low.saving_usd
    assert halved == pytest.approx(MONTH * (STRONG_USD / 2 - weak))


def test_volume_breaks_even_only_against_running_costs(world: Store) -> None:
    free = named(find_sensitivity(study_of(world)), "requests a month")
    assert free.break_evens == ()
    assert not free.fragile
    paid = find_sensitivity(study_of(world, fixed_monthly_usd=1000.0))
    per_request = (find_sensitivity(study_of(world)).outcome.saving_usd or 0.0) / MONTH
    assert break_even(named(paid, "requests a month"), "saving") == pytest.approx(1000.0 / per_request)
    assert paid.outcome.saving_usd == pytest.approx(per_request * MONTH - 1000.0)


def test_quality_breaks_even_where_the_loss_is_the_tolerated_one(world: Store) -> None:
    found = find_sensitivity(study_of(world, quality_floor=0.5))
    gap = named(found, "quality of other models' answers")
    quality = found.outcome.quality
    assert quality is not None
    assert found.holds
    # Everything moves, so every answer carries the whole shift.
    assert break_even(gap, "quality") == pytest.approx(found.tolerated_loss - quality)
    assert gap.at_low.quality == pytest.approx(quality - 0.03)
    strict = find_sensitivity(study_of(world))
    assert strict.tolerated_loss == -0.02
    assert strict.holds is False
    assert break_even(named(strict, "quality of other models' answers"), "quality") == pytest.approx(-0.02 - quality)


def test_longer_answers_break_even_where_output_eats_the_saving(world: Store) -> None:
    found = named(find_sensitivity(study_of(world)), "length of other models' answers")
    assert break_even(found, "saving") is None  # (0.0225 - 0.001) / 0.0005 = 43 times, beyond what is possible
    doubled = simulate(world, [WEAK], Scenario(MONTH, verbosity=2.0)).projections[1].monthly_cost_usd.mean
    assert doubled == pytest.approx(MONTH * (1000 * 1e-6 + 2 * 100 * 5e-6), rel=0.01)
    at_most = find_sensitivity(study_of(world, prices=(("strong", 1.5, 7.5),)))
    # A tenth of the price: (0.00225 - 0.001) / 0.0005 = 2.5 times.
    assert break_even(named(at_most, "length of other models' answers"), "saving") == pytest.approx(2.5, rel=0.02)


def test_shift_and_running_costs_leave_current_alone(world: Store) -> None:
    half = Architecture("half", Split((("strong", 0.5), ("weak", 0.5))))
    plain = simulate(world, [half], Scenario(MONTH)).projections
    moved = simulate(world, [half], Scenario(MONTH, quality_shift=-0.1, fixed_monthly_usd=70.0)).projections
    assert moved[0] == plain[0]
    assert moved[1].quality.mean == pytest.approx((plain[1].quality.mean or 0) - 0.05)
    assert moved[1].monthly_cost_usd.mean == pytest.approx((plain[1].monthly_cost_usd.mean or 0) + 70.0)
    assert moved[1].latency_s == plain[1].latency_s


def test_a_study_moved_to_a_scenario_is_one_opened_with_it(world: Store) -> None:
    scenario = Scenario(5e5, 0.2, (("weak", 2.0, 9.0),), 0.4, 0.8, 1.3, -0.02, 50.0)
    assert study_of(world).under(scenario).outcome() == open_study(world, WEAK, scenario).outcome()


def test_lost_cache_costs_the_difference_of_the_rates(database: Path, write_csv: WriteCsv) -> None:
    rows = [f"r{n},2026-10-{1 + n % 9:02d},gpt-4o,1000,100,800" for n in range(90)]
    load_log(database, write_csv(*rows, more="cache_read_tokens"))
    study = open_study(open_store(database), Architecture("mini", Use("gpt-4o-mini")), Scenario(MONTH))
    found = find_sensitivity(study)
    cache = named(found, "cached input that survives a move")
    assert (cache.value, cache.low, cache.high) == (0.9, 0.5, 1.0)
    assert cache.at_low.saving_usd is not None
    assert cache.at_high.saving_usd is not None
    lost = MONTH * 800 * (0.15 - 0.075) / 1e6 * 0.5
    assert cache.at_high.saving_usd - cache.at_low.saving_usd == pytest.approx(lost, rel=0.02)
    assert found.holds is None
    assert all(one.line != "quality" for each in found.assumptions for one in each.break_evens)


def test_a_cascade_pays_below_the_textbook_line(world: Store) -> None:
    verifier = Verifier(0.9, 0.2, cost_usd=0.001)
    cascade = Architecture("cascade", Cascade(("weak", "strong"), verifier=verifier))
    (step,) = find_escalations(study_of(world, cascade))
    projected = simulate(world, [cascade], Scenario(MONTH)).projections[1]
    assert step.escalation == pytest.approx(projected.escalation_rate, abs=2e-3)
    assert step.escalation == pytest.approx(1 - 0.8 * 0.9 - 0.2 * 0.2, abs=0.02)
    assert step.rest_usd == pytest.approx(STRONG_USD)
    assert step.call_usd == pytest.approx(WEAK_USD, rel=0.01)
    assert step.limit == pytest.approx(1 - ((step.call_usd or 0) + 0.001) / STRONG_USD)
    assert step.pays
    assert step.measured
    total = (step.call_usd or 0) + 0.001 + step.escalation * STRONG_USD
    assert projected.monthly_cost_usd.mean == pytest.approx(MONTH * total, rel=0.005)


def test_a_dear_verifier_does_not_pay(world: Store) -> None:
    cascade = Architecture("cascade", Cascade(("weak", "strong"), verifier=Verifier(0.9, 0.2, cost_usd=0.02)))
    found = find_sensitivity(study_of(world, cascade))
    assert found.escalations[0].pays is False
    assert (found.outcome.saving_usd or 0) < 0
    assert found.holds is False


def test_keeping_more_right_answers_breaks_even_by_hand(world: Store) -> None:
    """Cost per request is weak + verifier + e strong with e = 1 - t q - f (1 - q): the saving is 0 at e = limit."""
    cascade = Architecture("cascade", Cascade(("weak", "strong"), verifier=Verifier(0.9, 0.2, cost_usd=0.008)))
    study = study_of(world, cascade)
    found = find_sensitivity(study)
    (step,) = found.escalations
    right = 1 - step.escalation
    q = (right - 0.2) / (0.9 - 0.2)
    kept = (1 - (step.limit or 0) - 0.2 * (1 - q)) / q
    assert break_even(named(found, "right answers that the checker keeps"), "saving") == pytest.approx(kept, abs=5e-3)


def test_speed_alone_never_flips_the_decision(world: Store) -> None:
    slow = named(
        find_sensitivity(study_of(world, Architecture("w", Use("weak"), overhead=Overhead(latency_ms=1.0)))),
        "time of other models' answers",
    )
    assert {one.line for one in slow.break_evens} <= {"latency"}
    assert not slow.fragile


def at(value: float, lowest: float, highest: float, unit: str = "share") -> Assumption:
    return Assumption("x", unit, value, lowest, highest, lowest, highest, lambda x: None)  # type: ignore[arg-type, return-value]


@given(some.floats(0.01, 0.99), some.floats(0.02, 0.98), some.sampled_from([-3.0, 0.5, 40.0]))
def test_the_root_of_a_line_is_found(root: float, value: float, slope: float) -> None:
    if abs(root - value) < 1e-6:
        return
    assert crossing(lambda x: slope * (x - root), at(value, 0.0, 1.0)) == pytest.approx(root, abs=1e-6)


@given(some.floats(0.06, 19.0))
def test_the_root_of_a_factor_is_found(root: float) -> None:
    if abs(root - 1.0) < 1e-6:
        return
    assert crossing(lambda x: x * x - root * root, at(1.0, 0.05, 20.0, "times")) == pytest.approx(root, rel=1e-6)


def test_the_nearer_of_two_roots_is_told_and_none_outside() -> None:
    assert crossing(lambda x: (x - 0.45) * (x - 0.9), at(0.5, 0.0, 1.0)) == pytest.approx(0.45)
    assert crossing(lambda x: x + 0.1, at(0.5, 0.0, 1.0)) is None
    assert crossing(lambda x: None, at(0.5, 0.0, 1.0)) is None


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sensitivity") / "demo.duckdb"
    build_demo(path, requests=30_000)
    return path


def test_every_break_even_of_the_demo_lies_on_its_line(demo: Path) -> None:
    from analytics import settings
    from analytics.policies import load_architecture

    study = open_study(
        open_store(demo), load_architecture(settings.architectures_dir / "multi-model.toml"), Scenario(1e6)
    )
    found = find_sensitivity(study)
    price = break_even(named(found, "price of claude-opus-4-1"), "saving")
    assert price is not None
    assert study.at_price("claude-opus-4-1", price).outcome().saving_usd == pytest.approx(0.0, abs=0.01)
    gap = break_even(named(found, "quality of other models' answers"), "quality")
    assert gap is not None
    assert study.at_quality_shift(gap).outcome().quality == pytest.approx(-0.02, abs=1e-6)
    slow = break_even(named(found, "time of other models' answers"), "latency")
    assert slow is not None
    assert study.at_slowness(slow).outcome().latency_s == pytest.approx(0.0, abs=1e-6)
    spread = [abs((one.at_low.saving_usd or 0) - (one.at_high.saving_usd or 0)) for one in found.assumptions]
    assert spread == sorted(spread, reverse=True)


def test_the_command_prints_one_object(demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from analytics import settings

    file = str(settings.architectures_dir / "cascade.toml")
    assert main(["sensitivity", file, "--db", str(demo), "--requests-per-month", "1000000", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["requests_per_month"] == 1_000_000
    assert found["holds"] is True
    assert {"saving", "quality", "latency"} == set(found["assumptions"][0]["break_evens"])
    assert [step["model"] for step in found["cascade_steps"]] == ["claude-haiku-4-5", "claude-sonnet-4-5"]
    assert main(["sensitivity", file, "--db", str(demo)]) == 0
    text = capsys.readouterr().out
    assert "flips the decision at" in text
    assert "claude-haiku-4-5 -> claude-sonnet-4-5" in text
