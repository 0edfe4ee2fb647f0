"""Where the money goes: over time, and by model, use case, team or environment."""

from typing import TYPE_CHECKING, Literal

from analytics.errors import UsageError
from analytics.scope import Scope
from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

Dimension = Literal["model", "use_case", "team", "environment", "provider"]
DIMENSIONS: tuple[Dimension, ...] = ("model", "use_case", "team", "environment", "provider")
Step = Literal["hour", "day", "week"]

_MONEY = """sum(requests)::BIGINT AS requests, sum(attempts)::BIGINT AS attempts, sum(billed_cost_usd) AS billed_usd,
    sum(list_cost_usd) AS list_usd, sum(unpriced)::BIGINT AS unpriced,
    sum(list_cost_usd) / nullif(sum(requests), 0) AS usd_per_request, sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens"""


def spend_by(store: Store, scope: Scope, dimension: Dimension) -> "pl.DataFrame":
    """One row per value of `dimension`, dearest first: name, requests, attempts, billed_usd, list_usd, share of list cost."""
    _check(dimension)
    where, values = scope.where("bucket")
    return store.frame(
        f"SELECT coalesce({dimension}, 'unknown') AS name, {_MONEY}, "
        f"sum(list_cost_usd) / nullif(sum(sum(list_cost_usd)) OVER (), 0) AS share "
        f"FROM rollup WHERE {where} GROUP BY {dimension} ORDER BY list_usd DESC NULLS LAST, name",
        values,
    )


def spend_over_time(store: Store, scope: Scope, step: Step, dimension: Dimension) -> "pl.DataFrame":
    """Cost per step of local time and value of `dimension`: at (local, naive), name, requests, billed_usd, list_usd."""
    _check(dimension)
    where, values = scope.where("bucket")
    return store.frame(
        f"SELECT date_trunc($step, bucket AT TIME ZONE $zone) AS begins, coalesce({dimension}, 'unknown') AS name, {_MONEY} "
        f"FROM rollup WHERE {where} GROUP BY ALL ORDER BY begins, name",
        values | {"step": step, "zone": scope.time_zone},
    )


def _check(dimension: str) -> None:
    if dimension not in DIMENSIONS:
        raise UsageError(f"There is no dimension '{dimension}': use one of {', '.join(DIMENSIONS)}.")
