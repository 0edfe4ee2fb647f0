"""How long people wait: percentiles from mergeable histograms, and how often something went wrong on the way.

The histograms have log-spaced bins that are exact to 1% (DDSketch); merging them over days, models or teams loses nothing,
so that no percentile here is an average of percentiles. They are kept per UTC day, counts of failures per quarter hour.
"""

from typing import TYPE_CHECKING, Literal

from analytics.audit.totals import BIN_BASE
from analytics.errors import UsageError
from analytics.scope import Scope
from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

Measure = Literal["latency_ms", "first_token_ms", "tokens_per_s"]
MEASURES: tuple[Measure, ...] = ("latency_ms", "first_token_ms", "tokens_per_s")
SpeedDimension = Literal["model", "use_case", "team", "environment"]
SPEED_DIMENSIONS: tuple[SpeedDimension, ...] = ("model", "use_case", "team", "environment")

# End to end per request; time to first token and tokens per second per attempt.
_MEASURED = """(SELECT 'latency_ms' AS measure, * FROM latency_histogram
    UNION ALL BY NAME SELECT * FROM speed_histogram)"""
# The middle of a bin is within 1% of everything in it.
_MIDDLE = f"2 * {BIN_BASE} ** bin / (1 + {BIN_BASE})"
_RATES = """sum(requests)::BIGINT AS requests, sum(failed_requests) / nullif(sum(requests), 0) AS failed_share,
    sum(retried_requests) / nullif(sum(requests), 0) AS retried_share,
    sum(fallback_requests) / nullif(sum(requests), 0) AS fallback_share"""
_COUNTS = ", ".join(
    f"sum({name}) AS {name}" for name in ("requests", "failed_requests", "retried_requests", "fallback_requests")
)
_SHARES = (0.05, 0.5, 0.95, 0.99)


def percentiles_by(store: Store, scope: Scope, dimension: SpeedDimension | None = None) -> "pl.DataFrame":
    """Percentiles per value of `dimension` (or of everything): name, measure, n, p5, p50, p95, p99; most answers first."""
    name = "'all'" if dimension is None else f"coalesce({_checked(dimension)}, 'unknown')"
    return _percentiles(store, scope, name, "name, measure")


def percentiles_over_time(store: Store, scope: Scope, step: Literal["day", "week"]) -> "pl.DataFrame":
    """Percentiles of the merged histograms per UTC day or week: name (the first day, a date), measure, n, p5, p50, p95, p99."""
    return _percentiles(store, scope, "date_trunc($step, day)::DATE", "name, measure", {"step": step}).sort("name")


def _percentiles(
    store: Store, scope: Scope, name: str, keys: str, more: dict[str, object] | None = None
) -> "pl.DataFrame":
    where, values = scope.where("day")
    middle = f"min({_MIDDLE}) FILTER (WHERE below >= {{share}} * total) AS p{{percent}}"
    columns = ", ".join(middle.format(share=share, percent=round(100 * share)) for share in _SHARES)
    return store.frame(
        f"""WITH bins AS (SELECT {name} AS name, measure, bin, sum(n)::BIGINT AS n FROM {_MEASURED} WHERE {where} GROUP BY ALL),
        ranked AS (SELECT *, sum(n) OVER (PARTITION BY {keys} ORDER BY bin) AS below, sum(n) OVER (PARTITION BY {keys}) AS total FROM bins)
        SELECT name, measure, sum(n)::BIGINT AS n, {columns} FROM ranked GROUP BY {keys} ORDER BY n DESC, name""",
        values | (more or {}),
    )


def distribution(store: Store, scope: Scope, measure: Measure, merged: int = 5) -> "pl.DataFrame":
    """The whole distribution in bins of `merged` x 2%: low, high, n, share, below (share up to `high`)."""
    if measure not in MEASURES:
        raise UsageError(f"There is no measure '{measure}': use one of {', '.join(MEASURES)}.")
    where, values = scope.where("day")
    return store.frame(
        f"""WITH bins AS (SELECT floor((bin - 1) / {int(merged)}) AS place, sum(n)::BIGINT AS n
            FROM {_MEASURED} WHERE measure = $measure AND {where} GROUP BY ALL)
        SELECT {BIN_BASE} ** (place * {int(merged)}) AS low, {BIN_BASE} ** ((place + 1) * {int(merged)}) AS high, n,
            n / sum(n) OVER () AS share, sum(n) OVER (ORDER BY place) / sum(n) OVER () AS below
        FROM bins ORDER BY place""",
        values | {"measure": measure},
    )


def rates_by(store: Store, scope: Scope, dimension: SpeedDimension | None = None) -> "pl.DataFrame":
    """Shares of requests per value of `dimension`: name, requests, failed_share, retried_share, fallback_share."""
    name = "'all'" if dimension is None else f"coalesce({_checked(dimension)}, 'unknown')"
    where, values = scope.where("bucket")
    return store.frame(
        f"SELECT {name} AS name, {_RATES} FROM rollup WHERE {where} GROUP BY 1 HAVING sum(requests) > 0 ORDER BY 2 DESC, 1",
        values,
    )


def rates_over_time(store: Store, scope: Scope, step: Literal["day", "week"]) -> "pl.DataFrame":
    """Shares of requests per local day or week: name (the first day, a date), requests, failed_, retried_, fallback_share."""
    where, values = scope.where("bucket")
    return store.frame(
        f"WITH steps AS (SELECT bucket, {_COUNTS} FROM rollup WHERE {where} GROUP BY bucket) "
        f"SELECT date_trunc($step, bucket AT TIME ZONE $zone)::DATE AS name, {_RATES} FROM steps "
        "GROUP BY 1 HAVING sum(requests) > 0 ORDER BY 1",
        values | {"step": step, "zone": scope.time_zone},
    )


def _checked(dimension: str) -> str:
    if dimension not in SPEED_DIMENSIONS:
        raise UsageError(f"Speed is not kept by '{dimension}': use one of {', '.join(SPEED_DIMENSIONS)}.")
    return dimension
