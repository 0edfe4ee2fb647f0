"""What must hold in every world: identities, sums, order. Worlds and architectures are drawn at random."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.policies import (
    Architecture,
    Cascade,
    Overhead,
    Plan,
    Route,
    Split,
    Use,
    Verifier,
    single_model,
)
from analytics.policies.predicate import parse_predicate
from analytics.scope import Scope
from analytics.simulation import Projection, Scenario, simulate

MakeWorld = Callable[..., Any]
MODELS, USE_CASES, TEAMS = ("strong", "middle", "weak"), ("chat", "code"), ("red", "blue")
MONTH = Scenario(requests_per_month=1000)
PRICE = {"strong": (15.0, 75.0), "middle": (3.0, 15.0), "weak": (1.0, 5.0)}
# make_world gives a new world at each call, so that one fixture serves all examples.
examples = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))

blocks = st.lists(  # equal requests: use case, team, model, complexity, input and output tokens, ms, how many, how many right
    st.tuples(
        st.sampled_from(USE_CASES), st.sampled_from(TEAMS), st.sampled_from(MODELS), st.integers(0, 9),
        st.integers(1, 5000), st.integers(1, 800), st.integers(50, 9000), st.integers(1, 40), st.floats(0, 1),
    ),
    min_size=2, max_size=6,
)  # fmt: skip
answers = st.lists(st.tuples(*(st.booleans() for _ in MODELS), st.integers(0, 9)), min_size=0, max_size=60)
conditions = st.sampled_from(
    ["use_case = 'chat'", "complexity < 0.4", "team = 'red' and complexity >= 0.2", "model in ('weak', 'middle')"]
)
plans: st.SearchStrategy[Plan] = st.one_of(
    st.sampled_from(MODELS).map(Use),
    st.floats(0.05, 0.95).map(lambda share: Split((("weak", share), ("strong", 1 - share)))),
    st.permutations(MODELS).map(lambda models: Cascade(tuple(models), verifier=Verifier(0.9, 0.2, 1e-4, 30.0))),
)


def route(when: str, plan: Plan) -> Route:
    return Route(parse_predicate(when, "here"), plan)


architectures = st.builds(
    lambda routes, default: Architecture("a", default, routes=tuple(route(*one) for one in routes)),
    st.lists(st.tuples(conditions, plans), max_size=3), plans,
)  # fmt: skip


def requests(of: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [
        {
            "use_case": use_case, "team": team, "model": model, "complexity": tenth / 10, "input_tokens": size,
            "output_tokens": answer, "request_latency_ms": float(ms), "quality": float(one < count * right),
            "timestamp": f"2026-01-{1 + (block + one) % 9:02d} 10:00:00+00", "request_id": f"{block}-{one}",
            "logical_id": f"{block}-{one}",
        }
        for block, (use_case, team, model, tenth, size, answer, ms, count, right) in enumerate(of)
        for one in range(count)
    ]  # fmt: skip


def side_by_side(of: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [
        {"prompt_id": f"p{number:03d}", "model": model, "quality": float(right), "complexity": row[-1] / 10,
         "input_tokens": 900, "output_tokens": 100 + 10 * (number % 5) + 50 * place, "latency_ms": 500.0 * (1 + place)}
        for number, row in enumerate(of)
        for place, (model, right) in enumerate(zip(MODELS, row, strict=False))
    ]  # fmt: skip


def project(
    world: Any, *asked: Architecture, scenario: Scenario = MONTH, scope: Scope | None = None
) -> list[Projection]:
    return list(simulate(world, asked, scenario, scope, draws=40).projections)


def numbers(projection: Projection) -> dict[str, Any]:
    """Every number of a projection by its path; what is unknown stays None."""
    flat: dict[str, Any] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                walk(f"{path}.{key}", one)
        elif not isinstance(value, str | tuple):
            flat[path] = value

    walk("", asdict(projection))
    return flat


def assert_same(one: Projection, other: Projection) -> None:
    left, right = numbers(one), numbers(other)
    assert {key for key, value in left.items() if value is None} == {
        key for key, value in right.items() if value is None
    }
    assert {k: v for k, v in left.items() if v is not None} == pytest.approx(
        {k: v for k, v in right.items() if v is not None}, rel=1e-7, abs=1e-9
    )
    assert (one.grade, one.unpriced, one.settle) == (other.grade, other.unpriced, other.settle)


@examples
@given(blocks, answers)
def test_what_was_logged_as_a_policy_is_current(make_world: MakeWorld, log: Any, pairs: Any) -> None:
    logged = Architecture(
        "as logged",
        Use("strong"),
        routes=tuple(route(f"model = '{model}'", Use(model)) for model in ("weak", "middle")),
    )
    current, same = project(make_world(requests(log), side_by_side(pairs)), logged)
    assert_same(replace(same, name="current"), current)
    for change in (same.vs_current.cost, same.vs_current.quality, same.vs_current.latency):
        known = [part for part in (change.mean, change.low, change.high) if part is not None]
        assert known == pytest.approx([0.0] * len(known), rel=1e-9, abs=1e-9)


@examples
@given(blocks, answers, architectures)
def test_shares_sum_to_one_and_intervals_hold_their_means(
    make_world: MakeWorld, log: Any, pairs: Any, architecture: Architecture
) -> None:
    for found in project(make_world(requests(log), side_by_side(pairs)), architecture):
        assert sum(found.model_share.values()) == pytest.approx(1.0)
        evidence = list(vars(found.evidence).values())
        assert sum(evidence) == pytest.approx(1.0)
        assert all(-1e-12 <= share <= 1 + 1e-12 for share in (*evidence, *found.model_share.values()))
        assert found.escalation_rate is None or 0.0 <= found.escalation_rate <= 1.0
        assert 0 <= found.latency_s.p50 <= found.latency_s.p95
        for one in (found.monthly_cost_usd, found.latency_s):
            assert one.low - 1e-9 <= one.mean <= one.high + 1e-9  # type: ignore[operator]
        quality = found.quality
        assert quality.low is not None and quality.high is not None  # noqa: PT018
        assert 0 <= quality.low <= quality.high <= 1
        assert quality.mean is None or quality.low - 1e-9 <= quality.mean <= quality.high + 1e-9


@examples
@given(blocks, answers, architectures, st.sampled_from(MODELS), st.floats(1.01, 3))
def test_a_dearer_model_makes_nothing_cheaper_and_current_dearer_by_its_bill(
    make_world: MakeWorld, log: Any, pairs: Any, architecture: Architecture, model: str, factor: float
) -> None:
    rows = requests(log)
    world = make_world(rows, side_by_side(pairs))
    dearer = replace(MONTH, prices=((model, *(factor * rate for rate in PRICE[model])),))
    before, after = (project(world, architecture, scenario=scenario) for scenario in (MONTH, dearer))
    for one, other in zip(before, after, strict=True):
        assert other.monthly_cost_usd.mean >= one.monthly_cost_usd.mean - 1e-9  # type: ignore[operator]
    bill = sum(
        row["input_tokens"] * PRICE[model][0] + row["output_tokens"] * PRICE[model][1]
        for row in rows
        if row["model"] == model
    )
    more = after[0].monthly_cost_usd.mean - before[0].monthly_cost_usd.mean  # type: ignore[operator]
    assert more == pytest.approx((factor - 1) * bill / 1e6 * 1000 / len(rows), rel=1e-9, abs=1e-9)


@examples
@given(blocks, answers, architectures, st.floats(0.1, 50))
def test_money_grows_with_the_volume_and_nothing_else_does(
    make_world: MakeWorld, log: Any, pairs: Any, architecture: Architecture, times: float
) -> None:
    world = make_world(requests(log), side_by_side(pairs))
    one, more = (project(world, architecture, scenario=Scenario(1000 * n))[1] for n in (1, times))
    left, right = numbers(one), numbers(more)
    money = {key for key in left if "usd" in key or "vs_current.cost" in key}
    assert {key: right[key] for key in money} == pytest.approx(
        {key: times * left[key] for key in money}, rel=1e-9, abs=1e-9
    )
    assert {key: right[key] for key in left.keys() - money} == {key: left[key] for key in left.keys() - money}


@examples
@given(blocks, answers, architectures)
def test_the_parts_of_the_traffic_add_up_to_all_of_it(
    make_world: MakeWorld, log: Any, pairs: Any, architecture: Architecture
) -> None:
    """A scope of models narrows the traffic and not the evidence: money, time and answers add up whatever the plans are."""
    rows = requests(log)
    world = make_world(rows, side_by_side(pairs))
    count = Counter(row["model"] for row in rows)
    parts = {
        model: project(world, architecture, scenario=Scenario(n), scope=Scope(models=(model,)))
        for model, n in count.items()
    }
    for place, whole in enumerate(project(world, architecture, scenario=Scenario(len(rows)))):
        of = [(found[place], count[model]) for model, found in parts.items()]
        assert whole.monthly_cost_usd.mean == pytest.approx(sum(one.monthly_cost_usd.mean for one, _ in of))
        assert whole.latency_s.mean * len(rows) == pytest.approx(sum(one.latency_s.mean * n for one, n in of))
        for model in MODELS:
            answered = sum(one.model_share.get(model, 0.0) * n for one, n in of)
            assert whole.model_share.get(model, 0.0) * len(rows) == pytest.approx(answered, rel=1e-9, abs=1e-9)


@examples
@given(blocks, answers, st.floats(0.01, 0.99), conditions)
def test_a_split_on_any_route_is_the_weighted_mean(
    make_world: MakeWorld, log: Any, pairs: Any, weight: float, when: str
) -> None:
    def routed(plan: Plan) -> Architecture:
        return Architecture("a", Use("middle"), routes=(route(when, plan),), overhead=Overhead(20.0, 1e-4))

    split = Split((("weak", weight), ("strong", 1 - weight)))
    asked = [routed(plan) for plan in (Use("weak"), Use("strong"), split)]
    _, weak, strong, mixed = project(make_world(requests(log), side_by_side(pairs)), *asked)
    for part in ("monthly_cost_usd", "latency_s", "quality"):
        ends = [getattr(one, part).mean for one in (weak, strong)]
        found = getattr(mixed, part).mean
        if None not in (*ends, found):
            assert found == pytest.approx(weight * ends[0] + (1 - weight) * ends[1], rel=1e-9, abs=1e-9)
            assert min(ends) - 1e-9 <= found <= max(ends) + 1e-9


@examples
@given(blocks, answers, architectures, conditions, plans)
def test_rules_that_nothing_reaches_change_nothing(
    make_world: MakeWorld, log: Any, pairs: Any, architecture: Architecture, when: str, plan: Plan
) -> None:
    """Below all that a route takes stands the same route with another plan; one of no use case; and all below `true`."""
    first = (route(when, architecture.default), *architecture.routes)
    shadowed = (
        *first,
        route(when, plan),
        route(f"({when}) and use_case = 'chat'", plan),
        route("use_case = 'poems'", plan),
    )
    caught = (*first, route("complexity >= 0 or complexity < 0", architecture.default), route("complexity >= 0", plan))
    asked = [replace(architecture, routes=routes) for routes in (first, shadowed, caught)]
    _, plain, *others = project(make_world(requests(log), side_by_side(pairs)), *asked)
    for other in others:
        assert_same(other, plain)


@examples
@given(blocks, answers, plans, plans)
def test_rules_written_otherwise_say_the_same(
    make_world: MakeWorld, log: Any, pairs: Any, plan: Plan, default: Plan
) -> None:
    """One rule or two for the same plan, disjoint rules in either order, a rule and its complement.

    Percentiles are left out: they are mixed from one mean per route and use case.
    """
    low, high = "complexity < 0.3", "complexity >= 0.6"
    written = [
        (route(f"{low} or {high}", plan),),
        (route(low, plan), route(high, plan)),
        (route(high, plan), route(low, plan)),
        (route("complexity >= 0.3 and complexity < 0.6", default), route("use_case is not null", plan)),
    ]
    asked = [Architecture("a", default, routes=routes) for routes in written]
    found = project(make_world(requests(log), side_by_side(pairs)), *asked)[1:]
    plain, *others = (replace(one, latency_s=replace(one.latency_s, p50=0.0, p95=0.0)) for one in found)
    for other in others:
        assert_same(other, plain)


@examples
@given(blocks, answers, architectures, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_architectures_does_not_matter(
    make_world: MakeWorld, log: Any, pairs: Any, architecture: Architecture, random: Any
) -> None:
    rows, outcomes = requests(log), side_by_side(pairs)
    asked = [architecture, single_model("weak"), single_model("strong")]
    current, *found = project(make_world(rows, outcomes), *asked)
    random.shuffle(rows)
    random.shuffle(outcomes)
    current_again, *again = project(make_world(rows, outcomes), *reversed(asked))
    for one, other in zip([current, *found], [current_again, *reversed(again)], strict=True):
        assert_same(one, other)
