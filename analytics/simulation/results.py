"""What a simulation is asked and what it answers."""

from dataclasses import dataclass
from typing import Literal

Grade = Literal["A", "B", "C"]


@dataclass(frozen=True)
class Scenario:
    """Assumptions about the future.

    requests_per_month: volume before growth; None takes the log's daily mean times 365.25 / 12.
    growth: share by which the volume grows (0.1 is ten percent more).
    prices: (model, USD per million input tokens, USD per million output tokens), in place of the list price.
    cache_survival: share of the input read from the prompt cache that is still cached after a request moves to another
        model; the rest is billed as plain input.
    quality_floor: quality that must not be undercut; None takes what `current` has, less 0.02.
    verbosity: factor on the output tokens of requests that move to another model, on top of the measured ratios.
    quality_shift: added to the quality of answers that come from another model than the logged one (-0.02: each is 2 points
        worse than estimated); what a cascade keeps is not changed by it.
    fixed_monthly_usd: what running any other architecture costs a month whatever the volume; `current` does not pay it.
    """

    requests_per_month: float | None = None
    growth: float = 0.0
    prices: tuple[tuple[str, float, float], ...] = ()
    cache_survival: float = 0.9
    quality_floor: float | None = None
    verbosity: float = 1.0
    quality_shift: float = 0.0
    fixed_monthly_usd: float = 0.0


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95% interval; the mean is None where the evidence is too weak (grade C) or a price is missing."""

    mean: float | None
    low: float | None
    high: float | None


UNKNOWN = Estimate(None, None, None)


@dataclass(frozen=True)
class Latency:
    """Seconds from request to answer: mean, percentiles over requests, 95% interval of the mean.

    `assumed` names models that nobody has timed: their speed is the catalogue's.
    """

    mean: float
    p50: float
    p95: float
    low: float
    high: float
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Shares of traffic whose quality is observed (30 scores in its own class), pooled, assumed; they sum to 1."""

    observed: float
    pooled: float
    assumed: float


@dataclass(frozen=True)
class Change:
    """Differences to `current`: USD per month, quality, seconds; from the same draws, so what is common cancels."""

    cost: Estimate
    quality: Estimate
    latency: Estimate


@dataclass(frozen=True)
class Projection:
    """What one architecture would cost, how fast and how good it would be.

    model_share: share of requests that each model answers (the final answer of a cascade); sums to 1.
    escalation_rate: share of the requests routed to cascades that go past the first model; None without cascades.
    unpriced: models in use without a price; the cost is then unknown, never 0.
    quality_floor_probability: probability that quality is at least the floor; None for grade C.
    settle: what would settle a grade C, as a sentence.
    checker_stated: what the checker of a cascade keeps is what the architecture states, which nobody measured.
    """

    name: str
    grade: Grade
    monthly_cost_usd: Estimate
    latency_s: Latency
    quality: Estimate
    model_share: dict[str, float]
    escalation_rate: float | None
    evidence: Evidence
    unpriced: tuple[str, ...]
    quality_floor_probability: float | None
    vs_current: Change
    settle: str | None
    checker_stated: bool = False


@dataclass(frozen=True)
class Simulation:
    """Projections of `current` and of each architecture in the order given, on one volume and one quality metric."""

    requests_per_month: float
    metric: str | None
    projections: tuple[Projection, ...]
