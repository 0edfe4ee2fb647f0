"""Projections of tiny worlds against arithmetic by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from analytics.errors import SimulationError
from analytics.policies import Architecture, Overhead, Split, Use, parse_architecture, single_model
from analytics.scope import Scope
from analytics.settings import MONTH_DAYS
from analytics.simulation import Projection, Scenario, Simulation, simulate

MakeWorld = Callable[..., Any]
STRONG_USD = (1000 * 15 + 100 * 75) / 1e6  # one request of 1,000 input and 100 output tokens
WEAK_USD = (1000 * 1 + 100 * 5) / 1e6


def log(n: int = 100, **changes: Any) -> list[dict[str, Any]]:
    """n requests on the strong model, one an hour; 9 of 10 scored right."""
    return [
        {
            "timestamp": f"2026-01-{1 + i // 24:02d} {i % 24:02d}:00:00+00",
            "quality": float(i % 10 > 0),
            "request_latency_ms": 1000.0 + 10 * (i % 7),
        }
        | changes
        for i in range(n)
    ]


def pairs(n: int, rights: dict[str, Callable[[int], bool]], **more: Any) -> list[dict[str, Any]]:
    return [
        {"prompt_id": f"p{i}", "model": model, "quality": float(right(i)), "output_tokens": 100, "input_tokens": 1000}
        | more
        for i in range(n)
        for model, right in rights.items()
    ]


def by_name(simulation: Simulation) -> dict[str, Projection]:
    return {projection.name: projection for projection in simulation.projections}


def test_current_costs_what_its_tokens_cost(make_world: MakeWorld) -> None:
    found = simulate(make_world(log()), [], Scenario(requests_per_month=1000))
    assert [projection.name for projection in found.projections] == ["current"]
    assert found.projections[0].monthly_cost_usd.mean == pytest.approx(1000 * STRONG_USD)
    assert found.projections[0].latency_s.mean == pytest.approx(
        (1000 + 10 * sum(i % 7 for i in range(100)) / 100) / 1e3
    )
    assert found.projections[0].model_share == {"strong": 1.0}


def test_the_logged_model_as_a_policy_equals_current(make_world: MakeWorld) -> None:
    found = simulate(make_world(log(100)), [single_model("strong")])
    current, single = found.projections
    assert single.monthly_cost_usd == current.monthly_cost_usd
    assert (single.latency_s, single.quality, single.grade) == (current.latency_s, current.quality, current.grade)
    change = single.vs_current
    for difference in (change.cost, change.quality, change.latency):
        assert (difference.mean, difference.low, difference.high) == pytest.approx((0.0, 0.0, 0.0), abs=1e-12)


def test_another_model_costs_its_own_price(make_world: MakeWorld) -> None:
    world = make_world(log(), pairs(50, {"strong": lambda i: True, "weak": lambda i: i % 2 == 0}))
    weak = by_name(simulate(world, [single_model("weak")], Scenario(requests_per_month=1000)))["Single weak"]
    assert weak.monthly_cost_usd.mean == pytest.approx(1000 * WEAK_USD, rel=0.01)
    assert weak.grade == "A"
    assert weak.quality.low is not None
    assert weak.quality.high is not None
    assert weak.quality.low < 0.5 < weak.quality.high
    assert weak.vs_current.cost.mean == pytest.approx(1000 * (WEAK_USD - STRONG_USD), rel=0.01)


def test_volume_is_the_daily_mean_and_grows(make_world: MakeWorld) -> None:
    world = make_world(log(240))
    assert simulate(world, []).requests_per_month == pytest.approx(24 * MONTH_DAYS)
    assert simulate(world, [], Scenario(growth=0.5)).requests_per_month == pytest.approx(36 * MONTH_DAYS)
    assert simulate(world, [], Scenario(requests_per_month=10, growth=0.5)).requests_per_month == 15


def test_cost_is_linear_in_volume(make_world: MakeWorld) -> None:
    world = make_world(log())
    one, ten = (simulate(world, [], Scenario(requests_per_month=n)).projections[0].monthly_cost_usd for n in (1e3, 1e4))
    assert ten.mean == pytest.approx(10 * (one.mean or 0))
    assert ten.high == pytest.approx(10 * (one.high or 0))


@pytest.mark.parametrize("factor", [1.1, 2.0])
def test_a_dearer_model_never_makes_anything_cheaper(make_world: MakeWorld, factor: float) -> None:
    world = make_world(log(), pairs(40, {"strong": bool, "weak": bool}))
    architectures = [single_model("weak"), Architecture("half", Split((("weak", 0.5), ("strong", 0.5))))]
    scenario = Scenario(1000, prices=(("weak", 1.0 * factor, 5.0 * factor),))
    before, after = simulate(world, architectures, Scenario(1000)), simulate(world, architectures, scenario)
    for name, share in (("current", 0.0), ("Single weak", 1.0), ("half", 0.5)):
        low, high = by_name(before)[name].monthly_cost_usd.mean, by_name(after)[name].monthly_cost_usd.mean
        assert low is not None
        assert high is not None
        assert high - low == pytest.approx(share * 1000 * WEAK_USD * (factor - 1), rel=0.02, abs=1e-9)


def test_a_split_is_the_weighted_mean_of_its_parts(make_world: MakeWorld) -> None:
    world = make_world(log(), pairs(60, {"strong": lambda i: True, "weak": lambda i: i % 3 > 0}))
    split = Architecture("split", Split((("weak", 0.25), ("strong", 0.75))))
    found = by_name(simulate(world, [single_model("weak"), single_model("strong"), split], Scenario(1000)))
    weak, strong, mixed = found["Single weak"], found["Single strong"], found["split"]
    assert mixed.model_share == pytest.approx({"weak": 0.25, "strong": 0.75})
    for part in ("monthly_cost_usd", "latency_s", "quality"):
        parts = [getattr(one, part).mean for one in (weak, strong, mixed)]
        assert parts[2] == pytest.approx(0.25 * parts[0] + 0.75 * parts[1])


def test_overheads_are_added_once_per_request(make_world: MakeWorld) -> None:
    world = make_world(log())
    plain, loaded = Architecture("a", Use("strong")), Architecture("b", Use("strong"), overhead=Overhead(50.0, 0.01))
    found = by_name(simulate(world, [plain, loaded], Scenario(1000)))
    assert (found["b"].monthly_cost_usd.mean or 0) - (found["a"].monthly_cost_usd.mean or 0) == pytest.approx(10.0)
    for part in ("mean", "p50", "p95"):
        assert getattr(found["b"].latency_s, part) - getattr(found["a"].latency_s, part) == pytest.approx(0.05)


def test_routes_split_the_traffic_and_add_up(make_world: MakeWorld) -> None:
    rows = log(60, complexity=0.2) + log(40, complexity=0.8, use_case="code")
    routed = parse_architecture(
        'name="routed"\n[[route]]\nwhen="complexity < 0.5"\nuse="weak"\n[default]\nuse="strong"'
    )
    found = by_name(simulate(make_world(rows), [routed], Scenario(1000)))["routed"]
    assert found.model_share == pytest.approx({"weak": 0.6, "strong": 0.4})
    assert found.monthly_cost_usd.mean == pytest.approx(600 * WEAK_USD + 400 * STRONG_USD, rel=0.05)
    assert sum(vars(found.evidence).values()) == pytest.approx(1.0)
    assert found.evidence.assumed == pytest.approx(0.6)


def test_a_raw_predicate_gives_what_the_class_predicate_gives(make_world: MakeWorld) -> None:
    rows = log(60, user_id="a", complexity=0.2) + log(40, user_id="b", complexity=0.8)
    world = make_world(rows)
    text = 'name="x"\n[[route]]\nwhen="{}"\nuse="weak"\n[default]\nuse="strong"'
    raw, classes = (parse_architecture(text.format(when)) for when in ("user_id = 'a'", "complexity < 0.5"))
    assert not raw.on_classes
    assert (
        simulate(world, [raw], Scenario(1000)).projections[1]
        == simulate(world, [classes], Scenario(1000)).projections[1]
    )


def test_lost_cache_is_billed_as_plain_input(make_world: MakeWorld) -> None:
    world = make_world(log(cache_read_tokens=800))
    world.connection.execute("UPDATE prices SET cache_read_usd_per_mtok = 0.1 * input_usd_per_mtok")
    found = {
        share: simulate(world, [single_model("weak")], Scenario(1000, cache_survival=share)).projections
        for share in (1.0, 0.25)
    }
    assert found[0.25][0].monthly_cost_usd.mean == pytest.approx(1000 * (200 * 15 + 800 * 1.5 + 100 * 75) / 1e6)
    kept, lost = ((found[share][1].monthly_cost_usd.mean or 0) for share in (1.0, 0.25))
    assert lost - kept == pytest.approx(1000 * 0.75 * 800 * (1 - 0.1) / 1e6, rel=0.03)


def test_retries_are_paid_for_and_counted_once(make_world: MakeWorld) -> None:
    failed = log(10, status="error", is_request=False, quality=None, request_latency_ms=None)
    current = simulate(make_world(log(100) + failed), [], Scenario(1000)).projections[0]
    assert current.monthly_cost_usd.mean == pytest.approx(1000 * STRONG_USD * 1.1)


def test_an_unpriced_model_has_no_cost_but_everything_else(make_world: MakeWorld) -> None:
    world = make_world(log(), pairs(50, {"strong": bool, "nobody-sells-this": bool}))
    found = simulate(world, [single_model("nobody-sells-this")]).projections[1]
    assert found.unpriced == ("nobody-sells-this",)
    assert found.monthly_cost_usd.mean is None
    assert found.vs_current.cost.mean is None
    assert found.quality.mean is not None
    assert found.latency_s.mean > 0
    priced = simulate(world, [single_model("nobody-sells-this")], Scenario(prices=(("nobody-sells-this", 1.0, 2.0),)))
    assert priced.projections[1].monthly_cost_usd.mean is not None


def test_no_evidence_gives_bounds_and_what_would_settle_it(make_world: MakeWorld) -> None:
    current, weak = simulate(make_world(log()), [single_model("weak")]).projections
    assert (current.grade, weak.grade) == ("B", "C")
    assert (weak.quality.mean, weak.quality.low, weak.quality.high) == (None, 0.0, 1.0)
    assert weak.vs_current.quality.mean is None
    assert weak.quality_floor_probability is None
    assert weak.settle == "390 prompts side by side on chat with weak and strong would settle it."
    assert weak.latency_s.assumed == ("weak",)


def test_a_log_without_scores_still_has_cost_and_latency(make_world: MakeWorld) -> None:
    found = simulate(make_world(log(quality=None)), [single_model("weak")], Scenario(1000))
    assert found.metric is None
    assert [one.grade for one in found.projections] == ["C", "C"]
    assert found.projections[0].monthly_cost_usd.mean == pytest.approx(1000 * STRONG_USD)


def test_a_log_without_latency_takes_assumed_speeds(make_world: MakeWorld) -> None:
    current = simulate(make_world(log(request_latency_ms=None)), []).projections[0]
    assert current.latency_s.mean > 0
    assert current.latency_s.assumed == ("strong",)


def test_empty_log_and_empty_scope_say_so(make_world: MakeWorld) -> None:
    with pytest.raises(SimulationError, match="holds no requests"):
        simulate(make_world([]), [])
    with pytest.raises(SimulationError, match="chosen scope"):
        simulate(make_world(log()), [], scope=Scope(use_cases=("nothing",)))


def test_an_unknown_metric_lists_those_available(make_world: MakeWorld) -> None:
    world = make_world(log(quality_metric="helpful"), pairs(3, {"strong": bool}, quality_metric="exact"))
    with pytest.raises(SimulationError, match="exact, helpful"):
        simulate(world, [], metric="quality")
    assert simulate(world, [], metric="exact").metric == "exact"


def test_the_default_metric_is_scored_in_both(make_world: MakeWorld) -> None:
    rows = log(80, quality_metric="thumbs") + log(20, quality_metric="exact")
    world = make_world(rows, pairs(10, {"strong": bool}, quality_metric="exact"))
    assert simulate(world, []).metric == "exact"


def test_numbers_do_not_depend_on_which_other_architectures_are_asked_for(make_world: MakeWorld) -> None:
    world = make_world(log(), pairs(50, {"strong": bool, "weak": lambda i: i % 3 > 0}))
    alone = simulate(world, [single_model("weak")]).projections[1]
    others = [single_model("weak"), single_model("middle"), single_model("strong")]
    together = simulate(world, others).projections[1]
    assert together.quality.mean == pytest.approx(alone.quality.mean)
    assert together.monthly_cost_usd.low == pytest.approx(alone.monthly_cost_usd.low)


def test_the_same_seed_gives_the_same_numbers(make_world: MakeWorld) -> None:
    world = make_world(log(), pairs(50, {"strong": bool, "weak": lambda i: i % 3 > 0}))
    first, again, other = (simulate(world, [single_model("weak")], seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_a_scope_of_one_model_narrows_the_traffic_not_the_evidence(make_world: MakeWorld) -> None:
    rows = log(50, complexity=0.2) + log(50, model="weak", complexity=0.2)
    scoped = simulate(make_world(rows), [], Scenario(1000), scope=Scope(models=("weak",)))
    assert scoped.projections[0].model_share == {"weak": 1.0}
    assert scoped.projections[0].monthly_cost_usd.mean == pytest.approx(1000 * WEAK_USD)


def test_confounded_logs_without_overlap_are_not_graded_better_than_they_are(make_world: MakeWorld) -> None:
    """Easy requests on weak, hard ones on strong: what weak would do to hard ones, nobody has seen."""
    rows = log(100, model="weak", complexity=0.2) + log(100, complexity=0.8)
    found = by_name(simulate(make_world(rows), [single_model("weak")]))["Single weak"]
    assert found.grade == "C"
    assert found.evidence.assumed == pytest.approx(0.5)
    assert found.quality.high == pytest.approx(0.5 + 0.5 * 0.9, abs=0.06)
    assert found.quality.low == pytest.approx(0.5 * 0.9, abs=0.06)
