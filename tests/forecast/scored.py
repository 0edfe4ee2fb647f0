"""A rolling-origin backtest in one place: errors against the straight line, and how often the intervals held."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from analytics.forecast.days_ahead import days_ahead
from tests.forecast.histories import MONTH, Floats, Kind, history, origins


@dataclass
class Score:
    """Relative errors of month totals, ours and the straight line's; hits of the 80% and 95% intervals; widths."""

    ours: list[float] = field(default_factory=list)
    line: list[float] = field(default_factory=list)
    held_80: list[bool] = field(default_factory=list)
    held_95: list[bool] = field(default_factory=list)
    width: list[float] = field(default_factory=list)

    def add(self, usd: Floats, first: date, month: int, passed: int, days: int = MONTH) -> None:
        """Forecast the month that began at place `month` after `passed` of its `days`."""
        ahead = days_ahead(usd[: month + passed], first, days - passed)
        assert ahead is not None
        spent, truth = usd[month : month + passed].sum(), usd[month : month + days].sum()
        totals = spent + ahead.draws.sum(axis=1)
        low, lower, upper, high = np.quantile(totals, [0.025, 0.1, 0.9, 0.975])
        self.ours.append(float(totals.mean() / truth - 1))
        self.line.append(float(spent / passed * days / truth - 1))
        self.held_80.append(bool(lower <= truth <= upper))
        self.held_95.append(bool(low <= truth <= high))
        self.width.append(float((high - low) / truth))

    @property
    def error(self) -> float:
        """Mean absolute relative error of ours."""
        return float(np.mean(np.abs(self.ours)))

    @property
    def line_error(self) -> float:
        """Mean absolute relative error of the straight line."""
        return float(np.mean(np.abs(self.line)))


def simulated(kind: Kind, seeds: int) -> Score:
    """The score over `seeds` histories of a kind."""
    score = Score()
    for seed in range(seeds):
        usd, shift = history(kind, seed)
        for month, passed in origins(shift):
            score.add(usd, date(2026, 1, 1), month, passed)
    return score
