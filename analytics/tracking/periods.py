"""Some days since an adoption: every measure against its projection, and the parts of the difference."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from analytics.settings import MONTH_DAYS
from analytics.simulation import Estimate
from analytics.simulation.results import UNKNOWN
from analytics.tracking.adoptions import Adoption
from analytics.tracking.ledger import Ledger, Sums
from analytics.tracking.looks import Z95, Look, Side, band
from analytics.tracking.parts import CostParts, MeanParts, cost_parts, latency_parts, quality_parts

Measure = Literal["cost", "latency", "quality"]
MEASURES: tuple[Measure, ...] = ("cost", "latency", "quality")
WEEK = 7
# Fewer say too little for a mean's error to be told.
LEAST_REQUESTS, LEAST_SCORES = 100, 30


@dataclass(frozen=True)
class Comparison:
    """A measure in some days: USD per request, mean seconds, or mean quality.

    projected may be unknown. low, high: the band that reality may lie in, None where it is not judged. actual is None
    without a price, a time or a score; actual_low, actual_high: its own 95% interval. doubt_below, doubt_above: half of the
    projection's, on either side.
    """

    projected: float | None
    doubt_below: float
    doubt_above: float
    low: float | None
    high: float | None
    actual: float | None
    actual_low: float | None
    actual_high: float | None

    @property
    def outside(self) -> Side | None:
        """On which side reality left the band."""
        if self.actual is None or self.low is None or self.high is None:
            return None
        return "above" if self.actual > self.high else "below" if self.actual < self.low else None

    @property
    def difference(self) -> Estimate:
        """Actual minus projected, with the 95% interval of both together."""
        if self.projected is None or self.actual is None or self.actual_low is None or self.actual_high is None:
            return UNKNOWN
        mean = self.actual - self.projected
        low = mean - math.hypot(self.actual - self.actual_low, self.doubt_above)
        return Estimate(mean, low, mean + math.hypot(self.actual_high - self.actual, self.doubt_below))


@dataclass(frozen=True)
class Period:
    """Some days since the adoption, first and last included.

    usd: expected, actual and parts of the cost; latency_s and quality: parts of the mean's difference; None where unknown.
    adherence: share of requests that went to a model of the plan that the policy sends them to.
    """

    first: date
    last: date
    requests: float
    expected_requests: float
    adherence: float
    measures: Mapping[Measure, Comparison]
    usd: CostParts | None
    latency: MeanParts | None
    quality: MeanParts | None

    @property
    def days(self) -> int:
        """Its length."""
        return (self.last - self.first).days + 1


def compare_days(
    ledger: Ledger,
    adoption: Adoption,
    first: int,
    last: int,
    looks: Mapping[Measure, list[tuple[date, Look]]] | None = None,
) -> Period:
    """Days first..last (counted from the adoption); with `looks`, whole weeks are judged and added to them."""
    sums = ledger.over(first, last)
    day = ledger.actual.starts + timedelta(days=first)
    expected = adoption.requests_per_month / MONTH_DAYS * (last - first + 1)
    usd = None if adoption.cost_usd.mean is None else cost_parts(ledger, sums, expected, adoption.cost_usd.mean)
    waits = latency_parts(ledger, sums, 1e3 * (adoption.latency_s.mean or 0.0)) if sums.latency_n.sum() else None
    projected = adoption.quality.mean
    scored = quality_parts(ledger, sums, projected) if sums.scores.sum() and projected is not None else None
    found: dict[Measure, Look | None] = {"cost": None, "latency": None, "quality": None}
    if sums.unpriced.sum() < sums.attempts.sum() and sums.total:
        cost = (usd.actual if usd else float(sums.usd.sum())) / sums.total
        found["cost"] = Look(cost, _deviation(ledger, sums, "usd", first, last), sums.total)
    if waits:
        deviation = _deviation(ledger, sums, "latency_ms", first, last) / 1e3
        found["latency"] = Look(waits.actual / 1e3, deviation, sums.total)
    if scored:
        found["quality"] = Look(scored.actual, scored.deviation or 0.0, sums.total)
    enough = last - first + 1 == WEEK and sums.total >= LEAST_REQUESTS
    measures: dict[Measure, Comparison] = {}
    for measure, look in found.items():
        number = None
        if looks is not None and look and enough and (measure != "quality" or sums.scores.sum() >= LEAST_SCORES):
            looks[measure].append((day, look))
            number = len(looks[measure])
        measures[measure] = _comparison(projection_of(adoption, measure), look, number)
    adherence = float(sums.requests[ledger.planned].sum() / max(sums.total, 1.0))
    ends = day + timedelta(days=last - first)
    return Period(day, ends, sums.total, expected, adherence, measures, usd, waits, scored)


def projection_of(adoption: Adoption, measure: Measure) -> Estimate:
    """What was projected of a measure."""
    return {"cost": adoption.cost_usd, "latency": adoption.latency_s, "quality": adoption.quality}[measure]


def _comparison(projected: Estimate, look: Look | None, number: int | None) -> Comparison:
    below = above = 0.0
    if projected.mean is not None and projected.low is not None and projected.high is not None:
        below, above = projected.mean - projected.low, projected.high - projected.mean
    if look is None:
        return Comparison(projected.mean, below, above, None, None, None, None, None)
    low, high = (band(projected, look.deviation, number) if number else None) or (None, None)
    wide = Z95 * look.deviation
    return Comparison(projected.mean, below, above, low, high, look.mean, look.mean - wide, look.mean + wide)


def _deviation(ledger: Ledger, sums: Sums, name: Literal["usd", "latency_ms"], first: int, last: int) -> float:
    """The standard error of a mean per request: the larger of that of independent requests and that of independent days.

    Days differ by more than chance where traffic comes in bursts; then a week knows less than its requests say.
    """
    counted, squares = ("requests", sums.usd_squares) if name == "usd" else ("latency_n", sums.latency_squares)
    values, numbers = ledger.by_day(name, first, last), ledger.by_day(counted, first, last)
    n = float(numbers.sum())
    if n < 2:
        return 0.0
    mean = float(values.sum()) / n
    single = max(float(squares.sum()) / n - mean**2, 0.0) / n
    days = int((numbers > 0).sum())
    between = float(((values - mean * numbers) ** 2).sum()) / n**2 * days / (days - 1) if days > 2 else 0.0
    return float(np.sqrt(max(single, between)))
