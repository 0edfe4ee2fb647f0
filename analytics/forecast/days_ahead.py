"""Draws of the days to come, by the method that the length of the history can carry."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from analytics.forecast.breaks import settled
from analytics.forecast.structural import Floats, structural_draws

Ints = np.ndarray[Any, np.dtype[np.int64]]
Method = Literal["structural", "weekday"]

DRAWS = 1000
LONGEST = 112
ENOUGH, LEAST = 14, 3
# With days of no spend the log scale is meaningless; a few of them are treated as unknown.
MOST_EMPTY = 0.1


@dataclass(frozen=True, eq=False)
class DaysAhead:
    """Draws of spend (USD) of consecutive days: draws x days, and how they were made."""

    draws: Floats
    method: Method


def days_ahead(spend: Floats, first: date, horizon: int, seed: int = 0, draws: int = DRAWS) -> DaysAhead | None:
    """Spend on the `horizon` days after `spend` (USD a day from `first` on, nan where unknown); None with under three days.

    Two weeks and more: a structural model. Less, or with many days of no spend: the weekday's own mean, widely.
    """
    recent = spend[-LONGEST:]
    known = np.isfinite(recent)
    if known.sum() < LEAST or not np.any(recent[known] > 0):
        return None
    rng = np.random.default_rng(seed)
    empty = recent <= 0
    if known.sum() < ENOUGH or empty.sum() > MOST_EMPTY * known.sum():
        weekdays = (first.weekday() + spend.size - recent.size + np.arange(recent.size + horizon)) % 7
        past, ahead = weekdays[: recent.size][known], weekdays[recent.size :]
        return DaysAhead(_by_weekday(recent[known], past, ahead, draws, rng), "weekday")
    logs = settled(np.log(np.where(empty, np.nan, recent)))
    return DaysAhead(np.exp(structural_draws(logs, horizon, draws, rng)), "structural")


def _by_weekday(recent: Floats, weekdays: Ints, ahead: Ints, draws: int, rng: np.random.Generator) -> Floats:
    """Means of the last eight of each weekday (of all days where it was never seen), with a common and a daily error."""
    overall = float(recent.mean())
    means = np.full(7, overall)
    seen = np.isin(np.arange(7), weekdays)
    for weekday in np.flatnonzero(seen):
        means[weekday] = recent[weekdays == weekday][-8:].mean()
    # Relative to all days' mean. A weekday seen once says nothing of its spread: 10% a day is the least.
    own = (recent - means[weekdays]) / overall
    daily = max(float(np.sqrt((own**2).sum() / max(recent.size - seen.sum(), 1))), 0.1)
    # Days of under two weeks say little of the level to come either: 30% is the least, 10% with a longer history.
    common = max(daily / np.sqrt(recent.size), 0.3 if recent.size < ENOUGH else 0.1)
    spread = np.where(seen[ahead], daily, max(daily, 0.5)) * (means[ahead] > 0)
    factor = common * rng.standard_normal((draws, 1))
    noise = spread * rng.standard_normal((draws, ahead.size))
    paths: Floats = np.maximum(means[ahead] * (1 + factor) + overall * noise, 0.0)
    return paths
