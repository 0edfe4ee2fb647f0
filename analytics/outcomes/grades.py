"""How far evidence carries: the grade of every class and model.

A: at least 30 effective side-by-side or randomised scores, or pooled into classes that have them.
B: at least 30 logged scores (or pooled) and a share of the class above 2%. C: neither.

Pooling is honest where the evidence is spread like the traffic. A class pools with its use case, and a use case with
the others, unless it has fewer than a seventh of the scores that its traffic would have brought (where that would have
been seven or more: a random sample misses so much by chance less than once in a thousand). A class that the sample
avoided cannot borrow from those it preferred.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, divided
from analytics.outcomes.evidence import Evidence

ENOUGH_SCORES, LEAST_PROPENSITY, EXPECTED = 30.0, 0.02, 7.0
A, B, C = 0, 1, 2


@dataclass(frozen=True)
class Grades:
    """Grade (0, 1, 2 for A, B, C) and whether a cell has 30 scores of its own, each (classes, models).

    `anyone`: for traffic that moves to the model; `as_logged`: for traffic that it already serves.
    """

    anyone: IntArray
    anyone_observed: BoolArray
    as_logged: IntArray
    as_logged_observed: BoolArray


def grade_cells(evidence: Evidence) -> Grades:
    """Grades of all cells of the evidence."""
    honest = evidence.paired_n() + evidence.explored.n
    traffic = np.repeat(evidence.requests.sum(axis=1, keepdims=True), len(evidence.models), axis=1)
    unlabelled = honest[traffic[:, 0] == 0][_unlabelled(evidence)[traffic[:, 0] == 0]].sum(axis=0)
    first, first_own = pooled(honest, traffic, evidence.classes.use_case)
    first = first | (unlabelled >= ENOUGH_SCORES)
    logged, logged_own = pooled(evidence.logged.n, evidence.requests, evidence.classes.use_case)
    logged_own &= evidence.requests > 0
    supported = evidence.share() > LEAST_PROPENSITY
    served = evidence.requests > 0
    anyone = np.where(first, A, np.where(logged & supported, B, C))
    as_logged = np.where(first, A, np.where(logged & served, B, C))
    return Grades(anyone, first_own | (logged_own & supported), as_logged, first_own | logged_own)


def pooled(scores: FloatArray, traffic: FloatArray, use_case: IntArray) -> tuple[BoolArray, BoolArray]:
    """Whether each cell has enough scores, itself or pooled, and whether it has them itself; all (classes, models)."""
    own = scores >= ENOUGH_SCORES
    use_cases = int(use_case.max(initial=0)) + 1
    in_use_case, traffic_in = (np.zeros((use_cases, scores.shape[1])) for _ in range(2))
    np.add.at(in_use_case, use_case, scores)
    np.add.at(traffic_in, use_case, traffic)
    fair_class = _fair(scores, in_use_case[use_case], traffic, traffic_in[use_case])
    fair_use_case = _fair(in_use_case, scores.sum(axis=0), traffic_in, traffic_in.sum(axis=0))
    enough = (in_use_case >= ENOUGH_SCORES) | (fair_use_case & (scores.sum(axis=0) >= ENOUGH_SCORES))
    return own | (fair_class & enough[use_case]), own


def _fair(part: FloatArray, whole: FloatArray, traffic: FloatArray, all_traffic: FloatArray) -> BoolArray:
    expected = whole * divided(traffic, all_traffic)
    result: BoolArray = (expected < EXPECTED) | (part >= expected / EXPECTED)
    return result


def _unlabelled(evidence: Evidence) -> BoolArray:
    """Classes without a use case: prompts that do not say theirs are a sample of all traffic."""
    nameless = [index for index, name in enumerate(evidence.classes.use_cases) if name == ""]
    return np.isin(evidence.classes.use_case, nameless)
