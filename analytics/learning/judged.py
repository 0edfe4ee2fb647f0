"""How good a router's predictions are, on prompts it has not seen: calibration, and its curve against simpler ways.

Predictions are cross-fitted twice: the router has not seen the prompt, and neither has the calibration.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.learning.curves import Curve, aiq, apgr, cpt, threshold_curve
from analytics.learning.router import fit_calibration
from analytics.outcomes.arrays import FloatArray, IntArray, divided

FOLDS = 5
BINS = 10
LEAST_IN_BIN = 5
CURVE_POINTS = 51
RULE_PROMPTS = 30.0  # worth of the common mean in a use case's own


@dataclass(frozen=True)
class Bin:
    """Prompts for which `model` was predicted alike: mean predicted and observed quality, with the latter's 95% interval."""

    model: str
    predicted: float
    observed: float
    low: float
    high: float
    prompts: int


@dataclass(frozen=True)
class Judged:
    """A way of choosing between the weak and the strong model: quality by share of requests that go to the strong one.

    name: learned, rule or random. cpt50 and cpt80: the least share that recovers so much of the quality gap; aiq: mean quality
    over all shares, on the non-decreasing hull (the share stands for cost).
    """

    name: str
    share: tuple[float, ...]
    quality: tuple[float, ...]
    apgr: float | None
    cpt50: float | None
    cpt80: float | None
    aiq: float | None


def cross_calibrated(predicted: FloatArray, quality: FloatArray, importance: FloatArray, fold: IntArray) -> FloatArray:
    """Predictions (prompts, models), calibrated fold by fold on the other folds' prompts."""
    result = predicted.copy()
    for number in range(FOLDS):
        rest, own = fold != number, fold == number
        if own.any() and rest.any():
            result[own] = fit_calibration(predicted[rest], quality[rest], importance[rest]).apply(predicted[own])
    return result


def calibration_bins(
    models: tuple[str, ...], predicted: FloatArray, quality: FloatArray, weight: FloatArray
) -> tuple[Bin, ...]:
    """Up to ten bins of equally many prompts per model, by rising prediction; (prompts, models) and weights (prompts,)."""
    found = []
    for m, model in enumerate(models):
        known = np.flatnonzero(np.isfinite(quality[:, m]))
        ordered = known[np.argsort(predicted[known, m], kind="stable")]
        for part in np.array_split(ordered, BINS):
            if len(part) < LEAST_IN_BIN:
                continue
            w = weight[part] / weight[part].sum()
            observed = float(w @ quality[part, m])
            low, high = _interval(observed, float(1.0 / np.square(w).sum()))
            found.append(Bin(model, float(w @ predicted[part, m]), observed, low, high, len(part)))
    return tuple(found)


def _interval(share: float, n: float) -> tuple[float, float]:
    """Wilson's 95% interval (Wilson 1927) of a mean of values in [0, 1] over n prompts; for scores between, it is too wide."""
    z2 = 1.96**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = 1.96 / (1 + z2 / n) * float(np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)))
    return max(0.0, middle - half), min(1.0, middle + half)


def judge_ways(
    score: FloatArray, group: IntArray, fold: IntArray, weak: FloatArray, strong: FloatArray
) -> tuple[Judged, ...]:
    """The learned router (by `score`, predicted gain), a rule per use case (`group`) and chance, on the same prompts."""
    ways: list[tuple[str, Callable[[], FloatArray]]] = [
        ("learned", lambda: score),
        ("rule", lambda: rule_score(strong - weak, group, fold)),
        ("random", lambda: np.zeros(len(score))),
    ]
    return tuple(_judged(name, threshold_curve(make(), weak, strong)) for name, make in ways)


def rule_score(gain: FloatArray, group: IntArray, fold: IntArray) -> FloatArray:
    """Mean gain per use case over the other folds, held towards the common mean by 30 prompts."""
    score = np.empty(len(gain))
    for number in range(FOLDS):
        rest, own = fold != number, fold == number
        n = np.bincount(group[rest], minlength=group.max() + 1)
        total = np.bincount(group[rest], gain[rest], group.max() + 1)
        common = float(divided(np.array(gain[rest].sum()), np.array(float(rest.sum()))))
        score[own] = ((total + RULE_PROMPTS * common) / (n + RULE_PROMPTS))[group[own]]
    return score


def _judged(name: str, curve: Curve) -> Judged:
    at = np.linspace(0.0, 1.0, CURVE_POINTS)
    height = np.interp(at, curve.share, curve.quality)
    return Judged(
        name, tuple(round(float(x), 4) for x in at), tuple(round(float(y), 5) for y in height),
        apgr(curve), cpt(curve, 0.5), cpt(curve, 0.8), aiq(curve.share, curve.quality, 0.0, 1.0),
    )  # fmt: skip
