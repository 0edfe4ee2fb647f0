"""Cascades: what the next model does with the requests that the ones before it failed.

Everything is a product of conditional shares per class. With R_i = P(step i is reached), A_i = P(kept | reached) and
q_i = quality of what is kept: calls are R_i, answers R_i A_i, quality the sum of R_i A_i q_i. The shares come from prompts
that every model of the chain answered, weighted by the probability that the prompt gets that far, and partially pooled
over classes; the first step's share of right answers is the outcome model's own, which the log informs too. Without such
prompts nothing identifies the joint behaviour: Frechet's range is all that can be said. (Assuming independence would
project 93.8% on MMLU where the truth is 85.9%.)
"""

import numpy as np

from analytics.errors import SimulationError
from analytics.outcomes import fit_share, profile
from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray
from analytics.outcomes.evidence import Prompts, effective_rows
from analytics.outcomes.grades import A, C, pooled
from analytics.policies import Cascade
from analytics.simulation.ground import Ground
from analytics.simulation.plans import JointQuality, PlanEffect

RIGHT = 0.999
LEAST_JOINT_PROMPTS = 10


def cascade_effect(ground: Ground, plan: Cascade) -> PlanEffect:
    """The effect of a cascade of any length. Raises SimulationError when nothing says which answers would be kept."""
    chain = tuple(ground.models.index(model) for model in plan.models)
    prompts = ground.evidence.prompts
    kept = _kept(ground, plan, chain)
    joint: BoolArray = np.asarray(np.isfinite(np.hstack([prompts.quality[:, chain], kept[:, :-1]])).all(axis=1))
    enough = int(joint.sum()) >= LEAST_JOINT_PROMPTS
    if enough:
        reach, quality = _from_pairs(ground, plan, chain, prompts.only(joint), kept[joint])
    else:
        reach, quality = _from_margins(ground, plan, chain, prompts, kept)
    grade, observed = _grades(ground, joint if enough else np.zeros_like(joint))
    low, high = _range(ground, plan, chain)
    bounded = np.where(grade == C, low, quality), np.where(grade == C, high, quality)
    calls: dict[int, FloatArray] = {}
    answers: dict[int, FloatArray] = {}
    for step, model in enumerate(chain):
        later = reach[step + 1] if step + 1 < len(chain) else np.zeros_like(reach[step])
        calls[model] = calls.get(model, 0.0) + reach[step]
        answers[model] = answers.get(model, 0.0) + reach[step] - later
    return PlanEffect(
        calls=calls,
        answers=answers,
        quality=JointQuality(quality, bounded[0], bounded[1], grade, observed, _answers(prompts, chain, kept)),
        chain=chain,
        verifier_calls=np.sum(reach[:-1], axis=0),
        verifier_usd=plan.verifier.cost_usd if plan.verifier else 0.0,
        verifier_ms=plan.verifier.latency_ms if plan.verifier else 0.0,
        escalated=reach[1],
    )


def _answers(prompts: Prompts, chain: tuple[int, ...], kept: FloatArray) -> FloatArray:
    """Expected quality of the cascade on each side-by-side prompt, (prompts,); NaN where a step is unknown."""
    arriving, answer = np.ones(len(prompts)), np.zeros(len(prompts))
    for step, model in enumerate(chain):
        answer = answer + arriving * kept[:, step] * prompts.quality[:, model]
        arriving = arriving * (1.0 - kept[:, step])
    return answer


def _kept(ground: Ground, plan: Cascade, chain: tuple[int, ...]) -> FloatArray:
    """P(each step's answer is kept) per prompt, (prompts, steps); NaN where unknown. The last step keeps everything."""
    prompts = ground.evidence.prompts
    quality, judge = prompts.quality[:, chain], prompts.judge[:, chain]
    if plan.verifier is not None:
        kept = np.where(quality >= RIGHT, plan.verifier.true_accept, plan.verifier.false_accept)
        kept[~np.isfinite(quality)] = np.nan
    elif plan.accept_at is not None:
        kept = np.where(np.isfinite(judge), judge >= plan.accept_at, np.nan)
    else:
        raise SimulationError(_NO_RULE.format(" -> ".join(plan.models)))
    for step, model in enumerate(chain[:-1]):
        if plan.verifier is None and not np.isfinite(kept[:, step]).any():
            raise SimulationError(_NO_JUDGE.format(ground.models[model], plan.accept_at))
    kept[:, -1] = 1.0
    return kept


_NO_RULE = (
    "The cascade {} has neither `verifier` nor `accept_at`: state one, so that it is known which answers are kept."
)
_NO_JUDGE = (
    "No side-by-side answer of {} has a judge_score for `accept_at = {}`: load outcomes with judge_score, "
    "or state `verifier = {{ true_accept = ..., false_accept = ... }}`."
)


def _from_pairs(
    ground: Ground, plan: Cascade, chain: tuple[int, ...], prompts: Prompts, kept: FloatArray
) -> tuple[list[FloatArray], FloatArray]:
    """Shares reaching each step and the quality, (draws, classes), from prompts that the whole chain answered."""
    arriving = np.ones(len(prompts))
    reach = [np.ones((ground.draws, len(ground.use_case)))]
    quality = np.zeros_like(reach[0])
    binary = bool(np.isin(prompts.quality[:, chain], (0.0, 1.0)).all())
    for step, model in enumerate(chain):
        score, keep = prompts.quality[:, model], kept[:, step]
        centre = profile(ground.quality.anyone[:, :, model])
        seed = [ground.seed, 51, step, *"/".join(plan.models).encode()]
        last = step == len(chain) - 1
        if last or plan.verifier is None:
            accepted = 1.0 if last else fit_share(ground.evidence, prompts, keep, arriving, ground.draws, seed)
            weight = arriving * keep
            good = fit_share(ground.evidence, prompts, score, weight, ground.draws, [*seed, 1], centre)
            gained = accepted * good
        else:
            right = ground.quality.anyone[:, :, model]
            if step or not binary:
                is_right = (score >= RIGHT).astype(np.float64)
                right = fit_share(
                    ground.evidence,
                    prompts,
                    is_right,
                    arriving,
                    ground.draws,
                    seed,
                    centre if binary else None,
                )
            wrong = score < RIGHT
            partly = float(np.average(score[wrong], weights=arriving[wrong] + 1e-12)) if wrong.any() else 0.0
            yes, no = plan.verifier.true_accept * right, plan.verifier.false_accept * (1.0 - right)
            accepted, gained = yes + no, yes + no * partly
        quality = quality + reach[step] * gained
        reach.append(reach[step] * (1.0 - accepted))
        arriving = arriving * (1.0 - keep)
    return reach[: len(chain)], np.clip(quality, 0.0, 1.0)


def _from_margins(
    ground: Ground, plan: Cascade, chain: tuple[int, ...], prompts: Prompts, kept: FloatArray
) -> tuple[list[FloatArray], FloatArray]:
    """Without joint prompts: shares from the middle of Frechet's range, good enough for money, not for quality."""
    low, high = _range(ground, plan, chain)
    reach = [np.ones((ground.draws, len(ground.use_case)))]
    for step, model in enumerate(chain[:-1]):
        if plan.verifier is None:
            accepted = fit_share(
                ground.evidence,
                prompts,
                kept[:, step],
                np.ones(len(prompts)),
                ground.draws,
                [ground.seed, 52, model],
            )
        else:
            alone = ground.quality.anyone[:, :, model]
            least, most = np.maximum(0.0, alone + reach[step] - 1.0), np.minimum(alone, reach[step])
            right = np.clip((least + most) / 2.0 / np.maximum(reach[step], 1e-9), 0.0, 1.0)
            accepted = plan.verifier.true_accept * right + plan.verifier.false_accept * (1.0 - right)
        reach.append(reach[step] * (1.0 - accepted))
    return reach, (low + high) / 2.0


def _range(ground: Ground, plan: Cascade, chain: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Frechet's range of the quality under a stated verifier, from the models' own qualities; else 0 to 1.

    From the last step backwards: with w = P(right) of a step and s in [low, high] the quality of the rest, the rest is
    right where this step is wrong with probability between max(0, s - w) and min(1 - w, s).
    """
    shape = (ground.draws, len(ground.use_case))
    if plan.verifier is None:
        return np.zeros(shape), np.ones(shape)
    true, false = plan.verifier.true_accept, plan.verifier.false_accept
    low = high = ground.quality.anyone[:, :, chain[-1]]
    for model in reversed(chain[:-1]):
        alone = ground.quality.anyone[:, :, model]
        ends = []
        for rest in (low, high):
            for rescued in (np.maximum(0.0, rest - alone), np.minimum(1.0 - alone, rest)):
                ends.append(true * alone + (1.0 - true) * (rest - rescued) + (1.0 - false) * rescued)
        low, high = np.minimum.reduce(ends), np.maximum.reduce(ends)
    known = (ground.quality.grades.anyone[:, chain] != C).all(axis=1)
    return np.where(known, np.clip(low, 0.0, 1.0), 0.0), np.where(known, np.clip(high, 0.0, 1.0), 1.0)


def _grades(ground: Ground, joint: BoolArray) -> tuple[IntArray, BoolArray]:
    """A where enough prompts were answered by the whole chain (or pooled), else C: logs never show two answers."""
    evidence = ground.evidence
    rows = effective_rows(joint[:, None], evidence.prompts.weight, evidence.prompts.group, len(evidence.classes))
    traffic = evidence.requests.sum(axis=1, keepdims=True)
    carried, own = pooled(rows, traffic, evidence.classes.use_case)
    unlabelled = traffic[:, 0] == 0
    nameless = np.array([evidence.classes.use_cases[u] == "" for u in evidence.classes.use_case])
    if rows[unlabelled & nameless].sum() >= 30.0:
        carried = np.ones_like(carried)
    return np.where(carried[:, 0], A, C), own[:, 0]
