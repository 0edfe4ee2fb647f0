"""How sure are we of one architecture, and what would make us surer?"""

from dataclasses import dataclass, replace

import numpy as np

from analytics.outcomes.arrays import FloatArray, divided
from analytics.outcomes.grades import ENOUGH_SCORES
from analytics.outcomes.health import SuspiciousCell, find_suspicious
from analytics.policies import Architecture
from analytics.scope import Scope
from analytics.simulation.checks import Check, cross_checks
from analytics.simulation.ground import Ground, lay_ground
from analytics.simulation.inputs import Inputs, read_inputs
from analytics.simulation.overlap import Overlap, overlap_of
from analytics.simulation.project import MOST_UNGRADED_SHARE
from analytics.simulation.results import Grade, Projection, Scenario
from analytics.simulation.sampling_plan import SamplingPlan, plan_prompts
from analytics.simulation.simulate import project
from analytics.simulation.weighing import Policy, policy_of, read_routed_scores, weigh_best
from analytics.store import Store

# As many as projections draw, so that the outcome model is fitted once.
DRAWS = 1000


@dataclass(frozen=True)
class GradedCell:
    """A model on a use case, if traffic moved there: its grade, the scores behind it (side by side and at random
    effective, logged counted), and the share of all traffic that the architecture sends there."""

    use_case: str
    model: str
    grade: Grade
    side_by_side: float
    random: float
    logged: float
    traffic: float


@dataclass(frozen=True)
class Assessment:
    """What stands behind one architecture's projected quality. `known_propensities`: whether the checks rest on answers
    whose model was chosen at random, rather than on shares of the log."""

    metric: str | None
    current: Projection
    projection: Projection
    cells: tuple[GradedCell, ...]
    overlap: Overlap
    checks: tuple[Check, ...]
    known_propensities: bool
    suspicious: tuple[SuspiciousCell, ...]


def assess(
    store: Store,
    architecture: Architecture,
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    metric: str | None = None,
    seed: int = 0,
) -> Assessment:
    """Grades, overlap, cross-checks and alarms of an architecture on the log in `scope`, whatever the model there.

    Raises SimulationError as `simulate` does.
    """
    wide, scenario = replace(scope or Scope(), models=()), scenario or Scenario()
    inputs, ground, policy = _laid(store, architecture, scenario, wide, metric, seed)
    weighed = weigh_best(ground, policy, read_routed_scores(store, architecture, wide, inputs.metric), ENOUGH_SCORES)
    current, projection = project(inputs, [architecture], scenario, seed).projections
    return Assessment(
        inputs.metric, current, projection, graded_cells(ground, policy), overlap_of(ground, policy, weighed),
        cross_checks(ground, architecture, policy, weighed), weighed.known, suspicious_of(ground),
    )  # fmt: skip


def plan_side_by_side(
    store: Store,
    architecture: Architecture,
    prompts: int,
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    metric: str | None = None,
    seed: int = 0,
) -> SamplingPlan:
    """The sampling plan of `prompts` prompts that narrows an architecture's quality most."""
    wide, scenario = replace(scope or Scope(), models=()), scenario or Scenario()
    inputs, ground, policy = _laid(store, architecture, scenario, wide, metric, seed)
    return plan_prompts(inputs, ground, policy, architecture, prompts, scenario, seed)


def _laid(
    store: Store, architecture: Architecture, scenario: Scenario, scope: Scope, metric: str | None, seed: int
) -> tuple[Inputs, Ground, Policy]:
    inputs = read_inputs(store, [architecture], scope, metric, seed)
    ground = lay_ground(inputs, [architecture], scenario, seed, DRAWS)
    return inputs, ground, policy_of(ground, architecture)


def graded_cells(ground: Ground, policy: Policy) -> tuple[GradedCell, ...]:
    """Every use case with traffic and every model: the worst grade that holds more than 10% of the use case."""
    evidence, mass = ground.evidence, policy.mass
    traffic = evidence.requests.sum(axis=1)
    use_case, names = ground.use_case, evidence.classes.use_cases

    def by_use_case(values: FloatArray) -> FloatArray:
        summed = np.zeros((len(names), len(ground.models)))
        np.add.at(summed, use_case, values)
        return summed

    grades = ground.quality.grades.anyone
    weight = by_use_case(np.repeat(traffic[:, None], len(ground.models), axis=1))
    at_most = [divided(by_use_case(traffic[:, None] * (grades == grade)), weight) for grade in range(3)]
    letters = np.where(at_most[2] > MOST_UNGRADED_SHARE, 2, np.where(at_most[1] > MOST_UNGRADED_SHARE, 1, 0))
    shown = [by_use_case(one) for one in (evidence.paired_n(), evidence.explored.n, evidence.logged.n, mass)]
    named: tuple[Grade, ...] = ("A", "B", "C")
    return tuple(
        GradedCell(name, model, named[letters[u, m]], *(float(one[u, m]) for one in shown))
        for u, name in enumerate(names)
        if weight[u].any()
        for m, model in enumerate(ground.models)
    )


def suspicious_of(ground: Ground) -> tuple[SuspiciousCell, ...]:
    """Scores that look broken, among side-by-side and random ones, then among the rest of the log."""
    evidence, use_case = ground.evidence, ground.use_case
    names = evidence.classes.use_cases
    known = np.isfinite(evidence.prompts.quality)
    prompts = use_case[evidence.prompts.group]
    honest, logged = np.zeros((2, 2, len(names), len(ground.models)))
    np.add.at(honest[0], prompts, known)
    np.add.at(honest[1], prompts, np.nan_to_num(evidence.prompts.quality))
    for found, scores in ((honest, evidence.explored), (logged, evidence.logged)):
        np.add.at(found[0], use_case, scores.n)
        np.add.at(found[1], use_case, scores.total)
    alarms = [cell for found in (honest, logged) for cell in find_suspicious(names, ground.models, *found)]
    return tuple({(cell.model, cell.use_case): cell for cell in reversed(alarms)}.values())
