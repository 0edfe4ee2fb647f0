"""Learned routing without self-praise: each half of the evidence is judged by the rule that the other half chose.

This first version predicts quality per class. The evidence is split in two; a rule is learned on each half (the cheapest
model whose predicted quality reaches `min_quality`, else the one predicted best) and valued with the outcome model of the
other half, so that no score is ever used to praise the choice it led to. The projection is the mean of both.
"""

import numpy as np

from analytics.outcomes import fit_quality
from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray
from analytics.outcomes.grades import C
from analytics.policies import Learned
from analytics.simulation.ground import Ground
from analytics.simulation.plans import JointQuality, PlanEffect


def learned_effect(ground: Ground, plan: Learned, route: BoolArray) -> PlanEffect:
    """The effect of a learned plan on the strata of `route`, whose tokens decide what is cheapest."""
    indices = np.array([ground.models.index(model) for model in plan.models])
    scored = indices[indices < ground.quality.anyone.shape[2]]
    halves = ground.evidence.halves(np.random.default_rng([ground.seed, 61]))
    fitted = [fit_quality(half, ground.draws, ground.seed) for half in halves]
    cost = _class_costs(ground, scored, route)
    known = ground.quality.grades.anyone[:, scored] != C
    classes = np.arange(len(ground.use_case))
    calls: dict[int, FloatArray] = {int(model): np.zeros((1, len(classes))) for model in scored}
    quality = np.zeros((ground.draws, len(classes)))
    grade, observed = np.zeros(len(classes), dtype=np.int64), np.ones(len(classes), dtype=np.bool_)
    for chooser, judge in ((0, 1), (1, 0)):
        predicted = fitted[chooser].anyone.mean(axis=0)[:, scored]
        model = scored[_choose(predicted, cost, known, plan.min_quality)]
        for index in calls:
            calls[index][0] += 0.5 * (model == index)
        quality += 0.5 * fitted[judge].anyone[:, classes, model]
        grade = np.maximum(grade, ground.quality.grades.anyone[classes, model])
        observed &= ground.quality.grades.anyone_observed[classes, model]
    unknown = grade == C
    prompts = ground.evidence.prompts
    answers = sum(calls[int(model)][0][prompts.group] * np.nan_to_num(prompts.quality[:, model]) for model in scored)
    joint = JointQuality(
        quality, np.where(unknown, 0.0, quality), np.where(unknown, 1.0, quality), grade, observed, np.asarray(answers)
    )
    used = {index: share for index, share in calls.items() if share.any()}
    return PlanEffect(used, used, joint)


def _choose(predicted: FloatArray, cost: FloatArray, known: BoolArray, least: float) -> IntArray:
    """Per class, the position of the cheapest model that is good enough, else of the best; unknown models come last."""
    none = ~known.any(axis=1, keepdims=True)
    allowed = known | none
    enough = (predicted >= least) & allowed
    cheapest = np.where(enough, cost, np.inf).argmin(axis=1)
    best = np.where(allowed, predicted, -1.0).argmax(axis=1)
    chosen: IntArray = np.where(enough.any(axis=1), cheapest, best)
    return chosen


def _class_costs(ground: Ground, models: IntArray, route: BoolArray) -> FloatArray:
    """USD of the route's traffic by class and model at mean token ratios; an unpriced model is dearer than any other.

    Classes without traffic take the costs of the whole route.
    """
    costs = np.full((len(ground.use_case), len(models)), 1e30)
    use_case = ground.use_case[ground.group]
    for position, model in enumerate(models):
        bill = ground.bills[model]
        if bill is None:
            continue
        tokens_in = ground.input_ratio.ratio(ground.logged, int(model), use_case)
        tokens_out = ground.output_ratio.ratio(ground.logged, int(model), use_case)
        usd = np.where(route, bill.input_usd * tokens_in + bill.output_usd * tokens_out + bill.fixed_usd, 0.0)
        costs[:, position] = np.bincount(ground.group, usd, len(ground.use_case))
    silent = costs.sum(axis=1) == 0
    costs[silent] = costs[~silent].sum(axis=0) if (~silent).any() else costs[silent]
    return costs
