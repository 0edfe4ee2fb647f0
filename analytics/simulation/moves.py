"""Which requests move: from the model that served them to the one that would answer, with what they cost on either."""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray
from analytics.simulation.plans import PlanEffect, plan_effect
from analytics.simulation.study import Study


@dataclass(frozen=True)
class Move:
    """Requests of a use case that `source` serves today and `target` would answer, a month; stays where both are one.

    current_usd and new_usd are at the models' mean token ratios, with all calls of a cascade, its verifier and the
    architecture's overhead; None when a model in them has no price.
    """

    use_case: str
    source: str
    target: str
    requests: float
    current_usd: float | None
    new_usd: float | None

    @property
    def moves(self) -> bool:
        """Whether another model answers than today."""
        return self.source != self.target


def find_moves(study: Study) -> tuple[Move, ...]:
    """All traffic by use case, source and target, the most requests first; requests sum to the month's."""
    ground, architecture = study.ground, study.architecture
    traffic, models = ground.traffic, len(ground.models)
    shape = (len(ground.evidence.classes.use_cases), models, models)
    requests, now, then = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    at = ground.use_case[ground.group]
    today = np.zeros(len(at))
    for model in range(models):
        own = ground.logged == model
        today[own] = _usd(study, model)[own]
    for number, plan in enumerate(architecture.plans):
        strata = traffic.routes[0] == number
        if not strata.any():
            continue
        effect = plan_effect(ground, plan, strata)
        for target, share, usd in _ends(study, effect):
            part = np.where(strata, share, 0.0)
            added = usd + architecture.overhead.cost_usd * traffic.requests
            for table, values in ((requests, traffic.requests), (now, today), (then, added)):
                # Nothing times an unknown price is nothing.
                np.add.at(table, (at, ground.logged, np.full(len(at), target)), np.where(part > 0, part * values, 0.0))
    monthly = ground.requests_per_month / float(traffic.requests.sum())
    found = [
        Move(
            ground.evidence.classes.use_cases[u], ground.models[source], ground.models[target],
            monthly * float(requests[u, source, target]),
            _known(monthly * float(now[u, source, target])), _known(monthly * float(then[u, source, target])),
        )
        for u, source, target in np.argwhere(requests > 0)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: -one.requests))


def _ends(study: Study, effect: PlanEffect) -> list[tuple[int, FloatArray, FloatArray]]:
    """(model that answers, share of each stratum's requests, USD of the stratum if all its requests ended there).

    A request that ends at a later step of a cascade has paid for the steps and verdicts before.
    """
    requests = study.ground.traffic.requests
    ends, paid = [], np.zeros(len(requests))
    for step, model in enumerate(effect.chain or tuple(effect.answers)):
        paid = (paid if effect.chain else 0.0) + _usd(study, model)
        if effect.chain and step + 1 < len(effect.chain):
            paid = paid + effect.verifier_usd * requests
        answered = effect.answers[model].mean(axis=0)
        share = answered[study.ground.group] if len(answered) > 1 else np.full(len(requests), float(answered[0]))
        ends.append((model, share, paid))
    return ends


def _usd(study: Study, model: int) -> FloatArray:
    """USD of every stratum on `model`, NaN without a price; logged tokens where the model is the logged one."""
    ground, use_case = study.ground, study.ground.use_case[study.ground.group]
    bill = ground.bills[model]
    if bill is None:
        return np.full(len(use_case), np.nan)
    own = ground.logged == model
    ratios = [
        np.where(own, 1.0, one.ratio(ground.logged, model, use_case))
        for one in (ground.input_ratio, ground.output_ratio)
    ]
    return ratios[0] * bill.input_usd + ratios[1] * bill.output_usd + bill.fixed_usd


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
