"""Holes in the log: hours with (almost) no calls where the usual rhythm has many."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

# With 10 calls usual, an hour without any has a chance of e^-10 (Poisson).
LEAST_USUAL = 10.0
MOST_LEFT = 0.05
WEEKS_FOR_WEEKDAYS = 3


@dataclass(frozen=True)
class Gap:
    """Hours [start, end) in UTC without the usual calls, and how many calls the usual rhythm has there."""

    start: datetime
    end: datetime
    missing: float

    @property
    def hours(self) -> int:
        """Its length."""
        return round((self.end - self.start) / timedelta(hours=1))


def calls_by_hour(store: Store) -> "pl.DataFrame":
    """Calls per hour of the whole log (`begins`, UTC without a zone; `attempts`), hours without calls included."""
    return store.frame(
        "WITH hours AS (SELECT date_trunc('hour', bucket) AS hour, sum(attempts)::BIGINT AS attempts FROM rollup GROUP BY 1), "
        "every AS (SELECT unnest(generate_series(min(hour), max(hour), INTERVAL 1 HOUR)) AS hour FROM hours) "
        "SELECT hour AT TIME ZONE 'UTC' AS begins, coalesce(attempts, 0) AS attempts "
        "FROM every LEFT JOIN hours USING (hour) ORDER BY begins"
    )


def find_gaps(hours: "pl.DataFrame") -> list[Gap]:
    """Gaps in `calls_by_hour`, in order.

    Usual is the median of the same hour of the same weekday; a log of under three weeks has too few of each, so there all
    working days are one, and both weekend days. A quiet hour inside a gap belongs to it.
    """
    if hours.is_empty():
        return []
    begins: list[datetime] = hours["begins"].to_list()
    attempts = hours["attempts"].to_numpy().astype(float)
    by_weekday = len(begins) >= WEEKS_FOR_WEEKDAYS * 7 * 24
    days = np.array([at.weekday() if by_weekday else int(at.weekday() >= 5) for at in begins])
    slots = days * 24 + np.array([at.hour for at in begins])
    usual = np.zeros(len(begins))
    for slot in np.unique(slots):
        usual[slots == slot] = np.median(attempts[slots == slot])
    missing = (usual >= LEAST_USUAL) & (attempts <= MOST_LEFT * usual)
    # The log begins and ends somewhere within an hour.
    missing[[0, -1]] = False
    gaps: list[Gap] = []
    hour = 0
    while hour < len(begins):
        if not missing[hour]:
            hour += 1
            continue
        end = hour
        while end < len(begins) and (missing[end] or attempts[end] == 0):
            end += 1
        lost = float((usual - attempts)[hour:end].clip(min=0).sum())
        gaps.append(Gap(begins[hour], begins[end - 1] + timedelta(hours=1), lost))
        hour = end
    return gaps
