"""One request explained: its attempts, and its list cost line by line at the price it was loaded with."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from analytics.currency import NO_RATES, USD, Currency, Rates
from analytics.prices import PriceRow, own_prices_of, prices_of, resolve_prices
from analytics.scope import Scope
from analytics.store import Store

MAX_ATTEMPTS = 100
# A stored cost that differs by no more than this (relative) is the same sum added up in another order.
SAME_COST = 1e-9
Kind = Literal[
    "input", "cache_read", "cache_write", "output", "reasoning", "request", "batch", "other", "gateway_cache"
]


@dataclass(frozen=True)
class PriceLine:
    """One line of a bill: `quantity` tokens (or calls) at `rate` (USD per million tokens, or per call) make `usd`.

    A batch line takes off a share of the lines above it; then `quantity` is the factor and there is no rate.
    """

    kind: Kind
    quantity: float
    rate: float | None
    usd: float


@dataclass(frozen=True)
class Attempt:
    """One call: its columns as stored, the price row that gives its stored list cost, and the lines.

    `agrees` is False when no price known today gives the stored cost (it was loaded at another one): then the lines
    are today's. Without a price there are no lines and the total is None. Amounts are USD; `currency` is what they are
    shown in, at the rate of the call's day.
    """

    row: Mapping[str, Any]
    price: PriceRow | None
    lines: tuple[PriceLine, ...]
    agrees: bool
    currency: Currency = USD

    @property
    def total_usd(self) -> float | None:
        """The sum of the lines."""
        return math.fsum(line.usd for line in self.lines) if self.lines else None


@dataclass(frozen=True)
class ExplainedRequest:
    """A logical request: its attempts in order, and which of them was asked for."""

    attempts: tuple[Attempt, ...]
    asked: int

    @property
    def currency(self) -> Currency:
        """What the request's own amounts are in: the attempts' currency, each converted at the rate of its day."""
        return self.attempts[0].currency.unit

    @property
    def list_cost(self) -> float | None:
        """What all attempts cost at list price; None when one of them has no price."""
        return self._sum("list_cost_usd")

    @property
    def billed_cost(self) -> float | None:
        """What all attempts cost as billed; None when the log does not say for one of them."""
        return self._sum("cost_usd")

    def _sum(self, column: str) -> float | None:
        costs = [attempt.currency.known_amount(attempt.row[column]) for attempt in self.attempts]
        known = [cost for cost in costs if cost is not None]
        return math.fsum(known) if len(known) == len(costs) else None


def sources_of(store: Store, request_id: str) -> list[str]:
    """The sources that have this request_id."""
    rows = store.rows("SELECT DISTINCT source FROM requests WHERE request_id = $id ORDER BY source", {"id": request_id})
    return [row[0] for row in rows]


def explain_request(
    store: Store, request_id: str, source: str | None = None, scope: Scope | None = None, rates: Rates = NO_RATES
) -> ExplainedRequest | None:
    """The request with all its attempts; None when the log has no such request_id (in that source).

    The currency, and the time zone whose days have rates, are the scope's.
    """
    scope = scope or Scope()
    found = _rows(
        store, "request_id = $id AND ($source IS NULL OR source = $source)", {"id": request_id, "source": source}
    )
    if not found:
        return None
    asked = found[0]
    same = {"id": asked["logical_id"] or asked["request_id"], "source": asked["source"]}
    # Two plain comparisons instead of OR: each of them skips the blocks of rows that cannot hold the id.
    rows = _rows(store, "source = $source AND logical_id = $id", same)
    rows += _rows(store, "source = $source AND request_id = $id AND logical_id IS NULL", same)
    rows.sort(key=lambda row: (row["attempt"] or 1, row["timestamp"], row["request_id"]))
    own = own_prices_of(store.path)
    attempts = []
    for row in rows:
        stored = prices_of(store, [row["model"]])[row["model"]]
        today = resolve_prices([(row["model_logged"], row["provider"])], own)[0].rows
        day = row["timestamp"].astimezone(ZoneInfo(scope.time_zone)).date()
        attempts.append(replace(explain_attempt(row, [*stored, *today]), currency=rates.at(scope.currency, day)))
    ids = [row["request_id"] for row in rows]
    return ExplainedRequest(tuple(attempts), ids.index(asked["request_id"]) if asked["request_id"] in ids else 0)


def explain_attempt(row: Mapping[str, Any], prices: list[PriceRow]) -> Attempt:
    """Lines that add up to the stored list cost, from the one of `prices` that gives it."""
    candidates = sorted(
        applicable(prices, row["timestamp"], row["input_tokens"]),
        key=lambda price: (price.source != "own", price.provider != row["provider"]),
    )
    bills = [(price, price_lines(price, row)) for price in candidates]
    for price, lines in bills:
        if row["list_cost_usd"] is not None and _same(math.fsum(line.usd for line in lines), row["list_cost_usd"]):
            return Attempt(row, price, lines, True)
    if bills:
        return Attempt(row, *bills[0], False)
    return Attempt(row, None, (), row["list_cost_usd"] is None)


def applicable(prices: list[PriceRow], at: datetime, input_tokens: int) -> list[PriceRow]:
    """The rows valid at `at`, each provider's in the highest tier whose limit the input exceeds."""
    valid = [
        row
        for row in prices
        if (row.valid_from is None or at >= row.valid_from)
        and (row.valid_to is None or at < row.valid_to)
        and (row.above_tokens == 0 or input_tokens > row.above_tokens)
    ]
    highest: dict[tuple[str, str], int] = {}
    for row in valid:
        place = (row.provider, row.source)
        highest[place] = max(highest.get(place, 0), row.above_tokens)
    return [row for row in valid if row.above_tokens == highest[(row.provider, row.source)]]


def price_lines(price: PriceRow, row: Mapping[str, Any]) -> tuple[PriceLine, ...]:
    """The bill of one call, in the order of the price formula; lines of nothing are left out, one always stays."""
    if row.get("cache_hit"):
        return (PriceLine("gateway_cache", 1, 0.0, 0.0),)
    read, write, reasoning = (row.get(f"{name}_tokens") or 0 for name in ("cache_read", "cache_write", "reasoning"))
    inward, outward = price.input_usd_per_mtok, price.output_usd_per_mtok
    tokens: list[tuple[Kind, int, float]] = [
        ("input", row["input_tokens"] - read - write, inward),
        ("cache_read", read, _or(price.cache_read_usd_per_mtok, inward)),
        ("cache_write", write, _or(price.cache_write_usd_per_mtok, inward)),
        ("output", row["output_tokens"] - reasoning, outward),
        ("reasoning", reasoning, _or(price.reasoning_usd_per_mtok, outward)),
    ]
    lines = [
        PriceLine(kind, quantity, rate, quantity * rate / 1e6)
        for kind, quantity, rate in tokens
        if quantity or kind == "input"
    ]
    if price.request_usd:
        lines.append(PriceLine("request", 1, price.request_usd, price.request_usd))
    if row.get("batch") and price.batch_factor is not None:
        before = math.fsum(line.usd for line in lines)
        lines.append(PriceLine("batch", price.batch_factor, None, before * price.batch_factor - before))
    if row.get("other_cost_usd"):
        lines.append(PriceLine("other", 1, row["other_cost_usd"], row["other_cost_usd"]))
    return tuple(lines)


def _or(rate: float | None, otherwise: float) -> float:
    return otherwise if rate is None else rate


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=SAME_COST, abs_tol=1e-12)


def _rows(store: Store, where: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
    frame = store.frame(
        f"SELECT * REPLACE (tags::VARCHAR AS tags) FROM requests WHERE {where} LIMIT {MAX_ATTEMPTS}", values
    )
    rows = frame.to_dicts()
    for row in rows:
        row["timestamp"] = row["timestamp"].astimezone(UTC)
    return rows
