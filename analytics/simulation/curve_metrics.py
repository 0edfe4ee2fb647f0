"""The literature's metrics for a curve of quality against money, from the cheapest single model to the best one.

AIQ is the mean height of the non-decreasing upper hull (RouterBench, Hu et al. 2024, section 4.2). APGR is the share of the gap
between the two models that the hull recovers on average, CPT(p) the least share of the added money that recovers the share p
(RouteLLM, Ong et al. 2024, section 3.3, with dollars in place of calls). Mixing the two models by a coin has APGR 0.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.learning.curves import aiq, upper_hull
from analytics.outcomes.arrays import FloatArray

RECOVERED = (0.5, 0.8)


@dataclass(frozen=True)
class CurveMetrics:
    """Qualities and shares in [0, 1] (APGR may exceed 1); None where the gap is empty or is never recovered that far."""

    aiq: float | None
    apgr: float | None
    cpt50: float | None
    cpt80: float | None


def curve_metrics(
    points: Sequence[tuple[float, float]], weak: tuple[float, float], strong: tuple[float, float]
) -> CurveMetrics:
    """Metrics of the hull of `points`, each (USD, quality), between the models `weak` and `strong`, given alike."""
    cost, quality = (np.array(column) for column in zip(weak, *points, strict=True))
    height = aiq(cost, quality, weak[0], strong[0])
    gap = strong[1] - weak[1]
    if height is None or gap <= 0:
        return CurveMetrics(height, None, None, None)
    x, y = upper_hull(cost, quality)
    halfway, most = (_share(x, y, weak[1] + part * gap, weak[0], strong[0]) for part in RECOVERED)
    return CurveMetrics(height, (height - weak[1]) / gap, halfway, most)


def _share(x: FloatArray, y: FloatArray, quality: float, cheapest: float, dearest: float) -> float | None:
    if y[-1] < quality - 1e-12:
        return None
    cost = float(np.interp(quality, y, x))
    return None if cost > dearest + 1e-9 else max(0.0, (cost - cheapest) / (dearest - cheapest))
