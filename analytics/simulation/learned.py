"""Learned routing without self-praise: choices are made on requests that the chooser has not seen.

With a trained router (`routecast train`) the traffic's cross-fitted predictions say which model each class's requests go to,
and the side-by-side prompts, by their own cross-fitted predictions, how good the chosen answers really are.

Without one, quality is predicted per class: the evidence is split in two, a choice is learned on each half and valued with the
outcome model of the other half, so that no score is used to praise the choice it led to. The projection is the mean of both.
"""

import numpy as np

from analytics.learning.stored import StoredRouter
from analytics.outcomes import fit_quality, fit_share
from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, divided, group_sums, logit
from analytics.outcomes.grades import C
from analytics.policies import Learned
from analytics.simulation.cells import costs_each
from analytics.simulation.ground import Ground
from analytics.simulation.plans import JointQuality, PlanEffect

LEAST_SHARE = 0.05


def learned_effect(ground: Ground, plan: Learned, route: BoolArray) -> PlanEffect:
    """The effect of a learned plan on the strata of `route`, whose tokens decide what is cheapest."""
    router = ground.routers.get(plan.router)
    if router is not None and set(plan.models) <= set(router.models):
        return _by_router(ground, plan, route, router)
    return _by_class(ground, plan, route)


def _by_router(ground: Ground, plan: Learned, route: BoolArray, router: StoredRouter) -> PlanEffect:
    models = np.array([ground.models.index(model) for model in plan.models])
    columns = [router.models.index(model) for model in plan.models]
    prompts, classes = ground.evidence.prompts, len(ground.use_case)
    cost = costs_each(ground, models, route)

    def choices(predicted: FloatArray, group: IntArray) -> IntArray:
        return _choose(predicted, cost[group], np.ones(predicted.shape, dtype=np.bool_), plan)

    known = np.isin(router.use_case, ground.evidence.classes.use_cases)
    group = ground.evidence.classes.find_known(router.use_case[known], router.tenth[known])
    inside = group >= 0
    group, n = group[inside], router.n[known][inside]
    chosen = choices(router.predicted[known][inside][:, columns], group)
    shares = np.stack([group_sums(group, n * (chosen == place), classes) for place in range(len(models))])
    total = shares.sum(axis=0)
    shares = np.where(total > 0, divided(shares, total), shares.sum(axis=1, keepdims=True) / max(float(n.sum()), 1e-9))
    calls = {int(model): shares[[place]] for place, model in enumerate(models) if shares[place].any()}

    at = np.searchsorted(router.prompt_id, prompts.prompt_id)
    at = np.minimum(at, max(0, len(router.prompt_id) - 1))
    seen = (
        router.prompt_id[at] == prompts.prompt_id if len(router.prompt_id) else np.zeros(len(prompts), dtype=np.bool_)
    )
    choice = choices(router.prompt_predicted[at][:, columns], prompts.group)
    answers = np.where(seen, prompts.quality[np.arange(len(prompts)), models[choice]], np.nan)
    expected = sum(
        shares[place] * ground.quality.anyone[:, :, model].mean(axis=0) for place, model in enumerate(models)
    )
    seed = [ground.seed, 62, *plan.router.encode()]
    # The fit is slow and depends on prices only through what was chosen: remembered for projections under other prices.
    key = (plan, choice.tobytes(), shares.tobytes())
    if key not in ground.effects:
        ground.effects[key] = fit_share(
            ground.evidence, prompts, answers, np.ones(len(prompts)), ground.draws, seed, logit(np.asarray(expected))
        )
    quality: FloatArray = ground.effects[key]
    grade = _worst(ground.quality.grades.anyone[:, models], shares.T)
    lacking = (shares.T > LEAST_SHARE) & ~ground.quality.grades.anyone_observed[:, models]
    observed: BoolArray = ~np.asarray(lacking.any(axis=1))
    unknown = grade == C
    joint = JointQuality(
        quality, np.where(unknown, 0.0, quality), np.where(unknown, 1.0, quality), grade, observed, answers
    )
    return PlanEffect(calls, calls, joint)


def _worst(grades: IntArray, shares: FloatArray) -> IntArray:
    """The worst grade among the models that get more than a twentieth of each class."""
    result: IntArray = np.where(shares > LEAST_SHARE, grades, 0).max(axis=1)
    return result


def _by_class(ground: Ground, plan: Learned, route: BoolArray) -> PlanEffect:
    indices = np.array([ground.models.index(model) for model in plan.models])
    scored = indices[indices < ground.quality.anyone.shape[2]]
    if "halves" not in ground.effects:
        halves = ground.evidence.halves(np.random.default_rng([ground.seed, 61]))
        ground.effects["halves"] = [fit_quality(half, ground.draws, ground.seed) for half in halves]
    fitted = ground.effects["halves"]
    cost = costs_each(ground, scored, route)
    known = ground.quality.grades.anyone[:, scored] != C
    classes = np.arange(len(ground.use_case))
    calls: dict[int, FloatArray] = {int(model): np.zeros((1, len(classes))) for model in scored}
    quality = np.zeros((ground.draws, len(classes)))
    grade, observed = np.zeros(len(classes), dtype=np.int64), np.ones(len(classes), dtype=np.bool_)
    for chooser, judge in ((0, 1), (1, 0)):
        predicted = fitted[chooser].anyone.mean(axis=0)[:, scored]
        model = scored[_choose(predicted, cost, known, plan)]
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


def _choose(predicted: FloatArray, cost: FloatArray, known: BoolArray, plan: Learned) -> IntArray:
    """The position of the model that each row's request goes to; `cost` in USD a request. Unknown models come last."""
    none = ~known.any(axis=1, keepdims=True)
    allowed = known | none
    chosen: IntArray
    if plan.worth_usd is not None:
        chosen = np.where(allowed, predicted * plan.worth_usd - cost, -np.inf).argmax(axis=1)
        return chosen
    enough = (predicted >= np.float64(plan.min_quality or 0.0)) & allowed
    cheapest = np.where(enough, cost, np.inf).argmin(axis=1)
    best = np.where(allowed, predicted, -1.0).argmax(axis=1)
    chosen = np.where(enough.any(axis=1), cheapest, best)
    return chosen
