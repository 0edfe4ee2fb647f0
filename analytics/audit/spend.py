"""Where the money goes: by any dimension, by pairs of them, over time, and what rose and fell."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from analytics.audit.dimensions import Dimension, name_sql, source_of
from analytics.audit.periods import Comparison, compared_periods, midnight
from analytics.currency import NO_RATES, Rates
from analytics.scope import Scope
from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

Step = Literal["hour", "day", "week"]
OTHER = "all others"

# Names beyond these are summed into one row, so that a million users stay a table.
MOST_NAMES, MOST_IN_PAIRS = 500, 12
_MEASURES = {
    "requests": "requests", "attempts": "attempts", "billed_cost": "billed_cost_usd * per_usd",
    "list_cost": "list_cost_usd * per_usd",
    "unpriced": "unpriced", "input_tokens": "input_tokens", "output_tokens": "output_tokens",
}  # fmt: skip
_COUNTS = ("requests", "attempts", "unpriced")
_RATIOS = """list_cost / nullif(requests, 0) AS cost_per_request,
    1000 * list_cost / nullif(input_tokens + output_tokens, 0) AS cost_per_1k_tokens,
    list_cost / nullif(sum(list_cost) OVER (), 0) AS share"""


@dataclass(frozen=True)
class Spend:
    """Spend by a dimension, in the scope's currency. Both frames are dearest first, names beyond the 500 dearest are one row.

    table: name, requests, attempts, billed_cost, list_cost, unpriced, input_tokens, output_tokens, cost_per_request,
        cost_per_1k_tokens, share (of list cost).
    movers: name, now_cost, before_cost, change_cost at list price, over the two periods of `comparison`, the largest
        change first; empty without one.
    """

    table: "pl.DataFrame"
    movers: "pl.DataFrame"
    comparison: Comparison | None


def spend_by(store: Store, scope: Scope, dimension: Dimension, rates: Rates = NO_RATES) -> Spend:
    """Spend per value of `dimension` in the scope, and how it changed; each day at its rate, as in the functions below.

    Raises RateError when the scope's currency is not among the rates.
    """
    import polars as pl

    source = source_of(dimension)
    comparison = compared_periods(store, scope)
    wide, bounds = _widened(scope, comparison)
    where, values = source.where(wide)
    log, more = source.log(scope, rates)

    def within(start: str, end: str) -> str:
        return f"{source.time} >= {source.instant_sql(start)} AND {source.time} < {source.instant_sql(end)}"

    parts = ", ".join(f"sum({column}) AS {name}" for name, column in _MEASURES.items())
    shown = ", ".join(f"sum({name}) FILTER (WHERE shown) AS {name}" for name in _MEASURES)
    folded = ", ".join(f"sum({name}){'::BIGINT' if name in _COUNTS else ''} AS {name}" for name in _MEASURES)
    frame = store.frame(
        f"""WITH log AS (SELECT *, {name_sql(dimension)} AS value FROM {log} WHERE {where}),
        parts AS (SELECT value, {within("scope_from", "scope_until")} AS shown, {within("since", "until")} AS later,
            {within("before", "before_until")} AS earlier, {parts} FROM log GROUP BY ALL),
        valued AS (SELECT value, {shown}, sum(list_cost) FILTER (WHERE later) AS now_cost,
            sum(list_cost) FILTER (WHERE earlier) AS before_cost FROM parts GROUP BY value),
        ranked AS (SELECT *, row_number() OVER (
            ORDER BY greatest(list_cost, before_cost) DESC NULLS LAST, value) AS place FROM valued),
        named AS (SELECT CASE WHEN place <= {MOST_NAMES} THEN value ELSE '{OTHER}' END AS name, {folded},
            sum(now_cost) AS now_cost, sum(before_cost) AS before_cost FROM ranked GROUP BY 1)
        SELECT *, {_RATIOS} FROM named ORDER BY name = '{OTHER}', list_cost DESC NULLS LAST, name""",
        values | more | bounds,
    )
    table = frame.filter(pl.col("attempts") > 0).drop("now_cost", "before_cost")
    movers = (
        frame.select("name", pl.col("now_cost").fill_null(0.0), pl.col("before_cost").fill_null(0.0))
        .with_columns(change_cost=pl.col("now_cost") - pl.col("before_cost"))
        .filter(pl.col("now_cost") + pl.col("before_cost") > 0)
        .sort(pl.col("change_cost").abs(), "name", descending=[True, False])
    )
    return Spend(table, movers.clear() if comparison is None else movers, comparison)


def _widened(scope: Scope, comparison: Comparison | None) -> tuple[Scope, dict[str, object]]:
    """The scope with the days of the comparison, and the bounds of what is shown and compared."""
    never, always = datetime(1, 1, 1), datetime(9999, 12, 31)
    bounds: dict[str, object] = {
        "scope_from": never if scope.start is None else midnight(scope.start),
        "scope_until": always if scope.end is None else midnight(scope.end + timedelta(days=1)),
    }
    if comparison is None:
        return scope, bounds | dict.fromkeys(("since", "until", "before", "before_until"), never)
    bounds |= {
        "since": comparison.since, "until": comparison.until, "before": comparison.before,
        "before_until": comparison.before_until,
    }  # fmt: skip
    start = None if scope.start is None else min(scope.start, comparison.before.date())
    return replace(scope, start=start), bounds


def spend_over_time(
    store: Store, scope: Scope, step: Step, dimension: Dimension, names: tuple[str, ...], rates: Rates = NO_RATES
) -> "pl.DataFrame":
    """Cost per step of local time: begins (local, naive), name (one of `names`, else "all others"), requests, list_cost."""
    source = source_of(dimension)
    where, values = source.where(scope)
    log, more = source.log(scope, rates)
    return store.frame(
        f"""WITH steps AS (SELECT {source.step_sql} AS moment, CASE WHEN list_contains($names, value) THEN value ELSE '{OTHER}' END AS name,
            sum(requests) AS requests, sum(list_cost_usd * per_usd) AS list_cost
        FROM (SELECT *, {name_sql(dimension)} AS value FROM {log} WHERE {where}) GROUP BY ALL)
        SELECT date_trunc($step, {source.local_sql("moment")}) AS begins, name, sum(requests)::BIGINT AS requests, sum(list_cost) AS list_cost
        FROM steps GROUP BY ALL ORDER BY begins, name""",
        values | more | {"step": step, "names": list(names)},
    )


def spend_by_pair(
    store: Store, scope: Scope, first: Dimension, second: Dimension, rates: Rates = NO_RATES
) -> "pl.DataFrame":
    """Cost per pair of values: first, second (the 12 dearest of each, else "all others"), requests, list_cost, cost_per_request."""
    source = source_of(first, second)
    where, values = source.where(scope)
    values.pop("zone", None)
    log, more = source.log(scope, rates)

    def kept(column: str) -> str:
        best = (
            f"(SELECT {column} FROM pairs GROUP BY 1 ORDER BY sum(list_cost) DESC NULLS LAST, 1 LIMIT {MOST_IN_PAIRS})"
        )
        return f"CASE WHEN {column} IN {best} THEN {column} ELSE '{OTHER}' END"

    return store.frame(
        f"""WITH pairs AS MATERIALIZED (SELECT {name_sql(first)} AS a, {name_sql(second)} AS b, sum(requests) AS requests,
            sum(list_cost_usd * per_usd) AS list_cost FROM {log} WHERE {where} GROUP BY ALL)
        SELECT {kept("a")} AS first, {kept("b")} AS second, sum(requests)::BIGINT AS requests, sum(list_cost) AS list_cost,
            sum(list_cost) / nullif(sum(requests), 0) AS cost_per_request
        FROM pairs GROUP BY ALL ORDER BY list_cost DESC NULLS LAST, first, second""",
        values | more,
    )
