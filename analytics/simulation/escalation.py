"""When a cascade saves money: how many requests go on from each step, and how many may.

A step pays for itself while  escalation < 1 - (cheap + verifier) / strong,  where `cheap` is a call of the step's model and
`strong` what a request costs from the next step on, with all that may follow. Both are over the requests that get there.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray, divided, group_sums
from analytics.outcomes.grades import C
from analytics.policies import Cascade, Route
from analytics.simulation.cells import UNPRICED_USD, class_costs
from analytics.simulation.plans import plan_effect
from analytics.simulation.project import MOST_UNGRADED_SHARE
from analytics.simulation.study import Study


@dataclass(frozen=True)
class Escalation:
    """One step of one cascade, the last step left out.

    rule: the condition that leads to the cascade, empty for the default. reached: share of the cascade's requests that get to
    the step; escalation: share of those that go on. limit: the escalation at which the step stops saving, None without prices.
    measured: whether answers of the whole chain to the same prompts say so, for nine tenths of the cascade's requests.
    """

    rule: str
    model: str
    next_model: str
    reached: float
    escalation: float
    limit: float | None
    call_usd: float | None
    verifier_usd: float
    rest_usd: float | None
    measured: bool = True

    @property
    def pays(self) -> bool | None:
        """Whether the step saves money; None without prices."""
        return None if self.limit is None else self.escalation < self.limit


def find_escalations(study: Study) -> tuple[Escalation, ...]:
    """All steps of all cascades that get traffic, in the order of the rules."""
    architecture, ground = study.architecture, study.ground
    rules: list[Route | None] = [*architecture.routes, None]
    found: list[Escalation] = []
    for number, (rule, plan) in enumerate(zip(rules, architecture.plans, strict=True)):
        strata = ground.traffic.routes[0] == number
        if not isinstance(plan, Cascade) or not strata.any():
            continue
        effect = plan_effect(ground, plan, strata)
        requests = group_sums(ground.group, np.where(strata, ground.traffic.requests, 0.0), len(ground.use_case))
        costs = class_costs(ground, np.array(effect.chain), strata)
        usd = divided(costs, requests[:, None])
        unpriced = (costs >= UNPRICED_USD).any()
        reach = [requests * effect.calls[model].mean(axis=0) for model in effect.chain]
        steps = _steps(plan, reach, None if unpriced else usd, effect.verifier_usd)
        joint = effect.quality
        unmeasured = 0.0 if joint is None else float(divided(requests @ (joint.grade == C), requests.sum()))
        measured = unmeasured <= MOST_UNGRADED_SHARE
        found += [Escalation("" if rule is None else rule.when.text, *step, measured) for step in steps]
    return tuple(found)


_Step = tuple[str, str, float, float, float | None, float | None, float, float | None]


def _steps(plan: Cascade, reach: list[FloatArray], usd: FloatArray | None, verifier_usd: float) -> list[_Step]:
    """The fields of Escalation after its rule; `reach` are the requests by class at each step, `usd` those of one call."""
    calls = [float(here.sum()) for here in reach]
    money = None if usd is None else [float(here @ usd[:, step]) for step, here in enumerate(reach)]
    steps: list[_Step] = []
    for step in range(len(reach) - 1):
        here, onward = calls[step], calls[step + 1]
        escalation = onward / here if here > 0 else 0.0
        call = rest = limit = None
        if usd is not None and money is not None and here > 0:
            call = money[step] / here
            if onward > 0:
                rest = (sum(money[step + 1 :]) + verifier_usd * sum(calls[step + 1 : -1])) / onward
            else:  # nothing goes on: what the next call would cost for those who are here
                rest = float(reach[step] @ usd[:, step + 1]) / here
            limit = 1.0 - (call + verifier_usd) / rest if rest > 0 else None
        steps.append(
            (plan.models[step], plan.models[step + 1], here / calls[0], escalation, limit, call, verifier_usd, rest)
        )
    return steps
