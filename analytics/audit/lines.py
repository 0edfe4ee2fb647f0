"""What the money bought: users' requests, overhead, and what retries, failures and other costs took of it."""

from dataclasses import dataclass
from typing import Literal

from analytics.audit.dimensions import ROLLUP, USERS
from analytics.currency import NO_RATES, Rates
from analytics.scope import Scope
from analytics.store import Store


@dataclass(frozen=True)
class Line:
    """One line of spend: list cost in the scope's currency (None is unknown) and how many calls (or tokens) it is for."""

    name: str
    cost: float | None
    count: int | None
    unit: Literal["calls", "tokens"] = "calls"


@dataclass(frozen=True)
class CostLines:
    """The spend of a scope taken apart.

    by_origin: users' requests, then each kind of overhead; they add up to the total.
    within: parts of that total which may overlap (an attempt that failed and was tried again is in two of them).
    saved: what caches kept off the bill; None is unknown.
    """

    by_origin: tuple[Line, ...]
    within: tuple[Line, ...]
    saved: tuple[Line, ...]


def cost_lines(store: Store, scope: Scope, rates: Rates = NO_RATES) -> CostLines:
    """The lines of the spend in `scope`, each day's cost at its rate."""
    where, values = scope.where("bucket")
    log, more = ROLLUP.log(scope, rates)
    values |= more
    rows = store.rows(
        f"SELECT coalesce(origin, '{USERS}'), sum(list_cost_usd * per_usd), sum(attempts)::BIGINT FROM {log} WHERE {where} "
        "GROUP BY origin ORDER BY origin IS NOT NULL, 2 DESC NULLS LAST, 1",
        values,
    )
    retries, retry_cost, failed, failed_cost, other_cost, cached, cache_saving, answered = store.rows(
        "SELECT (coalesce(sum(attempts - requests) FILTER (origin IS NULL), 0))::BIGINT, sum(retry_cost_usd * per_usd), "
        "coalesce(sum(failed_attempts), 0)::BIGINT, sum(failed_cost_usd * per_usd), sum(other_cost_usd * per_usd), "
        "coalesce(sum(cache_read_tokens), 0)::BIGINT, sum(cache_saving_usd * per_usd), coalesce(sum(cache_hits), 0)::BIGINT "
        f"FROM {log} WHERE {where}",
        values,
    )[0]
    return CostLines(
        tuple(Line(str(name), cost, calls or 0) for name, cost, calls in rows),
        (
            Line("retries", _known(retry_cost, retries), retries),
            Line("failed attempts", _known(failed_cost, failed), failed),
            Line("search, tools and other than tokens", other_cost, None),
        ),
        (
            Line("prompt cache", _known(cache_saving, cached), cached, "tokens"),
            Line("gateway's own cache", _known(None, answered), answered),
        ),
    )


def _known(cost: float | None, calls: int) -> float | None:
    """Nothing happened: it cost nothing. Otherwise what the log says, which may be unknown."""
    return cost if calls else 0.0
