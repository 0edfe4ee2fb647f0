"""The frontier: the best rules the traffic supports for every budget, and the best under a limit.

Architectures are found on one half of the evidence (`search`) and judged by the other, so that luck in the scores that made
a rule look good does not show in its projection.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.learning.curves import upper_hull
from analytics.policies import Architecture, single_model
from analytics.scope import Scope
from analytics.simulation.curve_metrics import CurveMetrics, curve_metrics
from analytics.simulation.ground import lay_ground
from analytics.simulation.halves import split_evidence
from analytics.simulation.inputs import read_inputs, rerouted
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
    metrics: of the points' hull, mixed_metrics: of that of mixing singles; None without two priced singles.
    """

    requests_per_month: float
    metric: str | None
    limits: Limits
    current: Projection
    singles: tuple[Point, ...]
    points: tuple[Point, ...]
    chosen: Point | None
    hull: tuple[tuple[float, float], ...]
    metrics: CurveMetrics | None
    mixed_metrics: CurveMetrics | None


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
    choosing, judging = split_evidence(read_inputs(store, (), scope, metric, seed), seed)
    search = Search(lay_ground(choosing, (), scenario, seed, 200))
    found = search.architectures(POINTS)
    best = search.best(limits)
    singles = [single_model(model) for model in search.model_names]
    asked = [*singles, *found, *([best] if best is not None else [])]
    judged = project(rerouted(store, judging, asked, scope), asked, scenario, seed, DRAWS)
    points = [Point(one, projection) for one, projection in zip(asked, judged.projections[1:], strict=True)]
    alone, rest = points[: len(singles)], points[len(singles) : len(singles) + len(found)]
    single_places, all_places = places(alone), [*places(alone), *places(rest)]
    weak, strong = ends(single_places)
    return Frontier(
        judged.requests_per_month, judged.metric, limits, judged.projections[0], tuple(alone), tuple(rest),
        points[-1] if best is not None else None, _mixing(single_places),
        curve_metrics(all_places, weak, strong) if weak and strong else None,
        curve_metrics(single_places, weak, strong) if weak and strong else None,
    )  # fmt: skip


def places(points: Sequence[Point]) -> list[tuple[float, float]]:
    """(USD a month, quality) of the points where both are known."""
    known = [(one.projection.monthly_cost_usd.mean, one.projection.quality.mean) for one in points]
    return [(cost, quality) for cost, quality in known if cost is not None and quality is not None]


def ends(singles: Sequence[tuple[float, float]]) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """The cheapest and the best single model; None twice when they are the same or fewer than two are known."""
    if len(singles) < 2:
        return None, None
    weak, strong = min(singles), max(singles, key=lambda one: (one[1], -one[0]))
    return (weak, strong) if weak != strong else (None, None)


def _mixing(singles: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    if len(singles) < 2:
        return ()
    x, y = upper_hull(np.array([cost for cost, _ in singles]), np.array([quality for _, quality in singles]))
    return tuple((float(cost), float(quality)) for cost, quality in zip(x, y, strict=True))
