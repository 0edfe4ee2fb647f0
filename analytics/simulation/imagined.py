"""Side-by-side answers that nobody has run yet, as the outcome model expects them to turn out.

Projecting again with them tells how wide the interval will be: a preposterior analysis (Raiffa & Schlaifer 1961). Their
scores are as uncertain and hang together as much as those of the evidence.
"""

import math
from collections.abc import Sequence

import numpy as np

from analytics.outcomes import PairTable
from analytics.outcomes.arrays import BoolArray, FloatArray
from analytics.outcomes.observations import dispersion
from analytics.simulation.ground import Ground
from analytics.simulation.inputs import Inputs

# A use case, the models to run on its prompts, how many prompts, and its share of the traffic.
Asked = tuple[str, tuple[str, ...], int, float]


def imagine(inputs: Inputs, ground: Ground, asked: Sequence[Asked], seed: int) -> PairTable:
    """The side-by-side answers there are, and below them the imagined ones."""
    random = np.random.default_rng([seed, 71])
    models = tuple(sorted({*inputs.pairs.models, *(model for one in asked for model in one[1])}))
    columns = np.array([ground.models.index(model) for model in models])
    rows, weight, wanted = [], [], []
    for use_case, run, prompts, traffic in asked:
        here = np.flatnonzero(ground.use_case[ground.group] == ground.evidence.classes.use_cases.index(use_case))
        requests = ground.traffic.requests[here]
        rows.append(random.choice(here, prompts, p=requests / requests.sum()))
        weight.append(np.full(prompts, traffic / prompts))
        wanted.append(np.tile(np.isin(models, run), (prompts, 1)))
    strata, weights, known = np.concatenate(rows), np.concatenate(weight), np.concatenate(wanted)
    mean = ground.quality.anyone.mean(axis=0)
    covariance = dispersion(ground.evidence.observations(), mean)[np.ix_(columns, columns)]
    quality = np.where(known, _answers(mean[ground.group[strata]][:, columns], covariance, random), np.nan)
    old, count, nothing = _wide(inputs.pairs, models), len(weights), np.full_like(quality, np.nan)
    judge = np.where(known, _judged(old, quality, random), np.nan)
    new = PairTable(
        models, np.array([f"imagined {number}" for number in range(count)]), ground.traffic.use_case[strata],
        ground.traffic.tenth[strata], np.arange(count) % 2, weights / weights.mean(), quality, judge, *(nothing,) * 3,
    )  # fmt: skip
    columns_of = [name for name in PairTable.__dataclass_fields__ if name != "models"]
    return PairTable(models, *(np.concatenate([getattr(old, name), getattr(new, name)]) for name in columns_of))


def _wide(old: PairTable, models: tuple[str, ...]) -> PairTable:
    """The same answers with columns for more models."""
    at = [models.index(model) for model in old.models]

    def spread(table: FloatArray) -> FloatArray:
        wide = np.full((len(old.weight), len(models)), np.nan)
        if at:
            wide[:, at] = table
        return wide

    tables = (old.quality, old.judge, old.input_tokens, old.output_tokens, old.latency_ms)
    return PairTable(
        models, old.prompt_id, old.use_case, old.tenth, old.half, old.weight, *(spread(table) for table in tables)
    )


def _answers(p: FloatArray, covariance: FloatArray, random: np.random.Generator) -> FloatArray:
    """Scores with mean `p` (prompts, models) that hang together as the evidence does; 0 or 1 where the evidence is."""
    deviation = np.sqrt(np.diagonal(covariance))
    related = covariance / deviation[:, None] / deviation[None, :]
    latent = random.standard_normal(p.shape) @ np.linalg.cholesky(related).T
    if np.allclose(deviation, 1.0):
        uniform = 0.5 * (1.0 + np.vectorize(math.erf)(latent / math.sqrt(2.0)))
        return np.where(uniform < p, 1.0, 0.0)
    result: FloatArray = np.clip(p + np.sqrt(p * (1.0 - p)) * deviation * latent, 0.0, 1.0)
    return result


def _judged(old: PairTable, quality: FloatArray, random: np.random.Generator) -> FloatArray:
    """Judge scores as the same model's right and wrong answers had them; NaN where none were judged."""
    judge = np.full_like(quality, np.nan)
    for m in range(quality.shape[1]):
        for right in (True, False):
            seen: BoolArray = np.isfinite(old.judge[:, m]) & ((old.quality[:, m] >= 0.999) == right)
            rows = (quality[:, m] >= 0.999) == right
            if seen.any() and rows.any():
                judge[rows, m] = random.choice(old.judge[seen, m], int(rows.sum()))
    return judge
