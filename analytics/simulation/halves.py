"""One half of the evidence to choose by, the other to judge by: what is tuned on some scores is praised by others."""

from dataclasses import replace

import numpy as np

from analytics.outcomes import PairTable, ScoreTable
from analytics.outcomes.arrays import FloatArray, divided
from analytics.outcomes.evidence import thinned
from analytics.outcomes.observations import Scores
from analytics.simulation.inputs import Inputs


def split_evidence(inputs: Inputs, seed: int) -> tuple[Inputs, Inputs]:
    """Inputs with the same traffic and two evidences that share no prompt: pairs by a hash, sums of the log thinned."""
    scores = inputs.scores
    first, second = thinned(Scores(scores.n, scores.quality, scores.quality_squares), np.random.default_rng([seed, 63]))
    key = inputs.evidence_key
    keys = [None if key is None else (*key, "half", half, seed) for half in (0, 1)]
    return (
        replace(inputs, scores=_part(scores, first), pairs=_half(inputs.pairs, 0), evidence_key=keys[0]),
        replace(inputs, scores=_part(scores, second), pairs=_half(inputs.pairs, 1), evidence_key=keys[1]),
    )


def _part(scores: ScoreTable, part: Scores) -> ScoreTable:
    share = divided(part.n, scores.n)
    weight = scores.inverse_propensity * share
    ratio: FloatArray = np.where(
        scores.quality > 0, divided(divided(part.total, part.n), divided(scores.quality, scores.n)), 1.0
    )
    return replace(
        scores, n=part.n, quality=part.total, quality_squares=part.squares, inverse_propensity=weight,
        weighted_quality=scores.weighted_quality * share * ratio,
        inverse_propensity_squares=scores.inverse_propensity_squares * share,
    )  # fmt: skip


def _half(pairs: PairTable, half: int) -> PairTable:
    """Scores of one half only; sizes and times of all answers stay, because nothing is praised by them."""
    other = (pairs.half != half)[:, None]
    return replace(pairs, quality=np.where(other, np.nan, pairs.quality), judge=np.where(other, np.nan, pairs.judge))
