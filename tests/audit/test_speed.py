"""Percentiles within 1% of exact quantiles of the raw log, rates exact."""

from datetime import date

import pytest

from analytics import audit
from analytics.errors import UsageError
from analytics.scope import Scope
from analytics.store import Store

VALUES = {
    "latency_ms": "SELECT {key} AS key, timestamp::DATE AS day, request_latency_ms AS value FROM requests "
    "WHERE is_request AND status = 'ok' AND request_latency_ms IS NOT NULL",
    "first_token_ms": "SELECT {key} AS key, timestamp::DATE AS day, ttft_ms AS value FROM requests WHERE status = 'ok' AND ttft_ms IS NOT NULL",
    "tokens_per_s": "SELECT {key} AS key, timestamp::DATE AS day, 1000 * output_tokens / (latency_ms - coalesce(ttft_ms, 0)) AS value FROM requests "
    "WHERE status = 'ok' AND output_tokens > 0 AND latency_ms > coalesce(ttft_ms, 0)",
}
SHARES = {"p5": 0.05, "p50": 0.5, "p95": 0.95, "p99": 0.99}


def exact(store: Store, measure: str, key: str) -> dict[object, dict[str, float]]:
    """Exact quantiles of the raw log by `key`."""
    columns = ", ".join(f"quantile_disc(value, {share})" for share in SHARES.values())
    rows = store.rows(f"SELECT key, count(*), {columns} FROM ({VALUES[measure].format(key=key)}) GROUP BY key")
    return {row[0]: dict(zip(("n", *SHARES), row[1:], strict=True)) for row in rows}


@pytest.mark.parametrize("measure", audit.MEASURES)
@pytest.mark.parametrize("dimension", [None, *audit.SPEED_DIMENSIONS])
def test_percentiles_are_within_one_percent(busy: Store, measure: str, dimension: audit.SpeedDimension | None) -> None:
    found = audit.percentiles_by(busy, Scope(), dimension)
    expected = exact(busy, measure, "'all'" if dimension is None else f"coalesce({dimension}, 'unknown')")
    rows = {row["name"]: row for row in found.iter_rows(named=True) if row["measure"] == measure}
    assert rows.keys() == expected.keys()
    for name, row in rows.items():
        assert row["n"] == expected[name]["n"]
        for place in SHARES:
            assert row[place] == pytest.approx(expected[name][place], rel=0.0101), (name, place)


def test_weekly_percentiles_are_of_the_week_not_means_of_days(busy: Store) -> None:
    found = audit.percentiles_over_time(busy, Scope(), "week")
    expected = exact(busy, "latency_ms", "date_trunc('week', timestamp)::DATE")
    rows = {row["name"]: row for row in found.iter_rows(named=True) if row["measure"] == "latency_ms"}
    assert list(rows) == [date(2026, 9, 28), date(2026, 10, 5), date(2026, 10, 12)]
    for week, row in rows.items():
        assert row["p95"] == pytest.approx(expected[week]["p95"], rel=0.0101)


def test_a_scope_narrows_percentiles(busy: Store) -> None:
    found = audit.percentiles_by(busy, Scope(date(2026, 10, 1), date(2026, 10, 2), models=("gpt-4o",)))
    n = busy.rows(
        "SELECT count(*) FROM requests WHERE is_request AND status = 'ok' AND request_latency_ms IS NOT NULL AND model = 'gpt-4o' "
        "AND timestamp::DATE BETWEEN '2026-10-01' AND '2026-10-02'"
    )[0][0]
    assert dict(zip(found["measure"], found["n"], strict=True))["latency_ms"] == n


def test_the_distribution_holds_everything_where_it_belongs(busy: Store) -> None:
    frame = audit.distribution(busy, Scope(), "latency_ms")
    assert frame["share"].sum() == pytest.approx(1.0)
    assert frame["below"][-1] == pytest.approx(1.0)
    for low, high, n in frame.select("low", "high", "n").rows():
        raw = busy.rows(
            f"SELECT count(*) FROM ({VALUES['latency_ms'].format(key='1')}) WHERE value > {low} AND value <= {high}"
        )[0][0]
        assert raw == n


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_rates_are_those_of_the_raw_log(busy: Store, zone: str) -> None:
    frame = audit.rates_over_time(busy, Scope(time_zone=zone), "day")
    rows = busy.rows(
        f"""SELECT (timestamp AT TIME ZONE '{zone}')::DATE, count(*) FILTER (is_request),
            count(*) FILTER (is_request AND status = 'error') / count(*) FILTER (is_request),
            count(*) FILTER (is_request AND attempt > 1) / count(*) FILTER (is_request),
            count(*) FILTER (is_request AND models > 1) / count(*) FILTER (is_request)
        FROM requests JOIN (SELECT logical_id, count(DISTINCT model) FILTER (origin IS NULL) AS models FROM requests GROUP BY 1) USING (logical_id)
        GROUP BY 1 ORDER BY 1"""
    )
    assert [row[:2] for row in frame.rows()] == [row[:2] for row in rows]
    for found, expected in zip(frame.rows(), rows, strict=True):
        assert found[2:] == pytest.approx(expected[2:])
    assert frame["fallback_share"].max() > 0


def test_speed_by_something_it_is_not_kept_by_is_refused(busy: Store) -> None:
    with pytest.raises(UsageError, match="not kept by 'user_id'"):
        audit.percentiles_by(busy, Scope(), "user_id")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no measure 'x'"):
        audit.distribution(busy, Scope(), "x")  # type: ignore[arg-type]
