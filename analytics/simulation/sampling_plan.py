"""Which prompts to run side by side, and how much surer that would make a projection.

What an architecture changes shows only where its model and today's disagree. The error of a stratified mean is smallest
when the prompts go to the use cases in proportion to traffic x standard deviation of that difference (Neyman 1934); every
use case gets some, so that the plan stays a sample of all traffic. The width it will reach is found by imagining the
answers from the outcome model and projecting again with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analytics.errors import UsageError
from analytics.outcomes import PairTable
from analytics.outcomes.arrays import FloatArray, IntArray, divided, group_sums
from analytics.outcomes.grades import C
from analytics.outcomes.observations import dispersion
from analytics.scope import Scope
from analytics.simulation.ground import Ground
from analytics.simulation.imagined import imagine
from analytics.simulation.results import Estimate, Grade, Projection
from analytics.simulation.simulate import project
from analytics.simulation.study import Study
from analytics.simulation.weighing import Policy
from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

# A use case where nothing seems to disagree counts as if 2% of its answers did.
LEAST_DEVIATION = 0.15
LEAST_TODAY, LEAST_USE = 0.02, 0.001
LADDER = (100, 300, 1000, 3000)
# Imagined answers differ from draw to draw: the plan's width is a mean over so many of them, with so many draws each.
WORLDS, DRAWS = 3, 500


@dataclass(frozen=True)
class Stratum:
    """A use case of the plan: the models to run on each prompt, its share of traffic, how many prompts it gets.

    discordant: expected share of its prompts on which the architecture's answer and today's differ in quality.
    """

    use_case: str
    models: tuple[str, ...]
    traffic: float
    discordant: float
    prompts: int


@dataclass(frozen=True)
class Width:
    """Half of a 95% interval of quality with so many more prompts (0: today's), and the grade that goes with it."""

    prompts: int
    half_width: float
    change_half_width: float
    grade: Grade


@dataclass(frozen=True)
class SamplingPlan:
    """Prompts by use case; `now` and `then` are the widths without and with them, `ladder` other sizes of plan."""

    architecture: str
    prompts: int
    strata: tuple[Stratum, ...]
    now: Width
    then: Width
    ladder: tuple[Width, ...]


def plan_prompts(study: Study, policy: Policy, prompts: int) -> SamplingPlan:
    """The plan of `prompts` prompts for the architecture of `study`; `policy` is that architecture on its ground."""
    if prompts < 1:
        raise UsageError("A sampling plan needs at least one prompt.")
    inputs, ground, architecture = study.inputs, study.ground, study.architecture

    def project_on(pairs: PairTable) -> Projection:
        imagined = replace(inputs, pairs=pairs, evidence_key=None)
        return project(imagined, [architecture], ground.scenario, ground.seed, DRAWS).projections[1]

    def with_answers(strata: Sequence[Stratum], number: int) -> Width:
        asked = [(one.use_case, one.models, one.prompts, one.traffic) for one in strata]
        worlds = [imagine(inputs, ground, asked, ground.seed + world) for world in range(number)]
        return _width(sum(one.prompts for one in strata), [project_on(pairs) for pairs in worlds])

    strata = allocate(ground, policy, prompts)
    sizes = [number for number in LADDER if number <= policy.traffic.sum()]
    now = _width(0, [study.projections()[1]])
    ladder = [now]
    for number in sizes:
        ladder.append(_at_most(with_answers(allocate(ground, policy, number), 1), ladder[-1]))
    then = _at_most(with_answers(strata, WORLDS), now)
    return SamplingPlan(architecture.name, then.prompts, strata, now, then, tuple(ladder[1:]))


def _at_most(width: Width, before: Width) -> Width:
    """More evidence is not expected to widen an interval (law of total variance): what looks so is noise of the worlds."""
    return replace(
        width,
        half_width=min(width.half_width, before.half_width),
        change_half_width=min(width.change_half_width, before.change_half_width),
    )


def _width(prompts: int, found: Sequence[Projection]) -> Width:
    """The mean over worlds of what they project."""
    quality = float(np.mean([_half(one.quality) for one in found]))
    change = float(np.mean([_half(one.vs_current.quality) for one in found]))
    return Width(prompts, quality, change, found[0].grade)


def _half(estimate: Estimate) -> float:
    return ((estimate.high or 0.0) - (estimate.low or 0.0)) / 2.0


def allocate(ground: Ground, policy: Policy, prompts: int) -> tuple[Stratum, ...]:
    """Prompts by use case, as many as there are requests at most; use cases by falling number of prompts."""
    evidence, classes = ground.evidence, ground.evidence.classes
    traffic = policy.traffic.sum(axis=0)
    share = divided((policy.traffic[:, :, None] * policy.share).sum(axis=0), traffic[:, None])
    differs = np.einsum("ga,gb,gab->g", share, evidence.share(), _disagreement(ground))
    use_cases = len(classes.use_cases)
    in_use_case = group_sums(ground.use_case, traffic, use_cases)
    discordant = divided(group_sums(ground.use_case, traffic * differs, use_cases), in_use_case)
    importance = in_use_case * np.maximum(np.sqrt(discordant), LEAST_DEVIATION)
    n = _whole(importance, np.floor(in_use_case), prompts)
    mass, today = np.zeros((2, use_cases, len(ground.models)))
    np.add.at(mass, ground.use_case, traffic[:, None] * share)
    np.add.at(today, ground.use_case, traffic[:, None] * evidence.share())
    strata = []
    for one in np.argsort(-n, kind="stable"):
        if n[one] > 0:
            used = (mass[one] > LEAST_USE * in_use_case[one]) | (today[one] > LEAST_TODAY * in_use_case[one])
            models = tuple(ground.models[m] for m in np.flatnonzero(used))
            part = float(in_use_case[one] / in_use_case.sum())
            strata.append(Stratum(classes.use_cases[one], models, part, float(discordant[one]), int(n[one])))
    return tuple(strata)


def _disagreement(ground: Ground) -> FloatArray:
    """E[(q_a - q_b)²] of two models on one prompt, (classes, models, models): for 0/1 scores, how often they differ."""
    p = np.where(ground.quality.grades.anyone == C, 0.5, ground.quality.anyone.mean(axis=0))
    root = np.sqrt(p * (1.0 - p))
    together = dispersion(ground.evidence.observations(), p) * root[:, :, None] * root[:, None, :]
    own = np.diagonal(together, axis1=1, axis2=2)
    second = (p[:, :, None] - p[:, None, :]) ** 2 + own[:, :, None] + own[:, None, :] - 2.0 * together
    result: FloatArray = np.maximum(second, 0.0)
    return result


def _whole(importance: FloatArray, most: FloatArray, total: int) -> IntArray:
    """Whole numbers in proportion to `importance`, at most `most`, that sum to `total` (largest remainders)."""
    total = int(min(total, most.sum()))
    exact, open_ = np.zeros(len(importance)), (importance > 0) & (most > 0)
    for _ in range(len(importance)):  # what a full use case cannot take goes to the others
        left = total - exact[~open_].sum()
        exact[open_] = divided(left * importance[open_], importance[open_].sum())
        full = open_ & (exact > most)
        if not full.any():
            break
        exact[full], open_ = most[full], open_ & ~full
    whole = np.floor(exact).astype(np.int64)
    remainder = np.where(whole < most, exact - whole, -1.0)
    whole[np.argsort(-remainder, kind="stable")[: total - int(whole.sum())]] += 1
    return whole


def draw_prompts(store: Store, plan: SamplingPlan, scope: Scope, seed: int) -> "pl.DataFrame":
    """The prompts to run, drawn at random from the log with `seed`: one row each, ready to be loaded back once answered.

    Requests that were answered side by side before are left out. `models` names the models to run, with semicolons;
    `prompt` is there if the log kept its texts.
    """
    where, values = scope.where("timestamp")
    found = store.frame(
        f"""WITH wanted AS (SELECT unnest($use_cases) AS stratum, unnest($prompts) AS prompts, unnest($models) AS models),
        eligible AS (SELECT source, request_id, CASE WHEN list_contains($use_cases, coalesce(use_case, '')) THEN coalesce(use_case, '')
            ELSE '(other)' END AS stratum FROM requests
            WHERE is_request AND origin IS NULL AND {where} AND request_id NOT IN (SELECT prompt_id FROM outcomes WHERE prompt_id IS NOT NULL)),
        drawn AS (SELECT source, request_id, stratum, count(*) OVER (PARTITION BY stratum) AS available, row_number() OVER (
            PARTITION BY stratum ORDER BY hash(source || '/' || request_id || '/' || $seed::TEXT), request_id) AS place FROM eligible)
        SELECT request_id AS prompt_id, use_case, complexity, prompt, least(1, prompts / available)::DOUBLE AS inclusion_probability,
            models FROM drawn JOIN wanted USING (stratum) JOIN requests USING (source, request_id)
        WHERE place <= prompts ORDER BY prompt_id""",
        values
        | {
            "use_cases": [one.use_case for one in plan.strata],
            "prompts": [one.prompts for one in plan.strata],
            "models": [";".join(one.models) for one in plan.strata],
            "seed": seed,
        },
    )
    return found if found["prompt"].count() else found.drop("prompt")
