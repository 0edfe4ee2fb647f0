"""The frontier: the best rules the traffic supports for every budget, and the best under a limit.

Architectures are found on one half of the evidence (`search`) and judged by the other, so that luck in the scores that made
a rule look good does not show in its projection.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.learning.curves import aiq, upper_hull
from analytics.outcomes.arrays import FloatArray
from analytics.policies import Architecture, single_model
from analytics.scope import Scope
from analytics.simulation.ground import lay_ground
from analytics.simulation.halves import split_evidence
from analytics.simulation.inputs import read_inputs
from analytics.simulation.results import Projection, Scenario
from analytics.simulation.search import Limits, Search
from analytics.simulation.simulate import project
from analytics.store import Store

POINTS, DRAWS = 12, 500


@dataclass(frozen=True)
class Point:
    """An architecture and its projection on the half of the evidence that had no part in choosing it."""

    architecture: Architecture
    projection: Projection


@dataclass(frozen=True)
class Frontier:
    """`points` by rising cost; `singles` one per model; `current`; all judged by the same half of the evidence.

    chosen: the best under the limits, None when nothing keeps to them. hull: (cost, quality) of mixing any singles by a coin.
    aiq: mean quality of the points' hull over the singles' range of costs, mix_aiq: of mixing singles.
    """

    requests_per_month: float
    metric: str | None
    limits: Limits
    current: Projection
    singles: tuple[Point, ...]
    points: tuple[Point, ...]
    chosen: Point | None
    hull: tuple[tuple[float, float], ...]
    aiq: float | None
    mix_aiq: float | None


def find_frontier(
    store: Store,
    limits: Limits,
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    metric: str | None = None,
    seed: int = 0,
) -> Frontier:
    """The frontier of the log's traffic in `scope`. Raises SimulationError when no model has both scores and a price."""
    scope, scenario = scope or Scope(), scenario or Scenario()
    choosing, _ = split_evidence(read_inputs(store, (), scope, metric, seed), seed)
    search = Search(lay_ground(choosing, (), scenario, seed, 200))
    found = search.architectures(POINTS)
    best = search.best(limits)
    singles = [single_model(model) for model in search.model_names]
    asked = [*singles, *found, *([best] if best is not None else [])]
    _, judging = split_evidence(read_inputs(store, asked, scope, metric, seed), seed)
    judged = project(judging, asked, scenario, seed, DRAWS)
    points = [Point(one, projection) for one, projection in zip(asked, judged.projections[1:], strict=True)]
    alone, rest = points[: len(singles)], points[len(singles) : len(singles) + len(found)]
    hull, height, mixed = _hull(alone, rest)
    return Frontier(
        judged.requests_per_month, judged.metric, limits, judged.projections[0], tuple(alone), tuple(rest),
        points[-1] if best is not None else None, hull, height, mixed,
    )  # fmt: skip


def _hull(
    singles: Sequence[Point], points: Sequence[Point]
) -> tuple[tuple[tuple[float, float], ...], float | None, float | None]:
    def places(some: Sequence[Point]) -> tuple[FloatArray, FloatArray]:
        known = [one.projection for one in some if one.projection.quality.mean is not None]
        return (
            np.array([one.monthly_cost_usd.mean or 0.0 for one in known]),
            np.array([one.quality.mean or 0.0 for one in known]),
        )

    cost, quality = places(singles)
    if len(cost) < 2:
        return (), None, None
    x, y = upper_hull(cost, quality)
    low, high = float(cost.min()), float(cost.max())
    line = tuple((float(a), float(b)) for a, b in zip(x, y, strict=True))
    mixed = aiq(cost, quality, low, high)
    more_cost, more_quality = places(points)
    return line, aiq(np.append(cost, more_cost), np.append(quality, more_quality), low, high), mixed
