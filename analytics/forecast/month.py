"""Where the month will end: what is spent plus draws of the days to come."""

import calendar
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np

from analytics.currency import Rates
from analytics.forecast.daily import DailySpend, daily_spend
from analytics.forecast.days_ahead import LEAST, Method, days_ahead
from analytics.forecast.structural import Floats
from analytics.scope import Scope
from analytics.simulation.results import Estimate
from analytics.store import Store


@dataclass(frozen=True, eq=False)
class MonthEnd:
    """The month that `history.until` falls into, in USD at list price.

    month: its first day; begins: the first day of it that the log holds. spent_usd: so far.
    draws: spend still to come, draws x days, from today on (of a running day what is left of it); None without a forecast.
    method: how they were made; `reason` says why there are none.
    """

    month: date
    begins: date
    history: DailySpend
    spent_usd: float
    draws: Floats | None
    method: Method | None
    reason: str | None

    @property
    def last_day(self) -> date:
        """The month's last day."""
        return self.month.replace(day=calendar.monthrange(self.month.year, self.month.month)[1])

    @property
    def days(self) -> tuple[date, ...]:
        """The days of `draws`."""
        today = self.history.today
        return tuple(today + timedelta(days=number) for number in range((self.last_day - today).days + 1))

    @property
    def totals(self) -> Floats | None:
        """Draws of the month's total."""
        return None if self.draws is None else self.spent_usd + self.draws.sum(axis=1)

    def total(self, coverage: float = 0.95) -> Estimate:
        """The month's total with an interval of this coverage."""
        return estimate(self.totals, coverage)

    def day_totals(self, coverage: float = 0.95) -> list[Estimate]:
        """Each day's whole spend, a running day's part included."""
        if self.draws is None:
            return [estimate(None, coverage)] * len(self.days)
        whole = self.draws.copy()
        whole[:, 0] += self.history.running_usd
        return [estimate(column, coverage) for column in whole.T]

    def cumulative(self, coverage: float = 0.95) -> list[Estimate]:
        """The month's spend up to the end of each day of `days`."""
        if self.draws is None:
            return [estimate(None, coverage)] * len(self.days)
        return [estimate(column, coverage) for column in (self.spent_usd + np.cumsum(self.draws, axis=1)).T]

    @property
    def straight_line_usd(self) -> float | None:
        """Spent so far over the elapsed days, times the month's days that the log covers; None before a day has passed."""
        elapsed = (self.history.until - datetime.combine(self.begins, time())) / timedelta(days=1)
        return None if elapsed < 1 else self.spent_usd / elapsed * ((self.last_day - self.begins).days + 1)

    def converted(self, rates: Rates, code: str) -> "MonthEnd":
        """The same in units of a currency: each day at its rate, what is to come at the latest."""
        if code == "USD":
            return self
        history, place = self.history, (self.begins - self.history.first).days
        per_usd = np.array([rates.at(code, history.day(number)).amount(1.0) for number in range(history.usd.size)])
        days, running = history.usd * per_usd, rates.at(code, history.today).amount(history.running_usd)
        latest = rates.latest(code).amount(1.0)
        return replace(
            self,
            history=replace(history, usd=days, running_usd=running),
            spent_usd=float(days[place:].sum()) + running,
            draws=None if self.draws is None else self.draws * latest,
        )

    @property
    def unpriced(self) -> int:
        """Attempts of this month so far that have no price and are missing from the spend."""
        return sum(self.history.unpriced[max((self.month - self.history.first).days, 0) :])


def month_end(store: Store, scope: Scope, seed: int = 0) -> MonthEnd | None:
    """The forecast of the month that the log's (or the scope's) last day falls into; None where nothing was ever spent.

    When the log ends with a month, it is the next month's. The scope's first day is ignored: all of the past counts.
    """
    history = daily_spend(store, scope)
    return None if history is None else forecast_month(history, seed)


def forecast_month(history: DailySpend, seed: int = 0) -> MonthEnd:
    """The forecast of the month of `history.today`."""
    month = history.today.replace(day=1)
    begins = max(month, history.first)
    place = (begins - history.first).days
    spent = float(history.usd[place:].sum()) + history.running_usd
    last = calendar.monthrange(month.year, month.month)[1]
    ahead = days_ahead(history.fitted, history.first, last - history.today.day + 1, seed)
    if ahead is None:
        whole = int(history.known.sum())
        reason = f"the log holds {whole} whole day{'' if whole == 1 else 's'} up to here, and a forecast needs {LEAST}"
        return MonthEnd(month, begins, history, spent, None, None, reason)
    draws = ahead.draws.copy()
    draws[:, 0] *= max(1.0 - history.running_share, 0.0)
    return MonthEnd(month, begins, history, spent, draws, ahead.method, None)


def estimate(draws: Floats | None, coverage: float) -> Estimate:
    """Mean and central interval of draws."""
    if draws is None:
        return Estimate(None, None, None)
    low, high = np.quantile(draws, [(1 - coverage) / 2, (1 + coverage) / 2])
    return Estimate(float(draws.mean()), float(low), float(high))
