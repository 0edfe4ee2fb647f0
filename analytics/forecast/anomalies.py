"""Days that left the weekly pattern, shifts of level that stayed, and which part of the traffic moved."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from analytics.forecast.breaks import level_shifts
from analytics.forecast.daily import Booleans, DailySpend, daily_spend
from analytics.forecast.explain import Cause, explain
from analytics.forecast.structural import MIN_NOISE, Floats
from analytics.scope import Scope
from analytics.store import Store

LEAST_DAYS = 21
REFERENCE_WEEKS = 4
WEEK = 7
KNOT_DAYS = 28
# A day within a tenth of its usual is no news, however quiet the history.
ODD, LEAST_SHARE = 4.5, 0.1


@dataclass(frozen=True)
class Anomaly:
    """A day (or, kind "shift", the level from a day on) that deviates: USD a day at list price.

    score: deviation in robust standard deviations of a day. cause: the segment that moved; None when all moved alike.
    """

    day: date
    kind: Literal["day", "shift"]
    spend_usd: float
    usual_usd: float
    score: float
    cause: Cause | None

    @property
    def excess_usd(self) -> float:
        """Spend above the usual; negative below."""
        return self.spend_usd - self.usual_usd


def find_anomalies(store: Store, scope: Scope) -> list[Anomaly] | None:
    """Anomalies of the scope's whole days, the latest first; None with under three weeks of history."""
    history = daily_spend(store, scope)
    if history is None or history.known.sum() < LEAST_DAYS:
        return None
    logs = log_days(history)
    shifts = sorted(level_shifts(logs))
    usual, scores = unusual(logs, shifts)
    odd = is_odd(history, usual, scores)
    found = [_day(store, scope, history, int(place), usual, scores, odd) for place in np.flatnonzero(odd)]
    found += [_shift(store, scope, history, place, size, scores) for place, size in shifts]
    return sorted(found, key=lambda one: (one.day, one.kind), reverse=True)


def log_days(history: DailySpend) -> Floats:
    """Log of spend per day, nan where unknown; days without spend count as a hundredth of the median."""
    least = float(np.median(history.usd[history.usd > 0])) / 100
    return np.where(history.known, np.log(np.maximum(history.usd, least)), np.nan)


def unusual(logs: Floats, shifts: list[tuple[int, float]]) -> tuple[Floats, Floats]:
    """Usual spend per day (USD) and how many robust standard deviations each day is from it.

    Weekday effects and a bent line (a knot every four weeks) by Tukey's biweight, after `shifts` are taken out.
    """
    from scipy.stats import norm, t
    from statsmodels.robust.norms import TukeyBiweight
    from statsmodels.robust.robust_linear_model import RLM

    steps = np.zeros(logs.size)
    for place, size in shifts:
        steps[:place] -= size
    columns, known = _pattern(logs.size), np.isfinite(logs)
    fitted = RLM((logs - steps)[known], columns[known], TukeyBiweight()).fit()
    usual = columns @ fitted.params
    residual = logs - steps - usual
    freedom = known.sum() - columns.shape[1]
    # A fit is nearer to its own days than to others: the spread is corrected for all of them, each day for its leverage.
    spread = 1.4826 * float(np.nanmedian(np.abs(residual))) * np.sqrt(known.sum() / freedom)
    leverage = np.einsum("ij,jk,ik->i", columns, np.linalg.pinv(columns[known].T @ columns[known]), columns)
    ratios = np.nan_to_num(residual / (max(spread, MIN_NOISE) * np.sqrt(np.maximum(1 - leverage, 0.2))))
    # A spread from few days is itself uncertain: Student's t, told as the normal score of the same probability.
    scores = np.sign(ratios) * norm.isf(np.maximum(t.sf(np.abs(ratios), freedom), 1e-300))
    return np.exp(usual + steps), scores


def _pattern(days: int) -> Floats:
    """Columns: seven weekdays, a line, and its bends after every `KNOT_DAYS`."""
    day = np.arange(days, dtype=float)
    weekdays = (day[:, None] % WEEK == np.arange(WEEK)).astype(float)
    bends = [np.maximum(day - knot, 0.0) / days for knot in range(0, days - KNOT_DAYS + 1, KNOT_DAYS)]
    return np.column_stack([weekdays, *(bends or [day / days])])


def is_odd(history: DailySpend, usual: Floats, scores: Floats) -> Booleans:
    """Which whole days are anomalies."""
    far = np.abs(history.usd - usual) >= LEAST_SHARE * usual
    odd: Booleans = history.known & far & (np.abs(scores) >= ODD)
    return odd


def _day(
    store: Store, scope: Scope, history: DailySpend, place: int, usual: Floats, scores: Floats, odd: Booleans
) -> Anomaly:
    near = [place + WEEK * weeks for weeks in range(-REFERENCE_WEEKS, REFERENCE_WEEKS + 1) if weeks]
    reference = [history.day(one) for one in near if 0 <= one < odd.size and history.known[one] and not odd[one]]
    spend, expected = float(history.usd[place]), float(usual[place])
    cause = explain(store, scope, [history.day(place)], reference, spend, expected)
    return Anomaly(history.day(place), "day", spend, expected, float(scores[place]), cause)


def _shift(store: Store, scope: Scope, history: DailySpend, place: int, size: float, scores: Floats) -> Anomaly:
    """The week after against the week before; whole weeks, so that weekdays do not matter."""
    after = [one for one in range(place, min(place + WEEK, history.usd.size)) if history.known[one]]
    before = [one for one in range(max(place - WEEK, 0), place) if history.known[one]]
    spend = float(history.usd[after].mean())
    expected = spend / float(np.exp(size))
    cause = explain(
        store, scope, [history.day(one) for one in after], [history.day(one) for one in before], spend, expected
    )
    return Anomaly(history.day(place), "shift", spend, expected, float(np.abs(scores).max()), cause)
