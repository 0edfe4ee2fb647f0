"""Spend per local day, and how much of a running day is usually spent by now."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from analytics.forecast.structural import Floats
from analytics.scope import Scope
from analytics.store import Store

Booleans = np.ndarray[Any, np.dtype[np.bool_]]

STEP = timedelta(minutes=15)
USUAL_DAYS = 28
# A log that begins within a day holds that day if no more than this share of a day is usually spent before.
LEAST_LACKING = 0.02

# One pass over the roll-up: a day without any request in the whole log is unknown, one without a request here is 0.
_DAYS = """SELECT local::DATE AS day, coalesce(sum(list_cost_usd) FILTER (WHERE {where}), 0) AS usd,
    coalesce(sum(list_cost_usd) FILTER (WHERE {where} AND local::TIME < $clock), 0) AS by_now,
    coalesce(sum(list_cost_usd) FILTER (WHERE {where} AND local::TIME < $opening), 0) AS by_opening,
    coalesce(sum(unpriced) FILTER (WHERE {where}), 0)::BIGINT AS unpriced
FROM (SELECT *, bucket AT TIME ZONE $zone AS local FROM rollup) WHERE local < $until GROUP BY day ORDER BY day"""


@dataclass(frozen=True, eq=False)
class DailySpend:
    """List spend in USD per local day from `first` on, up to `until` (local time at which the log ends).

    usd: whole days. known: False where the log holds nothing at all of the day (usd is 0 there) or begins within it.
    running_usd: spent on the day that `until` falls into; running_share: the share of a day that is usually spent by
    that time of day. unpriced: attempts without a price per day, the running one last.
    """

    first: date
    usd: Floats
    known: Booleans
    running_usd: float
    running_share: float
    until: datetime
    unpriced: tuple[int, ...]

    @property
    def today(self) -> date:
        """The first day that is not over: running, or about to begin."""
        return self.until.date()

    @property
    def fitted(self) -> Floats:
        """`usd` with unknown days as nan."""
        return np.where(self.known, self.usd, np.nan)

    def day(self, number: int) -> date:
        """The date of a place in `usd`."""
        return self.first + timedelta(days=number)


def daily_spend(store: Store, scope: Scope) -> DailySpend | None:
    """The days of `scope` up to its last one (its first is ignored: the past tells); None where nothing was spent."""
    span = log_span(store, scope)
    if span is None:
        return None
    begins, until = span
    where, values = replace(scope, start=None, end=None).where("bucket")
    times = {"zone": scope.time_zone, "until": until, "clock": until.time(), "opening": begins.time()}
    rows = store.rows(_DAYS.format(where=where), values | times)
    spending = [place for place, row in enumerate(rows) if row[1] > 0]
    if not spending:
        return None
    first, today = rows[spending[0]][0], until.date()
    found = {row[0]: row for row in rows[spending[0] :]}
    days = [first + timedelta(days=number) for number in range((today - first).days)]
    columns = np.array([found[day][1:4] if day in found else (0.0,) * 3 for day in days], dtype=float).reshape(-1, 3)
    usd, by_now, by_opening = columns.T
    known = np.array([day in found for day in days], bool)
    if known.size and first == begins.date() and _share(by_opening[1:], usd[1:]) > LEAST_LACKING:
        known[0] = False
    running = found.get(today)
    return DailySpend(
        first, usd, known, running[1] if running else 0.0, _share(by_now[known], usd[known]) if until.time() > time() else 0.0,
        until, tuple(int(found[day][4]) if day in found else 0 for day in [*days, today]),
    )  # fmt: skip


def log_span(store: Store, scope: Scope) -> tuple[datetime, datetime] | None:
    """Local times at which the log begins and at which it, or the scope's last day, ends; None for an empty log."""
    # The instant is converted after the step is added: a clock that is set back must not move the end.
    begins, until = store.rows(
        "SELECT min(bucket) AT TIME ZONE $zone, (max(bucket) + $step) AT TIME ZONE $zone FROM rollup",
        {"step": STEP, "zone": scope.time_zone},
    )[0]
    if begins is None:
        return None
    last = until if scope.end is None else datetime.combine(scope.end + timedelta(days=1), time())
    return begins, min(until, last)


def _share(by_now: Floats, usd: Floats) -> float:
    total = float(usd[-USUAL_DAYS:].sum())
    return float(by_now[-USUAL_DAYS:].sum()) / total if total > 0 else 0.0
