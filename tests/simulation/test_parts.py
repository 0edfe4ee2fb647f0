"""The parts of a projection, one by one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from analytics.policies import parse_architecture
from analytics.prices import PriceRow, context_thresholds
from analytics.scope import Scope
from analytics.simulation import Scenario, simulate
from analytics.simulation.bill import bill, prices_in_scenario
from analytics.simulation.percentiles import lognormal
from analytics.simulation.present import simulation_json, simulation_text
from analytics.simulation.sampling import sampling_covariance, sampling_draws, stratum_moments
from analytics.simulation.traffic import read_traffic
from analytics.simulation.volume import monthly_requests, read_span

MakeWorld = Callable[..., Any]


def at(*times: str) -> list[dict[str, Any]]:
    return [{"timestamp": f"2026-01-{time}:00+00"} for time in times]


def test_whole_days_count_whole(make_world: MakeWorld) -> None:
    world = make_world(at(*(f"{day:02d} {hour:02d}:30" for day in range(1, 11) for hour in range(9, 17))))
    span = read_span(world, Scope())
    assert span.days == pytest.approx(10.0)
    assert monthly_requests(Scenario(), 80, span) == pytest.approx(8 * 365.25 / 12)


def test_partial_days_count_by_the_share_of_a_usual_day(make_world: MakeWorld) -> None:
    hours = [f"{1 + hour // 24:02d} {hour % 24:02d}:10" for hour in range(12, 12 + 48)]
    assert read_span(make_world(at(*hours)), Scope()).days == pytest.approx(2.0)
    late = [f"{1 + hour // 24:02d} {hour % 24:02d}:10" for hour in range(23, 23 + 30)]  # to 4 o'clock of the third day
    span = read_span(make_world(at(*late)), Scope())
    # Of 30 requests 2 are in the last hour of a day and 10 in its first five.
    assert span.days == pytest.approx(3 - (1 - 2 / 30) - (1 - 10 / 30))
    assert span.last == datetime(2026, 1, 3, 4, tzinfo=UTC)


def test_a_log_within_a_day_is_a_day(make_world: MakeWorld) -> None:
    assert read_span(make_world(at("03 10:00", "03 11:00")), Scope()).days == 1.0


def test_retries_make_a_log_no_longer(make_world: MakeWorld) -> None:
    retry = {"timestamp": "2026-01-09 10:00:00+00", "is_request": False, "status": "error"}
    assert read_span(make_world([*at("01 10:00", "02 10:00"), retry]), Scope()).days == 2.0


def test_own_prices_go_before_the_catalogues_and_the_requests_provider_before_others(make_world: MakeWorld) -> None:
    catalogue = [PriceRow("strong", name, None, None, 0, rate, 0.0) for name, rate in (("first", 1.0), ("second", 2.0))]
    own = [
        PriceRow("strong", name, None, None, 0, rate, 0.0, source="own")
        for name, rate in (("own", 3.0), ("second", 4.0))
    ]
    traffic = read_traffic(make_world([{"provider": name} for name in ("first", "second", "third")]), (), Scope())
    when = datetime(2026, 1, 1, tzinfo=UTC)
    for rows, expected in (
        (catalogue, {"first": 1.0, "second": 2.0, "third": 1.0}),
        (catalogue + own, {"first": 3.0, "second": 4.0, "third": 3.0}),
    ):
        found = bill(traffic, "strong", rows, when, 0.9)
        assert found is not None
        rates = dict(zip(traffic.provider.tolist(), found.input_usd * 1000, strict=True))
        assert rates == pytest.approx(expected)


def test_a_tier_holds_for_the_band_above_it(make_world: MakeWorld) -> None:
    limits = context_thresholds()
    rows = [PriceRow("strong", "p", None, None, above, rate, 0.0) for above, rate in ((0, 1.0), (limits[1], 2.0))]
    traffic = read_traffic(make_world([{"context_band": band} for band in (0, 1, 2)]), (), Scope())
    found = bill(traffic, "strong", rows, datetime(2026, 1, 1, tzinfo=UTC), 0.9)
    assert found is not None
    assert dict(zip(traffic.context_band.tolist(), found.input_usd * 1000, strict=True)) == pytest.approx(
        {0: 1, 1: 1, 2: 2}
    )
    high = bill(traffic, "strong", rows[1:], datetime(2026, 1, 1, tzinfo=UTC), 0.9)
    assert high is not None
    assert high.input_usd * 1000 == pytest.approx(2.0)  # better the only price there is than none


def test_intervals_of_current_are_those_of_its_requests(make_world: MakeWorld) -> None:
    random = np.random.default_rng(5)
    tokens, waits = random.integers(100, 5000, 400), random.lognormal(7, 0.6, 400)
    rows = [{"input_tokens": int(n), "request_latency_ms": float(ms)} for n, ms in zip(tokens, waits, strict=True)]
    found = simulate(make_world(rows), [], Scenario(1000), draws=20_000).projections[0]
    half = 1.96 / 400**0.5
    assert found.monthly_cost_usd.high - found.monthly_cost_usd.low == pytest.approx(
        2 * half * tokens.std() * 15e-6 * 1000, rel=0.03
    )  # type: ignore[operator]
    assert found.latency_s.high - found.latency_s.low == pytest.approx(2 * half * waits.std() / 1e3, rel=0.03)
    assert (found.monthly_cost_usd.high + found.monthly_cost_usd.low) / 2 == pytest.approx(
        found.monthly_cost_usd.mean, rel=0.01
    )  # type: ignore[operator]


def test_the_usual_floor_is_two_points_below_current(make_world: MakeWorld) -> None:
    world = make_world([{"quality": float(n % 5 > 0)} for n in range(300)])
    current = simulate(world, []).projections[0]
    assert current.quality.mean is not None
    named = simulate(world, [], Scenario(quality_floor=current.quality.mean - 0.02)).projections[0]
    above = simulate(world, [], Scenario(quality_floor=current.quality.mean + 0.02)).projections[0]
    assert current.quality_floor_probability == named.quality_floor_probability
    assert 0.7 < (current.quality_floor_probability or 0) < 0.95
    assert 0.05 < (above.quality_floor_probability or 0) < 0.3


def test_what_would_settle_it_counts_the_traffic_and_names_four_use_cases(make_world: MakeWorld) -> None:
    def settle(use_cases: str, shares: dict[str, int]) -> str | None:
        rows = [{"use_case": name, "quality": 1.0} for name, count in shares.items() for _ in range(count)]
        listed = ", ".join(f"'{name}'" for name in use_cases)
        rule = parse_architecture(
            f'name="x"\n[[route]]\nwhen="use_case in ({listed})"\nuse="weak"\n[default]\nuse="strong"'
        )
        return simulate(make_world(rows), [rule]).projections[1].settle

    # 0.25 (1.96 / 0.05)² x 0.2 = 76.8; of six use cases with 0.375 of the traffic 144, but 30 for each.
    assert settle("a", {"a": 40, "b": 160}) == "80 prompts side by side on a with weak and strong would settle it."
    six = dict.fromkeys("abcdef", 30) | {"g": 300}
    assert (
        settle("abcdef", six)
        == "180 prompts side by side on a, b, c, d and 2 more with weak and strong would settle it."
    )
    assert settle("a", {"a": 10, "b": 190}) is None  # a twentieth of the traffic lowers no grade


def test_a_rate_of_zero_scales_nothing() -> None:
    free = PriceRow("m", "p", None, None, 0, 0.0, 0.0, cache_read_usd_per_mtok=1.0, reasoning_usd_per_mtok=5.0)
    (changed,) = prices_in_scenario([free], "m", Scenario(prices=(("m", 2.0, 3.0),)))
    assert (changed.input_usd_per_mtok, changed.output_usd_per_mtok) == (2.0, 3.0)
    assert (changed.cache_read_usd_per_mtok, changed.reasoning_usd_per_mtok) == (1.0, 5.0)


def test_the_price_of_the_logs_end_holds(make_world: MakeWorld) -> None:
    change = datetime(2026, 1, 15, tzinfo=UTC)
    rows = [PriceRow("strong", "p", None, change, 0, 10.0, 0.0), PriceRow("strong", "p", change, None, 0, 5.0, 0.0)]
    traffic = read_traffic(make_world(at("01 10:00")), (), Scope())
    before, after = (bill(traffic, "strong", rows, datetime(2026, 1, day, tzinfo=UTC), 0.9) for day in (14, 15))
    assert before is not None
    assert after is not None
    assert (before.input_usd.sum(), after.input_usd.sum()) == pytest.approx((0.01, 0.005))
    assert bill(traffic, "strong", [], change, 0.9) is None


def test_a_scenarios_price_scales_cache_rates_and_tiers_alike() -> None:
    base = PriceRow("m", "p", None, None, 0, 2.0, 8.0, cache_read_usd_per_mtok=0.2)
    tier = PriceRow("m", "p", None, None, 200_000, 4.0, 12.0, cache_read_usd_per_mtok=0.4)
    changed = prices_in_scenario([base, tier], "m", Scenario(prices=(("m", 1.0, 16.0),)))
    assert [(row.input_usd_per_mtok, row.output_usd_per_mtok) for row in changed] == [(1.0, 16.0), (2.0, 24.0)]
    assert [row.cache_read_usd_per_mtok for row in changed] == [0.1, 0.2]
    assert prices_in_scenario([base], "other", Scenario(prices=(("m", 1.0, 16.0),))) == [base]


def test_batch_requests_cost_their_factor(make_world: MakeWorld) -> None:
    row = PriceRow("strong", "p", None, None, 0, 10.0, 0.0, batch_factor=0.5)
    traffic = read_traffic(make_world([{"batch": True}, {"batch": False}]), (), Scope())
    found = bill(traffic, "strong", [row], datetime(2026, 1, 1, tzinfo=UTC), 0.9)
    assert found is not None
    assert sorted(found.input_usd) == pytest.approx([0.005, 0.01])


def test_sampling_covariance_is_that_of_a_bootstrap_of_requests(make_world: MakeWorld) -> None:
    random = np.random.default_rng(1)
    rows = [
        {"use_case": "ab"[i % 2], "input_tokens": int(a), "output_tokens": int(b), "request_latency_ms": float(c)}
        for i, (a, b, c) in enumerate(random.lognormal([6, 5, 7], 0.7, (400, 3)))
    ]
    traffic = read_traffic(make_world(rows), (), Scope())
    each = np.array([[1.0, r["input_tokens"], r["output_tokens"], r["request_latency_ms"]] for r in rows])
    weights = {
        "a": np.array([[0.1, 2.0, 3.0, 0.0], [5.0, 0.0, 0.0, 1.0]]),
        "b": np.array([[0.2, 1.0, 1.0, 0.0], [1.0, 0, 2, 0]]),
    }
    coefficients = np.stack([weights[str(name)] for name in traffic.use_case], axis=1)
    values = np.stack([weights[r["use_case"]] @ one for r, one in zip(rows, each, strict=True)])
    expected = np.cov(values.T) / len(rows)
    found = sampling_covariance(coefficients, stratum_moments(traffic))
    assert found == pytest.approx(expected, rel=0.02)
    drawn = sampling_draws(found, 20_000, 0)
    assert np.cov(drawn.T) == pytest.approx(expected, rel=0.06)
    assert drawn.mean(axis=0) == pytest.approx([0, 0], abs=1e-9)


def test_identical_functionals_get_identical_draws() -> None:
    covariance = np.array([[2.0, 0.0, 2.0], [0.0, 0.0, 0.0], [2.0, 0.0, 2.0]])
    drawn = sampling_draws(covariance, 100, 0)
    assert drawn[:, 0] == pytest.approx(drawn[:, 2])
    assert (drawn[:, 1] == 0).all()


def test_the_lognormal_shape_has_mean_one_and_its_quantiles() -> None:
    shape = lognormal(0.5)
    assert shape.values @ shape.weights == pytest.approx(1.0)
    assert shape.at(np.array([0.95]))[0] == pytest.approx(np.exp(1.645 * 0.5 - 0.125), rel=0.02)


def test_percentiles_come_from_the_logs_histogram(make_world: MakeWorld) -> None:
    latencies = np.random.default_rng(2).lognormal(7, 0.8, 1000)
    world = make_world([{"request_latency_ms": float(ms)} for ms in latencies])
    latency = simulate(world, []).projections[0].latency_s
    assert latency.p50 == pytest.approx(np.quantile(latencies, 0.5) / 1e3, rel=0.025)
    assert latency.p95 == pytest.approx(np.quantile(latencies, 0.95) / 1e3, rel=0.025)
    assert latency.mean == pytest.approx(latencies.mean() / 1e3)
    assert latency.low < latency.mean < latency.high


def test_json_has_the_documented_keys_and_no_nan(make_world: MakeWorld) -> None:
    found = simulation_json(simulate(make_world(at("01 10:00", "02 10:00")), []))
    assert set(found) == {"requests_per_month", "metric", "architectures"}
    documented = {
        "name", "grade", "monthly_cost_usd", "latency_s", "quality", "model_share", "escalation_rate", "evidence",
        "unpriced", "quality_floor_probability", "vs_current",
    }  # fmt: skip
    assert documented <= set(found["architectures"][0])
    assert "NaN" not in str(found)
    assert set(found["architectures"][0]["evidence"]) == {"observed", "pooled", "assumed"}


def test_text_has_a_line_per_architecture(make_world: MakeWorld) -> None:
    text = simulation_text(simulate(make_world(at("01 10:00", "02 10:00")), []))
    assert "current" in text
    assert "quality" in text
