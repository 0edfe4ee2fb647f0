"""Multilevel regression of scores on the logit scale, fast enough to be refitted at every question.

Scores in [0, 1] enter as sums per cell with the quasi-binomial variance. Three kinds of rows share one set of effects:

* *side by side*: several models on the same prompts. Their scores are correlated; the correlation matrix, pooled over
  classes, is part of the weights (generalised estimating equations, Liang & Zeger 1986). So a well-known model's score
  on the same prompts works as a control variate for the others, and differences between models are as exact as pairs are.
* *explored*: the model was chosen at random; independent rows.
* *logged*: somebody chose the model, so a model's logged scores tell of the requests it was given. They enter with
  x[g, m] (source[m] + local[g, m]), where x is the share of the class that *other* models served: a model that served
  the whole class cannot have been given its easy half. The source effects' variance is estimated.

The posterior is approximated by the best normal distribution (Opper & Archambeau 2009): penalised Newton steps whose
residuals and weights are averaged over the current uncertainty of each logit, because the plain mode pulls averages of
small cells outwards. Variances follow MacKay's fixed point with a weak prior.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray, IntArray, logistic, logistic_moments
from analytics.outcomes.design import FIXED, LOCAL_CELL_SCALE, LOCAL_CLASS_SCALE, LOCAL_STRENGTH, Design

LOCAL_SOURCE_SCALE = 0.5
LEAST_SERVED_ELSEWHERE = 0.05
_MOST_STEPS, _TOLERANCE = 25, 2e-3
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


@dataclass(frozen=True)
class QualityDraws:
    """Quality in [0, 1], each (draws, classes, models).

    `anyone`: had the model answered the requests of the class. `as_logged`: on the requests it was in fact given.
    """

    anyone: FloatArray
    as_logged: FloatArray


@dataclass(frozen=True)
class Fit:
    """The normal approximation: effects, class-local deviations, logged deviations, and how they hang together."""

    design: Design
    offset: FloatArray
    effects: FloatArray
    local: FloatArray
    logged_local: FloatArray
    covariance: FloatArray
    local_gain: FloatArray
    local_covariance: FloatArray
    logged_gain: FloatArray
    logged_variance: FloatArray
    logged_matrix: FloatArray
    scales: dict[str, float]
    dispersion: FloatArray
    steps: int

    def mean_logit(self) -> FloatArray:
        """Posterior mean of the logits, (classes, models)."""
        shape = (self.design.classes, self.design.models)
        mean: FloatArray = self.offset + (self.design.matrix @ self.effects).reshape(shape) + self.local
        return mean

    def draws(self, count: int, random: np.random.Generator) -> QualityDraws:
        """`count` joint draws; the second half mirrors the first, which takes the noise out of their mean."""
        classes, models = self.design.classes, self.design.models
        half = (count + 1) // 2
        root = _root(self.covariance)
        effects = _mirrored(random.standard_normal((half, len(self.effects))) @ root.T, count)
        noise = _mirrored(random.standard_normal((half, classes, models)), count)
        local = np.einsum("gij,dgj->dgi", np.linalg.cholesky(self.local_covariance), noise, optimize=True)
        local -= (effects @ self.local_gain.T).reshape(count, classes, models)
        logits = self.mean_logit() + (effects @ self.design.matrix.T).reshape(local.shape) + local
        if not self.logged_matrix.size:
            return QualityDraws(logistic(logits), logistic(logits))
        source = self.logged_matrix - self.design.matrix
        shift = (effects @ self.logged_matrix.T).reshape(local.shape) + local
        chance = _mirrored(random.standard_normal((half, classes, models)), count)
        logged = logits + ((self.effects + effects) @ source.T).reshape(local.shape) + self.logged_local
        logged += chance * np.sqrt(self.logged_variance) - self.logged_gain * shift
        return QualityDraws(logistic(logits), logistic(logged))


@dataclass
class _State:
    """What the Newton steps change."""

    effects: FloatArray
    local: FloatArray
    logged_local: FloatArray
    variance: FloatArray
    logged_variance: FloatArray
    group_variance: FloatArray
    class_variance: float
    cell_variance: float


def fit_multilevel(design: Design, seen: Observations, offset: FloatArray | None = None) -> Fit:
    """Fit the effects of `design` to the scores; `offset` (classes, models) is a known part of the logit."""
    shape = (design.classes, design.models)
    known = np.zeros(shape) if offset is None else offset
    logged_matrix = _logged_matrix(design, seen)
    state = _start(design, shape)
    local_source_precision = 1.0 / (LOCAL_SOURCE_SCALE * _elsewhere(seen)) ** 2
    for step in range(1, _MOST_STEPS + 1):
        logits = known + (design.matrix @ state.effects).reshape(shape) + state.local
        p, spread = logistic_moments(logits, state.variance)
        logged_logits = known + (logged_matrix @ state.effects).reshape(shape) + state.local + state.logged_local
        logged_p, logged_spread = logistic_moments(logged_logits, state.logged_variance)
        correlation = _dispersion(seen, p)
        information, gradient = _honest_terms(seen, p, spread, correlation)
        own = np.diagonal(correlation)
        weight = seen.logged.n * logged_spread / own
        pull = (seen.logged.total - seen.logged.n * logged_p) / own
        gain = weight / (weight + local_source_precision)
        late = pull - local_source_precision * state.logged_local
        logged_information, logged_gradient = weight * (1.0 - gain), pull - gain * late
        solved = _solve(design, logged_matrix, state, information, gradient, logged_information, logged_gradient)
        change_logged = late / (weight + local_source_precision) - gain * (
            (logged_matrix @ solved.effects_step).reshape(shape) + solved.local_step
        )
        damping = min(1.0, 3.0 / max(1e-9, float(np.abs(solved.logit_step).max(initial=0.0))))
        state.effects = state.effects + damping * solved.effects_step
        state.local = state.local + damping * solved.local_step
        state.logged_local = state.logged_local + damping * change_logged
        state.variance = solved.variance
        state.logged_variance = 1.0 / (weight + 1.0 / (solved.variance + 1.0 / local_source_precision))
        moved = _update_scales(design, state, solved)
        if damping == 1.0 and np.abs(solved.logit_step).max(initial=0.0) < _TOLERANCE and moved < 10 * _TOLERANCE:
            break
    scales = {group.name: float(np.sqrt(v)) for group, v in zip(design.groups, state.group_variance, strict=True)}
    scales |= {"class": state.class_variance**0.5, "cell": state.cell_variance**0.5}
    return Fit(
        design=design, offset=known, effects=state.effects, local=state.local, logged_local=state.logged_local,
        covariance=solved.covariance, local_gain=solved.local_gain, local_covariance=solved.local_covariance,
        logged_gain=gain, logged_variance=1.0 / (weight + local_source_precision),
        logged_matrix=logged_matrix if _has_sources(design) else np.empty(0),
        scales=scales, dispersion=correlation, steps=step,
    )  # fmt: skip


def _has_sources(design: Design) -> bool:
    return design.source_start < design.matrix.shape[1]


def _elsewhere(seen: Observations) -> FloatArray:
    return np.maximum(seen.served_elsewhere, LEAST_SERVED_ELSEWHERE)


def _logged_matrix(design: Design, seen: Observations) -> FloatArray:
    """The design's rows for logged scores: the source effect of the row's model, times the share served by others."""
    matrix = design.matrix.copy()
    if _has_sources(design):
        rows = np.arange(len(matrix))
        matrix[rows, design.source_start + rows % design.models] = _elsewhere(seen).ravel()
    return matrix


def _start(design: Design, shape: tuple[int, int]) -> _State:
    return _State(
        effects=np.zeros(design.matrix.shape[1]),
        local=np.zeros(shape),
        logged_local=np.zeros(shape),
        variance=np.zeros(shape),
        logged_variance=np.zeros(shape),
        group_variance=np.array([group.scale**2 for group in design.groups]),
        class_variance=LOCAL_CLASS_SCALE**2,
        cell_variance=LOCAL_CELL_SCALE**2,
    )


def _dispersion(seen: Observations, p: FloatArray) -> FloatArray:
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
    pairs = all(np.allclose(np.diagonal(group.products, axis1=1, axis2=2), group.totals) for group in seen.pairs)
    return pairs and all(np.allclose(scores.squares, scores.total) for scores in (seen.explored, seen.logged))


def _honest_terms(
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


@dataclass(frozen=True)
class _Solved:
    effects_step: FloatArray
    local_step: FloatArray
    logit_step: FloatArray
    covariance: FloatArray
    local_gain: FloatArray
    local_covariance: FloatArray
    variance: FloatArray
    class_square: float
    class_information: float
    cell_square: float
    cell_information: float


def _solve(
    design: Design,
    logged_matrix: FloatArray,
    state: _State,
    information: FloatArray,
    gradient: FloatArray,
    logged_information: FloatArray,
    logged_gradient: FloatArray,
) -> _Solved:
    """One Newton step: class-local deviations are eliminated (Schur complement), then the shared effects solved."""
    classes, models = gradient.shape
    matrix = design.matrix
    prior = np.repeat(1.0 / state.group_variance, [group.stop - group.start for group in design.groups])
    along, across = 1.0 / (state.cell_variance + models * state.class_variance), 1.0 / state.cell_variance
    local_prior = across * np.eye(models) + (along - across) / models
    weighted = (information @ matrix.reshape(classes, models, -1)).reshape(matrix.shape)
    logged_weighted = logged_information.reshape(-1, 1) * logged_matrix
    coupling = weighted + logged_weighted
    total = information + local_prior
    diagonal = np.arange(models)
    total[:, diagonal, diagonal] += logged_information
    local_covariance = np.linalg.inv(total)
    local_covariance = 0.5 * (local_covariance + local_covariance.transpose(0, 2, 1))
    local_gain = (local_covariance @ coupling.reshape(classes, models, -1)).reshape(matrix.shape)
    local_gradient = gradient + logged_gradient - state.local @ local_prior
    hessian = matrix.T @ weighted + logged_matrix.T @ logged_weighted - coupling.T @ local_gain
    hessian = 0.5 * (hessian + hessian.T)
    hessian[np.diag_indices_from(hessian)] += prior
    effects_gradient = matrix.T @ gradient.ravel() + logged_matrix.T @ logged_gradient.ravel() - prior * state.effects
    effects_gradient -= local_gain.T @ local_gradient.ravel()
    covariance = np.linalg.inv(hessian)
    covariance = 0.5 * (covariance + covariance.T)
    effects_step = covariance @ effects_gradient
    local_step = (local_covariance @ local_gradient[:, :, None])[:, :, 0]
    local_step = local_step - (local_gain @ effects_step).reshape(classes, models)
    reach = matrix - local_gain
    own = local_covariance[:, diagonal, diagonal]
    variance = ((reach @ covariance) * reach).sum(axis=1).reshape(classes, models) + own
    spread = ((local_gain @ covariance) * local_gain).sum(axis=1).reshape(classes, models) + own
    summed_gain = local_gain.reshape(classes, models, -1).sum(axis=1)
    summed = ((summed_gain @ covariance) * summed_gain).sum(axis=1) + local_covariance.sum(axis=(1, 2))
    new_local = state.local + local_step
    class_square = float((new_local.sum(axis=1) ** 2).sum() / models)
    class_rest = float(summed.sum() / models)
    return _Solved(
        effects_step, local_step, (matrix @ effects_step).reshape(classes, models) + local_step,
        covariance, local_gain, local_covariance, variance,
        class_square=class_square, class_information=classes - class_rest * along,
        cell_square=float((new_local**2).sum()) - class_square,
        cell_information=classes * (models - 1) - (float(spread.sum()) - class_rest) * across,
    )  # fmt: skip


def _update_scales(design: Design, state: _State, solved: _Solved) -> float:
    """New variances (MacKay 1992, eq. 2.20, with a scaled inverse chi-square prior); the largest change of a log."""
    before = np.log(np.append(state.group_variance, [state.class_variance, state.cell_variance]))
    own = np.diagonal(solved.covariance)
    for index, group in enumerate(design.groups):
        if group.strength == FIXED:
            continue
        part = slice(group.start, group.stop)
        known = max(0.0, group.stop - group.start - float(own[part].sum()) / state.group_variance[index])
        square = float((state.effects[part] ** 2).sum())
        state.group_variance[index] = _scale(square, known, group.scale, group.strength)
    models = design.models
    cell = state.cell_variance
    if models > 1:
        cell = _scale(solved.cell_square, max(0.0, solved.cell_information), LOCAL_CELL_SCALE, LOCAL_STRENGTH)
    prior_along = (LOCAL_CELL_SCALE**2 + models * LOCAL_CLASS_SCALE**2) ** 0.5
    along = _scale(solved.class_square, max(0.0, solved.class_information), prior_along, LOCAL_STRENGTH)
    state.cell_variance = cell
    state.class_variance = max(1e-4, (along - cell) / models)
    after = np.log(np.append(state.group_variance, [state.class_variance, state.cell_variance]))
    return float(np.abs(after - before).max())


def _scale(square: float, known: float, scale: float, strength: float) -> float:
    return (strength * scale**2 + square) / (strength + known)


def _root(covariance: FloatArray) -> FloatArray:
    jitter = 1e-12 * float(np.diagonal(covariance).max(initial=1e-12))
    result: FloatArray = np.linalg.cholesky(covariance + jitter * np.eye(len(covariance)))
    return result


def _mirrored(half: FloatArray, count: int) -> FloatArray:
    result: FloatArray = np.concatenate([half, -half])[:count]
    return result
