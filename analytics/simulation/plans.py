"""What a plan does to a request of each class: which models are called, who answers, and how good the answer is."""

from dataclasses import dataclass, field

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray
from analytics.policies import Cascade, Learned, Plan, Use
from analytics.simulation.ground import Ground


@dataclass(frozen=True)
class JointQuality:
    """Quality of a plan whose steps depend on each other, per class: draws and, for grade C, bounds, (draws, classes).

    `answers` (prompts,): what the plan gives on each side-by-side prompt, NaN where unknown.
    """

    draws: FloatArray
    low: FloatArray
    high: FloatArray
    grade: IntArray
    observed: BoolArray
    answers: FloatArray


@dataclass(frozen=True)
class PlanEffect:
    """Expected calls and final answers per request by model index, each (draws or 1, classes).

    quality: None where it follows from who answers (single models and splits), else the plan's own.
    chain: the models of a cascade in order. verifier_calls: expected judgements per request.
    escalated: share of requests that go past the first step of a cascade.
    """

    calls: dict[int, FloatArray]
    answers: dict[int, FloatArray]
    quality: JointQuality | None = None
    chain: tuple[int, ...] = ()
    verifier_calls: FloatArray = field(default_factory=lambda: np.zeros((1, 1)))
    verifier_usd: float = 0.0
    verifier_ms: float = 0.0
    escalated: FloatArray | None = None


def plan_effect(ground: Ground, plan: Plan, route: BoolArray) -> PlanEffect:
    """The effect of `plan` on the strata chosen by `route` (strata,)."""
    from analytics.simulation.cascade import cascade_effect
    from analytics.simulation.learned import learned_effect

    if isinstance(plan, Cascade):
        if plan not in ground.effects:
            ground.effects[plan] = cascade_effect(ground, plan)
        effect: PlanEffect = ground.effects[plan]
        return effect
    if isinstance(plan, Learned):
        return learned_effect(ground, plan, route)
    weights = ((plan.model, 1.0),) if isinstance(plan, Use) else plan.weights
    whole = sum(weight for _, weight in weights)
    shares: dict[int, FloatArray] = {}
    for model, weight in weights:
        index = ground.models.index(model)
        shares[index] = shares.get(index, 0.0) + np.full((1, len(ground.use_case)), weight / whole)
    return PlanEffect(shares, shares)
