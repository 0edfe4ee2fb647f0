"""Overlap: does the log know anything of the models that an architecture would use, where it would use them?

Traffic is unsupported where the log's share of the model in the class is below 2% and no answer of it was scored at random
or side by side: there, every estimate is a guess. Elsewhere the effective number of answers, (Σw)²/Σw² (Kish), says how
many equally weighted ones the weighted ones are worth.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray, divided
from analytics.outcomes.grades import LEAST_PROPENSITY
from analytics.simulation.ground import Ground
from analytics.simulation.weighing import Policy, Weighed

LEAST_SHARE = 0.0005


@dataclass(frozen=True)
class OverlapRow:
    """A model on a use case, as the architecture would use it.

    traffic, unsupported: shares of all traffic that would go there, and of it what nothing supports.
    logged_share: how often the log chose the model on that traffic. side_by_side, random, logged: scored answers of the
    model on the use case (the first two effective). effective, effective_share: what the weighted answers are worth, and
    as a share of those scored there; largest_weight: for how many requests one answer stands, at most.
    """

    use_case: str
    model: str
    traffic: float
    unsupported: float
    logged_share: float
    side_by_side: float
    random: float
    logged: float
    effective: float
    effective_share: float
    largest_weight: float | None


@dataclass(frozen=True)
class Overlap:
    """Rows by falling traffic, and the same for the architecture as a whole."""

    rows: tuple[OverlapRow, ...]
    unsupported: float
    effective: float
    effective_share: float
    largest_weight: float | None


def overlap_of(ground: Ground, policy: Policy, weighed: Weighed) -> Overlap:
    """Overlap of an architecture with the log, by use case and model."""
    evidence, mass = ground.evidence, policy.mass
    served, paired = evidence.share(), evidence.paired_n()
    lacking = (served < LEAST_PROPENSITY) & (evidence.explored.n == 0) & (paired == 0)
    names = evidence.classes.use_cases
    cell = ground.use_case[weighed.group], weighed.model

    def by_use_case(values: FloatArray) -> FloatArray:
        summed = np.zeros((len(names), values.shape[1]))
        np.add.at(summed, ground.use_case, values)
        return summed

    total, squares, largest, scored = (np.zeros((len(names), len(ground.models))) for _ in range(4))
    np.add.at(total, cell, weighed.total)
    np.add.at(squares, cell, weighed.squares)
    np.maximum.at(largest, cell, weighed.each)
    np.add.at(scored, cell, weighed.n)
    effective = divided(total**2, squares)
    traffic, dark = by_use_case(mass), by_use_case(mass * lacking)
    chosen = divided(by_use_case(mass * served), traffic)
    counts = [by_use_case(one) for one in (paired, evidence.explored.n, evidence.logged.n)]
    of_all = divided(effective, scored.sum(axis=1, keepdims=True))
    order = sorted(map(tuple, np.argwhere(traffic > LEAST_SHARE)), key=lambda at: -float(traffic[at]))
    rows = tuple(
        OverlapRow(
            use_case=names[at[0]], model=ground.models[at[1]], traffic=float(traffic[at]), unsupported=float(dark[at]),
            logged_share=float(chosen[at]), side_by_side=float(counts[0][at]), random=float(counts[1][at]),
            logged=float(counts[2][at]), effective=float(effective[at]), effective_share=float(of_all[at]),
            largest_weight=float(largest[at]) or None,
        )
        for at in order
    )  # fmt: skip
    return Overlap(
        rows, float(dark.sum()), weighed.effective, weighed.effective / weighed.scored if weighed.scored else 0.0,
        float(weighed.each.max(initial=0.0)) or None,
    )  # fmt: skip
