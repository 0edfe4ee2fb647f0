"""How sure are we of one architecture, and what would make us surer?"""

from dataclasses import dataclass, replace

import numpy as np

from analytics.outcomes.arrays import FloatArray, divided
from analytics.outcomes.grades import ENOUGH_SCORES
from analytics.outcomes.health import SuspiciousCell, find_suspicious
from analytics.policies import Architecture
from analytics.scope import Scope
from analytics.simulation.checks import Check, cross_checks
from analytics.simulation.ground import Ground
from analytics.simulation.overlap import Overlap, overlap_of
from analytics.simulation.project import MOST_UNGRADED_SHARE
from analytics.simulation.results import Grade, Projection, Scenario
from analytics.simulation.sampling_plan import SamplingPlan, plan_prompts
from analytics.simulation.study import Study, open_study
from analytics.simulation.weighing import Policy, Weighed, policy_of, read_routed_scores, weigh_best
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


@dataclass(frozen=True)
class Case:
    """One architecture to be weighed: its study on the traffic of all models, how often it would use each model in each
    class, and the log's scores as it would weigh them."""

    study: Study
    policy: Policy
    weighed: Weighed


def open_case(
    store: Store,
    architecture: Architecture,
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    metric: str | None = None,
    seed: int = 0,
) -> Case:
    """Read the log in `scope`, whatever the model there; raises SimulationError as `simulate` does."""
    wide = replace(scope or Scope(), models=())
    study = open_study(store, architecture, scenario, wide, metric, seed, DRAWS)
    policy = policy_of(study.ground, architecture)
    scores = read_routed_scores(store, architecture, wide, study.inputs.metric)
    return Case(study, policy, weigh_best(study.ground, policy, scores, ENOUGH_SCORES))


def assess(case: Case) -> Assessment:
    """Grades, overlap, cross-checks and alarms."""
    study, policy, weighed = case.study, case.policy, case.weighed
    current, projection = study.projections()
    return Assessment(
        study.inputs.metric, current, projection, graded_cells(study.ground, policy),
        overlap_of(study.ground, policy, weighed), cross_checks(study.ground, study.architecture, policy, weighed),
        weighed.known, suspicious_of(study.ground),
    )  # fmt: skip


def plan_side_by_side(case: Case, prompts: int) -> SamplingPlan:
    """The sampling plan of `prompts` prompts that narrows the architecture's quality most."""
    return plan_prompts(case.study, case.policy, prompts)


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
