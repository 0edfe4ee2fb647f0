"""Metrics of the literature for curves of quality against cost.

A router that sends the share s of the requests to the strong model, those with the highest score first, has the curve
r(s). With the weak model's quality w and the strong model's q:

* performance gap recovered: PGR(s) = (r(s) - w) / (q - w);
* APGR: the mean of PGR over s in [0, 1] (trapezoid); random routing has 0.5;
* CPT(p): the least share s with PGR(s) >= p;            all three: Ong et al. 2024, "RouteLLM", section 3.3;
* AIQ: the mean height of the non-decreasing upper hull of (cost, quality); Hu et al. 2024, "RouterBench", section 4.2.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray


@dataclass(frozen=True)
class Curve:
    """Points by rising `share` of traffic (or of money) from 0 to 1, with the quality reached."""

    share: FloatArray
    quality: FloatArray


def threshold_curve(score: FloatArray, weak: FloatArray, strong: FloatArray, cost: FloatArray | None = None) -> Curve:
    """The curve of all thresholds on `score` (prompts,); `cost` (prompts,) makes the share one of added money.

    Prompts with equal scores move together: their piece of the curve is the straight line that a coin flip would give.
    """
    order = np.argsort(-score, kind="stable")
    added = np.ones(len(score)) if cost is None else cost[order]
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    share = np.concatenate([[0.0], np.cumsum(added)[last_of_tie] / added.sum()])
    gain = np.concatenate([[0.0], np.cumsum((strong - weak)[order])[last_of_tie]])
    return Curve(share, weak.mean() + gain / len(score))


def apgr(curve: Curve) -> float | None:
    """Mean share of the gap that is recovered; None when the two ends are equally good."""
    gap = curve.quality[-1] - curve.quality[0]
    if gap == 0:
        return None
    return float((np.trapezoid(curve.quality, curve.share) - curve.quality[0]) / gap)


def cpt(curve: Curve, recovered: float) -> float | None:
    """The least share at which `recovered` of the gap is reached for the first time; None when the ends are equal.

    Found on the line between points, from the left, so that curves that are not monotone have an answer too.
    """
    gap = curve.quality[-1] - curve.quality[0]
    if gap == 0:
        return None
    reached = (curve.quality - curve.quality[0]) / gap
    place = int(np.argmax(reached >= recovered - 1e-12))
    if place == 0:
        return 0.0
    before, after = reached[place - 1], reached[place]
    part = (recovered - before) / (after - before)
    return float(curve.share[place - 1] + part * (curve.share[place] - curve.share[place - 1]))


def upper_hull(cost: FloatArray, quality: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The non-decreasing upper concave hull: what mixing any two points by a coin reaches (Andrew's monotone chain)."""
    order = np.lexsort((-quality, cost))
    hull: list[tuple[float, float]] = []
    for x, y in zip(cost[order], quality[order], strict=True):
        if hull and y <= hull[-1][1]:
            continue
        while len(hull) >= 2 and _turns_up(hull[-2], hull[-1], (float(x), float(y))):
            hull.pop()
        if hull and hull[-1][0] == x:
            hull[-1] = (float(x), float(y))
        else:
            hull.append((float(x), float(y)))
    points = np.array(hull)
    return points[:, 0], points[:, 1]


def aiq(cost: FloatArray, quality: FloatArray, cheapest: float, dearest: float) -> float | None:
    """Mean height of the hull over costs from `cheapest` to `dearest`; flat beyond its ends. None for an empty range."""
    if dearest <= cheapest:
        return None
    x, y = upper_hull(cost, quality)
    inside = x[(x > cheapest) & (x < dearest)]
    at = np.concatenate([[cheapest], inside, [dearest]])
    return float(np.trapezoid(np.interp(at, x, y), at) / (dearest - cheapest))


def _turns_up(first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]) -> bool:
    """Whether the middle point lies on or below the line between the others."""
    return (middle[1] - first[1]) * (last[0] - first[0]) <= (last[1] - first[1]) * (middle[0] - first[0])
