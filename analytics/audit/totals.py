"""Totals of the log within a scope: requests, cost as billed and at list price, latency, quality."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics.audit.dimensions import ROLLUP
from analytics.currency import NO_RATES, Rates
from analytics.scope import Scope
from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

# One bin of the latency histogram covers a factor of 1.02; its value is within 1% of all that fall into it.
BIN_BASE = 1.02
_SUMS = """sum(requests)::BIGINT, sum(attempts)::BIGINT, sum(billed_cost_usd * per_usd), sum(list_cost_usd * per_usd), sum(unpriced)::BIGINT,
    sum(failed_requests)::BIGINT, sum(failed_attempts)::BIGINT, sum(billed_known)::BIGINT, sum(zero_billed)::BIGINT,
    sum(latency_ms) / nullif(sum(latency_n), 0), sum(input_tokens), sum(output_tokens)"""

# Places in _SUMS where nothing known means unknown, not none: billed, list, mean latency.
_MAY_BE_UNKNOWN = (2, 3, 9)


@dataclass(frozen=True)
class Totals:
    """Sums over a scope; None is unknown. Costs in the scope's currency, latency in ms, `unpriced` and `zero_billed` count attempts."""

    requests: int
    attempts: int
    billed_cost: float | None
    list_cost: float | None
    unpriced: int
    failed_requests: int
    failed_attempts: int
    billed_known: int
    zero_billed: int
    mean_latency_ms: float | None
    input_tokens: float
    output_tokens: float

    @property
    def cost_per_1k_requests(self) -> float | None:
        """List cost per thousand requests, retries and overhead included."""
        return 1000 * self.list_cost / self.requests if self.list_cost is not None and self.requests else None

    @property
    def cost_per_1k_tokens(self) -> float | None:
        """List cost per thousand tokens, input and output together."""
        tokens = self.input_tokens + self.output_tokens
        return 1000 * self.list_cost / tokens if self.list_cost is not None and tokens else None


def log_totals(store: Store, scope: Scope, rates: Rates = NO_RATES) -> Totals:
    """The totals of the requests in `scope`, each day's cost at its rate."""
    where, values = scope.where("bucket")
    log, more = ROLLUP.log(scope, rates)
    row = store.rows(f"SELECT {_SUMS} FROM {log} WHERE {where}", values | more)[0]
    known = [value if value is not None or place in _MAY_BE_UNKNOWN else 0 for place, value in enumerate(row)]
    return Totals(*known)


def audit_totals(store: Store, scope: Scope) -> dict[str, Any]:
    """The object of `routecast audit --json`."""
    totals = log_totals(store, scope)
    where, values = scope.where("bucket")
    unpriced = store.rows(
        f"SELECT model, sum(unpriced)::BIGINT FROM rollup WHERE {where} GROUP BY model HAVING sum(unpriced) > 0", values
    )
    quality = _quality(store, scope)
    return {
        "requests": totals.requests,
        "attempts": totals.attempts,
        "cost_usd": {"billed": totals.billed_cost, "list": totals.list_cost},
        "unpriced": dict(unpriced),
        "by_model": _by(store, scope, "model"),
        "by_use_case": _by(store, scope, "use_case"),
        "latency_ms": latency_percentiles(store, scope),
        "quality": quality[0]["mean"] if quality else None,
        "quality_by_metric": quality,
        "failed_requests": totals.failed_requests,
        "zero_billed": totals.zero_billed,
    }


def _by(store: Store, scope: Scope, column: str) -> list[dict[str, Any]]:
    where, values = scope.where("bucket")
    rows = store.rows(
        f"SELECT {column}, sum(requests)::BIGINT, sum(attempts)::BIGINT, sum(billed_cost_usd), sum(list_cost_usd) "
        f"FROM rollup WHERE {where} GROUP BY {column} ORDER BY sum(list_cost_usd) DESC NULLS LAST, 1",
        values,
    )
    return [
        {column: name, "requests": requests, "attempts": attempts, "cost_usd": {"billed": billed, "list": at_list}}
        for name, requests, attempts, billed, at_list in rows
    ]


def latency_percentiles(store: Store, scope: Scope) -> dict[str, float | None]:
    """p50, p95 and p99 of end-to-end latency in ms, from the histogram (relative error 1%)."""
    where, values = scope.where("day")
    rows = store.rows(
        f"SELECT bin, sum(n)::BIGINT FROM latency_histogram WHERE {where} GROUP BY bin ORDER BY bin", values
    )
    total = sum(count for _, count in rows)
    found: dict[str, float | None] = {}
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        below, value = 0, None
        for index, count in rows:
            below += count
            if below >= share * total:
                value = 2 * BIN_BASE**index / (1 + BIN_BASE)
                break
        found[name] = value
    return found


def _quality(store: Store, scope: Scope) -> list[dict[str, Any]]:
    where, values = scope.where("day")
    rows = store.rows(
        f"SELECT metric, sum(quality) / sum(n), sum(n)::BIGINT FROM class_scores WHERE {where} GROUP BY metric ORDER BY 3 DESC",
        values,
    )
    return [{"metric": metric, "mean": mean, "n": n} for metric, mean, n in rows]


def scope_options(store: Store, time_zone: str = "UTC") -> dict[str, Any]:
    """What can be chosen: first and last day (in `time_zone`) and the values of each scope dimension, dearest first."""
    days = store.rows(
        "SELECT (min(bucket) AT TIME ZONE $zone)::DATE, (max(bucket) AT TIME ZONE $zone)::DATE FROM rollup",
        {"zone": time_zone},
    )[0]
    options: dict[str, Any] = {"first": days[0], "last": days[1]}
    for column in ("use_case", "model", "team", "environment"):
        rows = store.rows(
            f"SELECT {column} FROM rollup WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY sum(list_cost_usd) DESC NULLS LAST, 1"
        )
        options[column] = [row[0] for row in rows]
    return options


def load_history(store: Store) -> "pl.DataFrame":
    """Every load: when, file, format, source, read, loaded, duplicates, rejected."""
    return store.frame(
        "SELECT strftime(loaded_at, '%Y-%m-%d %H:%M') AS loaded_at, file, format, source, read, loaded, duplicates, rejected "
        "FROM loads ORDER BY load_id DESC"
    )


def rejected_rows(store: Store, limit: int = 100_000) -> "pl.DataFrame":
    """Refused rows with file, line, reason and content, the latest load first."""
    return store.frame(
        "SELECT file, line, reason, raw FROM rejections ORDER BY load_id DESC, line LIMIT $limit", {"limit": limit}
    )


def unpriced_models(store: Store) -> dict[str, int]:
    """Attempts per model that has no price."""
    return dict(
        store.rows(
            "SELECT model, sum(unpriced)::BIGINT FROM rollup GROUP BY model HAVING sum(unpriced) > 0 ORDER BY 2 DESC"
        )
    )


def free_models(store: Store) -> dict[str, int]:
    """Attempts per model that the gateway logged at $0 although it has a price."""
    return dict(
        store.rows(
            "SELECT model, sum(zero_billed)::BIGINT FROM rollup GROUP BY model HAVING sum(zero_billed) > 0 ORDER BY 2 DESC"
        )
    )
