"""The steps of the savings add up, and each is what an independent sum says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.policies import Architecture, route_sql
from analytics.reports import Facts
from analytics.reports.spending import spend_by_model, spend_by_use_case
from analytics.reports.waterfall import Waterfall, find_waterfall, stacked
from analytics.settings import MONTH_DAYS
from analytics.simulation import Scenario, simulate
from analytics.simulation.escalation import find_escalations
from analytics.simulation.moves import find_moves
from analytics.simulation.study import Study, open_study
from analytics.store import Store
from tests.reports.conftest import MONTH

SCENARIO = Scenario(requests_per_month=MONTH)


def printed(text: str) -> float:
    return float(re.sub(r"[$,+]", "", text))


def usd(found: Waterfall, name: str) -> float:
    return next(bar.usd for bar in found.bars if bar.name == name)


@given(
    st.floats(0.5, 1e7),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8),
)
def test_what_is_printed_adds_up_to_what_is_printed(today: float, parts: list[float]) -> None:
    end = today + sum(parts)
    rows = [
        ("today", "total", today),
        *((str(n), "answers", part) for n, part in enumerate(parts)),
        ("then", "total", end),
    ]
    found = stacked(rows)
    first, *middle, last = found.bars
    total = printed(found.text(first)) + sum(printed(found.text(bar)) for bar in middle)
    assert total == pytest.approx(printed(found.text(last)), abs=1e-6)
    assert printed(found.text(last)) == pytest.approx(end, abs=0.51 if found.digits == 0 else 0.0051)
    for bar in middle:
        assert bar.end - bar.start == pytest.approx(bar.usd, abs=1.01 if found.digits == 0 else 0.0101)


def test_the_unit_that_rounding_leaves_over_is_not_put_on_the_smallest_step() -> None:
    """1,616.12 - 1,247.43 - 210.45 + 20.23 + 6.09 = 184.56, printed 1,616 and 185: the parts are -1,431 together."""
    rows = [
        ("today", "total", 1616.12), ("haiku", "answers", -1247.43), ("sonnet", "answers", -210.45),
        ("refused", "extra", 20.23), ("checks", "extra", 6.09), ("then", "total", 184.56),
    ]  # fmt: skip
    found = stacked(rows)
    assert [found.text(bar) for bar in found.bars] == ["$1,616", "-$1,247", "-$210", "+$20", "+$6", "$185"]


@pytest.fixture(scope="module")
def study(store: Store, rules: Architecture) -> Study:
    return open_study(store, rules, SCENARIO, draws=1000)


def test_it_runs_from_current_to_the_projection_of_simulate(
    store: Store, rules: Architecture, cascade: Architecture, facts: Facts
) -> None:
    found = simulate(store, [rules, cascade], SCENARIO)
    ends = [one.monthly_cost_usd.mean for one in found.projections]
    assert facts.waterfall is not None
    assert facts.waterfall.bars[0].usd == pytest.approx(ends[0], rel=1e-12)
    assert facts.waterfall.bars[-1].usd == pytest.approx(ends[1], rel=1e-12)
    steps = find_waterfall(open_study(store, cascade, SCENARIO, draws=1000), "Cascade")
    assert steps is not None
    assert steps.bars[-1].usd == pytest.approx(ends[2], rel=1e-12)
    parts = sum(bar.usd for bar in steps.bars if not bar.is_total)
    assert steps.bars[0].usd + parts == pytest.approx(ends[2], rel=1e-9)


def test_answers_replace_what_the_same_requests_cost_in_the_log(
    store: Store, rules: Architecture, study: Study
) -> None:
    """Today's side from raw rows and the policy's own SQL; the other side from the moves, at mean token ratios."""
    plan = {number: plan.model for number, plan in enumerate(rules.plans)}  # type: ignore[union-attr]
    rows = store.rows(f"SELECT {route_sql(rules)} AS route, sum(list_cost_usd) FROM requests GROUP BY 1")
    requests = store.rows("SELECT count(*) FILTER (is_request) FROM requests")[0][0]
    today: dict[str, float] = {}
    for route, cost in rows:
        today[plan[int(route)]] = today.get(plan[int(route)], 0.0) + cost * MONTH / requests
    then: dict[str, float] = {}
    for move in find_moves(study):
        then[move.target] = then.get(move.target, 0.0) + move.new_usd
    found = find_waterfall(study, "x")
    assert found is not None
    for model in ("claude-haiku-4-5", "gemini-2.5-flash", "claude-sonnet-4-5"):
        assert usd(found, f"Answers by {model}") == pytest.approx(then[model] - today[model], rel=2e-3)


def test_cascades_pay_for_answers_not_kept_verifiers_and_routing(store: Store, cascade: Architecture) -> None:
    study = open_study(store, cascade, SCENARIO, draws=1000)
    found = find_waterfall(study, "x")
    assert found is not None
    assert usd(found, "Routing") == pytest.approx(0.0001 * MONTH, rel=1e-12)
    (step,) = find_escalations(study)
    traffic = study.ground.traffic
    routed = float(traffic.requests[traffic.routes[0] == 1].sum() / traffic.requests.sum()) * MONTH
    assert usd(found, "Checking answers") == pytest.approx(0.0002 * routed, rel=1e-9)
    # What is thrown away is one cheap call for each request that goes on; harder requests are somewhat longer.
    wasted = usd(found, "Answers that are not kept")
    assert step.call_usd is not None
    assert 0.8 * step.call_usd < wasted / (step.escalation * routed) < 2.0 * step.call_usd


def test_changed_prices_and_running_costs_are_steps_of_their_own(store: Store, rules: Architecture) -> None:
    scenario = Scenario(MONTH, prices=(("claude-opus-4-1", 7.5, 37.5),), fixed_monthly_usd=250.0)
    found = find_waterfall(open_study(store, rules, scenario, draws=200), "x")
    assert found is not None
    assert [bar.name for bar in found.bars[:3]] == ["Today at list prices", "Changed prices", "Today"]
    opus, requests = store.rows(
        "SELECT sum(list_cost_usd) FILTER (model = 'claude-opus-4-1'), count(*) FILTER (is_request) FROM requests"
    )[0]
    assert usd(found, "Changed prices") == pytest.approx(-0.5 * opus * MONTH / requests, rel=1e-9)
    assert usd(found, "Running costs") == 250.0


def test_spend_sums_to_both_bills(study: Study, store: Store, rules: Architecture) -> None:
    now, then = (one.monthly_cost_usd.mean for one in simulate(store, [rules], SCENARIO).projections)
    for rows in (spend_by_model(study), spend_by_use_case(study)):
        assert sum(row.today_usd for row in rows) == pytest.approx(now, rel=1e-9)
        assert sum(row.then_usd for row in rows) == pytest.approx(then, rel=1e-9)
    chat, requests = store.rows(
        "SELECT sum(list_cost_usd) FILTER (use_case = 'chat'), count(*) FILTER (is_request) FROM requests"
    )[0]
    found = next(row for row in spend_by_use_case(study) if row.name == "chat")
    assert found.today_usd == pytest.approx(chat * MONTH / requests, rel=1e-9)
    assert MONTH_DAYS == 365.25 / 12


def test_without_a_price_there_are_no_steps(store: Store) -> None:
    from analytics.policies import single_model

    assert find_waterfall(open_study(store, single_model("nobody-prices-this"), SCENARIO, draws=50), "x") is None
