"""Rules, learned routing and cascades side by side: what each costs at equal quality, and how good it is for equal money.

Rules and cascades are found on one half of the evidence and projected from the other; learned routing chooses on prompts it has
not seen, so all of the evidence serves it. Between two of its points
a coin can choose, so a strategy reaches every place on its upper hull; cost, quality and latency mix alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from analytics.learning.curves import upper_hull
from analytics.outcomes.arrays import FloatArray
from analytics.policies import Architecture, Cascade, Learned, Overhead, Verifier, single_model
from analytics.scope import Scope
from analytics.simulation.frontier import Point
from analytics.simulation.ground import lay_ground
from analytics.simulation.halves import split_evidence
from analytics.simulation.inputs import read_inputs
from analytics.simulation.results import Projection, Scenario
from analytics.simulation.search import JUDGE_MS, JUDGE_USD, Search
from analytics.simulation.simulate import project
from analytics.store import Store

POINTS, DRAWS = 10, 300
# From what makes every request cheap to what makes it good, in times the mean cost of a request today.
WORTHS = np.geomspace(0.5, 200.0, 14)
LONGEST_CHAIN = 3
TOLERATED_LOSS = 0.02
# A classifier that reads the prompt takes longer than a rule that compares two numbers.
LEARNED_MS = 30.0
# Where no judge has scored the answers, cascades are swept with this verifier, and whoever shows them says so.
ASSUMED = Verifier(0.9, 0.3, JUDGE_USD, JUDGE_MS)


@dataclass(frozen=True)
class Place:
    """A place on a strategy's hull; `mix` names the architectures a coin chooses between (one or two)."""

    monthly_cost_usd: float
    quality: float
    latency_s: float
    mix: tuple[str, ...]


@dataclass(frozen=True)
class Strategy:
    """`points` as projected and the corners of their `hull`; where it meets the common levels, None where it cannot."""

    name: str
    points: tuple[Point, ...]
    hull: tuple[Place, ...]
    at_quality: Place | None
    at_cost: Place | None


@dataclass(frozen=True)
class Strategies:
    """The three strategies at `quality` (a level) and at `cost_usd` a month, beside what is run today."""

    requests_per_month: float
    metric: str | None
    quality: float | None
    cost_usd: float | None
    current: Projection
    strategies: tuple[Strategy, ...]


def compare_strategies(
    store: Store,
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    metric: str | None = None,
    seed: int = 0,
    quality: float | None = None,
    cost_usd: float | None = None,
) -> Strategies:
    """Sweep the three strategies and compare them.

    quality: the level to meet; by default today's less 0.02, or the best that all three reach if that is less. cost_usd: the
    money to spend; by default what rules need for that quality. Raises SimulationError when no model has scores and a price.
    """
    scope, scenario = scope or Scope(), scenario or Scenario()
    choosing, _ = split_evidence(read_inputs(store, (), scope, metric, seed), seed)
    ground = lay_ground(choosing, (), scenario, seed, 200)
    rules, judged = Search(ground, cascades=False), Search(ground)
    # One model for everything is a rule too, and needs no evidence to be found.
    swept = {
        "Rules": [*rules.architectures(POINTS), *map(single_model, rules.model_names)],
        "Learned": _learned(tuple(rules.model_names), rules.scale),
        "Cascade": _cascades(judged),
    }
    by_name: dict[str, list[Point]] = {}
    current: Projection | None = None
    for name, architectures in swept.items():
        inputs = read_inputs(store, architectures, scope, metric, seed)
        judging = inputs if name == "Learned" else split_evidence(inputs, seed)[1]
        found = project(judging, architectures, scenario, seed, DRAWS)
        by_name[name] = [Point(*pair) for pair in zip(architectures, found.projections[1:], strict=True)]
        # What is run today is judged by all of the evidence, as everywhere else.
        current = found.projections[0] if name == "Learned" else current
    assert current is not None
    hulls = {name: _hull(some) for name, some in by_name.items()}
    if quality is None:
        today = current.quality.mean
        reached = [max(place.quality for place in hull) for hull in hulls.values() if hull]
        levels = [*reached, *([today - TOLERATED_LOSS] if today is not None else [])]
        quality = min(levels, default=None)
    at_quality = {name: None if quality is None else _at_quality(hull, quality) for name, hull in hulls.items()}
    if cost_usd is None and (first := at_quality["Rules"]) is not None:
        cost_usd = first.monthly_cost_usd
    return Strategies(
        found.requests_per_month, found.metric, quality, cost_usd, current,
        tuple(
            Strategy(name, tuple(by_name[name]), tuple(hull), at_quality[name], None if cost_usd is None else _at_cost(hull, cost_usd))
            for name, hull in hulls.items()
        ),
    )  # fmt: skip


def _learned(models: tuple[str, ...], usd_each: float) -> list[Architecture]:
    return [
        Architecture(
            f"Learned, worth ${worth * usd_each:.2g}",
            Learned(models, worth_usd=float(worth * usd_each)),
            overhead=Overhead(latency_ms=LEARNED_MS),
        )
        for worth in WORTHS
    ]


def _cascades(search: Search) -> list[Architecture]:
    """Every chain of two or three models from cheap to dear, with the verifier measured on its models, else the assumed one."""
    cheap_first = sorted(search.model_names, key=search.cost_of)
    chains = [chain for length in range(2, LONGEST_CHAIN + 1) for chain in combinations(cheap_first, length)]
    return [
        Architecture(
            f"Cascade {' -> '.join(chain)}", Cascade(chain, None, search.measured_verifier(chain[:-1]) or ASSUMED)
        )
        for chain in chains
    ]


def _hull(points: Sequence[Point]) -> list[Place]:
    """The corners of what mixing the points by a coin reaches, by rising cost and quality."""
    known = [
        Place(
            one.projection.monthly_cost_usd.mean, one.projection.quality.mean, one.projection.latency_s.mean,
            (one.architecture.name,),
        )
        for one in points
        if one.projection.monthly_cost_usd.mean is not None and one.projection.quality.mean is not None
    ]  # fmt: skip
    if not known:
        return []
    cost, quality = _columns(known)
    x, y = upper_hull(cost, quality)
    return [
        next(one for one in known if (one.monthly_cost_usd, one.quality) == corner) for corner in zip(x, y, strict=True)
    ]


def _columns(places: Sequence[Place]) -> tuple[FloatArray, FloatArray]:
    return np.array([one.monthly_cost_usd for one in places]), np.array([one.quality for one in places])


def _at_quality(hull: Sequence[Place], quality: float) -> Place | None:
    """The cheapest mix that is this good; the cheapest corner where that is better already."""
    if not hull or hull[-1].quality < quality - 1e-12:
        return None
    return _between(hull, [one.quality for one in hull], quality)


def _at_cost(hull: Sequence[Place], cost_usd: float) -> Place | None:
    """The best mix for this money; the best corner where money is left over."""
    if not hull or hull[0].monthly_cost_usd > cost_usd + 1e-9:
        return None
    return _between(hull, [one.monthly_cost_usd for one in hull], cost_usd)


def _between(hull: Sequence[Place], axis: Sequence[float], value: float) -> Place:
    above = int(np.searchsorted(axis, value - 1e-12))
    if above == 0 or above == len(hull):
        return hull[min(above, len(hull) - 1)]
    low, high = hull[above - 1], hull[above]
    part = (value - axis[above - 1]) / (axis[above] - axis[above - 1])

    def mixed(first: float, second: float) -> float:
        return first + part * (second - first)

    return Place(
        mixed(low.monthly_cost_usd, high.monthly_cost_usd), mixed(low.quality, high.quality),
        mixed(low.latency_s, high.latency_s), high.mix if part > 1 - 1e-9 else (*low.mix, *high.mix),
    )  # fmt: skip
