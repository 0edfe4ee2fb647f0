"""Which stretch of time is compared with which."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from analytics.scope import Scope
from analytics.store import Store


@dataclass(frozen=True)
class Comparison:
    """`days` local days from `since` against as many from `before`; times are local and naive, ends excluded.

    A period that is still under way is compared with the same part of the one before: `until` is the log's last moment.
    """

    days: int
    since: datetime
    until: datetime
    before: datetime

    @property
    def before_until(self) -> datetime:
        """The end of the earlier stretch."""
        return self.before + (self.until - self.since)


def log_extent(store: Store, time_zone: str) -> tuple[datetime, datetime] | None:
    """The first and the last moment of the log, to the quarter of an hour, local and naive; None without a log."""
    first, last = store.rows(
        "SELECT min(bucket) AT TIME ZONE $zone, (max(bucket) + INTERVAL 15 MINUTE) AT TIME ZONE $zone FROM rollup",
        {"zone": time_zone},
    )[0]
    return None if first is None else (first, last)


def compared_periods(store: Store, scope: Scope) -> Comparison | None:
    """The scope's days against as many days before them; where the log does not reach back so far, the later half of
    the scope's days against the half before it. None when there is only one day, or no log.
    """
    extent = log_extent(store, scope.time_zone)
    if extent is None:
        return None
    first, last = extent
    last_day = (last - timedelta(microseconds=1)).date()
    start = max(scope.start or first.date(), first.date())
    end = min(scope.end or last_day, last_day)
    days = (end - start).days + 1
    if start - timedelta(days=days) < first.date():
        days //= 2
    if days < 1:
        return None
    since = end + timedelta(days=1 - days)
    until = min(midnight(end + timedelta(days=1)), last)
    return Comparison(days, midnight(since), until, midnight(since - timedelta(days=days)))


def midnight(day: date) -> datetime:
    """The beginning of a day, naive."""
    return datetime.combine(day, time())
