"""Scores as the regression takes them: sums per cell, how much they vary, and how they hang together."""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray, IntArray

_DISPERSION_PRIOR_ROWS = 20.0


@dataclass(frozen=True)
class Scores:
    """Sums of independent scores, each (classes, models): rows (effective), Σq, Σq²."""

    n: FloatArray
    total: FloatArray
    squares: FloatArray

    @staticmethod
    def none(classes: int, models: int) -> "Scores":
        empty = np.zeros((classes, models))
        return Scores(empty, empty, empty)


@dataclass(frozen=True)
class PairSums:
    """Sums over prompts answered by exactly the models `members`: for each of `classes`, n, Σq (k, members), Σqq'."""

    members: IntArray
    classes: IntArray
    n: FloatArray
    totals: FloatArray
    products: FloatArray


@dataclass(frozen=True)
class Observations:
    """All scores of one metric. `served_elsewhere` (classes, models): share of the class that other models served."""

    pairs: tuple[PairSums, ...]
    explored: Scores
    logged: Scores
    served_elsewhere: FloatArray


def dispersion(seen: Observations, p: FloatArray) -> FloatArray:
    """Covariance of standardised scores of the models on one prompt, (models, models); 0/1 scores have diagonal 1.

    From deviations within classes, pooled over classes, so that it does not depend on how well the logits fit. A model
    with few rows keeps the common dispersion and little correlation.
    """
    models = p.shape[1]
    root = np.sqrt(np.maximum(p * (1.0 - p), 1e-4))
    crossed, rows = np.zeros((models, models)), np.zeros((models, models))
    for group in seen.pairs:
        standard = root[np.ix_(group.classes, group.members)]
        n = np.maximum(group.n, 1e-9)
        inner = group.products - group.totals[:, :, None] * group.totals[:, None, :] / n[:, None, None]
        block = np.ix_(group.members, group.members)
        crossed[block] += (inner / (standard[:, :, None] * standard[:, None, :])).sum(axis=0)
        rows[block] += np.maximum(group.n - 1.0, 0.0).sum()
    paired_own = np.maximum(np.diagonal(crossed), 1e-9)
    own, own_rows = np.diagonal(crossed).copy(), np.diagonal(rows).copy()
    for scores in (seen.explored, seen.logged):
        inner = scores.squares - scores.total**2 / np.maximum(scores.n, 1e-9)
        own += (inner / root**2).sum(axis=0)
        own_rows = own_rows + np.maximum(scores.n - 1.0, 0.0).sum(axis=0)
    prior = _DISPERSION_PRIOR_ROWS
    common = (own.sum() + 1.0) / (own_rows.sum() + 1.0)
    diagonal = np.ones(models) if _binary(seen) else np.clip((own + prior * common) / (own_rows + prior), 0.01, 1.0)
    related = crossed / np.sqrt(paired_own[:, None] * paired_own[None, :]) * rows / (rows + prior)
    np.fill_diagonal(related, 1.0)
    values, vectors = np.linalg.eigh(np.clip(related, -1.0, 1.0))
    related = (vectors * np.maximum(values, 0.03)) @ vectors.T
    result: FloatArray = related * np.sqrt(diagonal[:, None] * diagonal[None, :])
    return result


def _binary(seen: Observations) -> bool:
    """Whether all scores are 0 or 1: then Σq² = Σq and the variance is known."""
    pairs = all(bool(np.allclose(np.diagonal(group.products, axis1=1, axis2=2), group.totals)) for group in seen.pairs)
    return pairs and all(bool(np.allclose(scores.squares, scores.total)) for scores in (seen.explored, seen.logged))


def honest_terms(
    seen: Observations, p: FloatArray, spread: FloatArray, correlation: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Information (classes, models, models) and gradient (classes, models) of side-by-side and explored scores."""
    classes, models = p.shape
    own = np.diagonal(correlation)
    information = np.zeros((classes, models, models))
    diagonal = np.arange(models)
    information[:, diagonal, diagonal] = seen.explored.n * spread / own
    gradient = (seen.explored.total - seen.explored.n * p) / own
    for group in seen.pairs:
        at = np.ix_(group.classes, group.members)
        root = np.sqrt(np.maximum(spread[at], 1e-6))
        inverse = np.linalg.inv(correlation[np.ix_(group.members, group.members)])
        residual = (group.totals - group.n[:, None] * p[at]) / root
        gradient[at] += root * (residual @ inverse)
        block = group.n[:, None, None] * root[:, :, None] * inverse * root[:, None, :]
        information[group.classes[:, None, None], group.members[:, None], group.members] += block
    return information, gradient
