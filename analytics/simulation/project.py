"""From tallies to projections: grades, means, 95% intervals, and differences to `current` from the same draws."""

import math
from collections.abc import Sequence

import numpy as np

from analytics.outcomes.arrays import FloatArray
from analytics.simulation.ground import Ground
from analytics.simulation.percentiles import Shapes, percentiles
from analytics.simulation.results import UNKNOWN, Change, Estimate, Evidence, Grade, Latency, Projection
from analytics.simulation.sampling import sampling_covariance, sampling_draws, stratum_moments
from analytics.simulation.tally import Tally

MOST_UNGRADED_SHARE = 0.10
DEFAULT_MARGIN = 0.02
SETTLING_HALF_WIDTH, SETTLING_EACH = 0.05, 30
NO_CHANGE = Estimate(0.0, 0.0, 0.0)


def project_all(ground: Ground, names: Sequence[str], tallies: Sequence[Tally]) -> tuple[Projection, ...]:
    """Projections in the order of `tallies`, of which the first is `current`."""
    noise = _sampling_noise(ground, tallies)
    shapes = Shapes(ground)
    current = tallies[0]
    floor = ground.scenario.quality_floor
    if floor is None and grade_of(current) != "C":
        floor = float(current.quality.mean()) - DEFAULT_MARGIN
    return tuple(
        _project(ground, name, tally, current, noise[:, :, index], noise[:, :, 0], shapes, floor)
        for index, (name, tally) in enumerate(zip(names, tallies, strict=True))
    )


def grade_of(tally: Tally) -> Grade:
    """The worst grade that holds more than 10% of the traffic."""
    if tally.grades[2] > MOST_UNGRADED_SHARE:
        return "C"
    return "B" if tally.grades[1] > MOST_UNGRADED_SHARE else "A"


def _sampling_noise(ground: Ground, tallies: Sequence[Tally]) -> FloatArray:
    """Noise of (cost USD, latency ms, quality) per request from the log being a sample, (draws, 3, tallies).

    Drawn for `current` and for differences to it, so that an architecture that changes nothing differs by exactly 0; each
    beside `current` alone, so that its interval does not depend on which others are asked for.
    """
    first = tallies[0].coefficients
    stacked = np.concatenate([first, *(tally.coefficients - first for tally in tallies[1:])])
    covariance = sampling_covariance(stacked, stratum_moments(ground.traffic))
    now = np.arange(3)
    current = sampling_draws(covariance[:3, :3], ground.draws, ground.seed)
    noise = [current]
    for index in range(1, len(tallies)):
        both = np.append(now, 3 * index + now)
        noise.append(current + sampling_draws(covariance[np.ix_(both, both)], ground.draws, ground.seed)[:, 3:])
    return np.stack(noise, axis=2)


def _project(
    ground: Ground,
    name: str,
    tally: Tally,
    current: Tally,
    noise: FloatArray,
    current_noise: FloatArray,
    shapes: Shapes,
    floor: float | None,
) -> Projection:
    grade, month = grade_of(tally), ground.requests_per_month
    cost, cost_now = (None if one.unpriced else month * one.cost_usd for one in (tally, current))
    if cost is not None and tally is not current:
        cost = cost + ground.scenario.fixed_monthly_usd
    middle, fiftieth_95 = percentiles(tally.parts, shapes, (0.5, 0.95), ground.seed)
    latency = estimate(tally.latency_ms / 1e3, noise[:, 1] / 1e3)
    known = 0.0 if latency.mean is None else latency.mean
    quality_draws = tally.quality + noise[:, 2]
    same = tally is current
    change_cost = UNKNOWN
    if cost is not None and cost_now is not None:
        change_cost = estimate(cost - cost_now, month * (noise[:, 0] - current_noise[:, 0]))
    change_latency = estimate((tally.latency_ms - current.latency_ms) / 1e3, (noise[:, 1] - current_noise[:, 1]) / 1e3)
    change_quality = _quality_change(tally, current, noise[:, 2] - current_noise[:, 2])
    assumed = tuple(ground.models[m] for m in np.flatnonzero(ground.latency.assumed & (tally.model_share > 0)))
    total = float(tally.grades.sum()) or 1.0
    observed, lacking = tally.observed / total, float(tally.grades[2]) / total
    return Projection(
        name=name,
        grade=grade,
        monthly_cost_usd=UNKNOWN if cost is None else estimate(cost, month * noise[:, 0], least=0.0),
        latency_s=Latency(
            known, middle / 1e3, fiftieth_95 / 1e3, max(0.0, latency.low or 0.0), latency.high or 0.0, assumed
        ),
        quality=_quality(tally, grade, noise[:, 2]),
        model_share={ground.models[m]: float(tally.model_share[m]) for m in np.flatnonzero(tally.model_share > 0)},
        escalation_rate=tally.escalated / tally.in_cascades if tally.in_cascades > 0 else None,
        evidence=Evidence(observed, max(0.0, 1.0 - observed - lacking), lacking),
        unpriced=tuple(ground.models[m] for m in sorted(tally.unpriced)),
        quality_floor_probability=None if grade == "C" or floor is None else float((quality_draws >= floor).mean()),
        vs_current=Change(NO_CHANGE, NO_CHANGE, NO_CHANGE)
        if same
        else Change(change_cost, change_quality, change_latency),
        settle=settling_sentence(ground, tally) if grade == "C" else None,
    )


def estimate(draws: FloatArray, noise: FloatArray, least: float = -math.inf) -> Estimate:
    """Mean over draws and the 95% interval of draws plus noise."""
    low, high = np.percentile(draws + noise, [2.5, 97.5])
    return Estimate(float(draws.mean()), max(least, float(low)), float(high))


def _quality(tally: Tally, grade: Grade, noise: FloatArray) -> Estimate:
    unknown = float(tally.unknown_moved.sum() + tally.unknown_staying.sum())
    low = float(np.percentile(tally.low + noise, 2.5))
    high = float(np.percentile(tally.high + unknown + noise, 97.5))
    mean = None if grade == "C" else float(tally.quality.mean())
    return Estimate(mean, max(0.0, low), min(1.0, high))


def _quality_change(tally: Tally, current: Tally, noise: FloatArray) -> Estimate:
    """Difference in quality; cells without evidence that both have alike cancel, others count from 0 to 1."""
    staying = tally.unknown_staying - current.unknown_staying
    below = float(np.minimum(staying, 0.0).sum())
    above = float(np.maximum(staying, 0.0).sum() + tally.unknown_moved.sum())
    low = float(np.percentile(tally.low - current.low + noise, 2.5)) + below
    high = float(np.percentile(tally.high - current.high + noise, 97.5)) + above
    # Where nothing differs, that is known, however little is known of what both have alike.
    if "C" in (grade_of(tally), grade_of(current)) and high - low > 1e-9:
        return Estimate(None, max(-1.0, low), min(1.0, high))
    return Estimate(float((tally.quality - current.quality).mean()), max(-1.0, low), min(1.0, high))


def settling_sentence(ground: Ground, tally: Tally) -> str:
    """How many side-by-side prompts, on which use cases and with which models, would lift a grade C.

    Enough for 30 per use case and for +-5 points on the traffic in question (1.96² / 4 / 0.05² = 384 for all of it).
    """
    classes, unknown = ground.evidence.classes, tally.unknown
    by_use_case = np.bincount(ground.use_case, unknown.max(axis=1), len(classes.use_cases))
    ranked = [int(one) for one in np.argsort(-by_use_case) if by_use_case[one] > 0.005]
    share = float(min(1.0, by_use_case.sum()))
    needed = max(SETTLING_EACH * len(ranked), 0.25 * (1.96 / SETTLING_HALF_WIDTH) ** 2 * share)
    models = [ground.models[m] for m in np.flatnonzero(unknown.sum(axis=0) > 0.005)]
    served = ground.models[int(ground.evidence.requests.sum(axis=0).argmax())]
    if served not in models:
        models.append(served)
    names = [classes.use_cases[one] or "requests without a use case" for one in ranked]
    if len(names) == len(np.unique(ground.use_case[ground.group])) > 3:
        names = ["all use cases"]
    rounded = math.ceil(needed / 10) * 10
    return f"{rounded} prompts side by side on {_listed(names)} with {_listed(models)} would settle it."


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:4]) + ([f"{len(names) - 4} more"] if len(names) > 4 else [])
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
