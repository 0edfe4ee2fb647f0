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

from analytics.outcomes.arrays import FloatArray, logistic, logistic_moments, mirrored
from analytics.outcomes.design import LOCAL_CELL_SCALE, LOCAL_CLASS_SCALE, Design
from analytics.outcomes.newton import State, solve, update_scales
from analytics.outcomes.observations import Observations, dispersion, honest_terms

LOCAL_SOURCE_SCALE = 0.5
LEAST_SERVED_ELSEWHERE = 0.05
_MOST_STEPS, _TOLERANCE = 25, 2e-3


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
        effects = mirrored(random.standard_normal((half, len(self.effects))) @ root.T, count)
        noise = mirrored(random.standard_normal((half, classes, models)), count)
        local = np.einsum("gij,dgj->dgi", np.linalg.cholesky(self.local_covariance), noise, optimize=True)
        local -= (effects @ self.local_gain.T).reshape(count, classes, models)
        logits = self.mean_logit() + (effects @ self.design.matrix.T).reshape(local.shape) + local
        if not self.logged_matrix.size:
            return QualityDraws(logistic(logits), logistic(logits))
        source = self.logged_matrix - self.design.matrix
        shift = (effects @ self.logged_matrix.T).reshape(local.shape) + local
        chance = mirrored(random.standard_normal((half, classes, models)), count)
        logged = logits + ((self.effects + effects) @ source.T).reshape(local.shape) + self.logged_local
        logged += chance * np.sqrt(self.logged_variance) - self.logged_gain * shift
        return QualityDraws(logistic(logits), logistic(logged))


def fit_multilevel(design: Design, seen: Observations, offset: FloatArray | None = None) -> Fit:
    """Fit the effects of `design` to the scores; `offset` (classes, models) is a known part of the logit."""
    shape = (design.classes, design.models)
    known = np.zeros(shape) if offset is None else offset
    logged_matrix = _logged_matrix(design, seen)
    state = _start(design, shape)
    local_source_precision = 1.0 / (LOCAL_SOURCE_SCALE * _elsewhere(seen)) ** 2
    steps = 0
    while steps < _MOST_STEPS:
        steps += 1
        logits = known + (design.matrix @ state.effects).reshape(shape) + state.local
        p, spread = logistic_moments(logits, state.variance)
        logged_logits = known + (logged_matrix @ state.effects).reshape(shape) + state.local + state.logged_local
        logged_p, logged_spread = logistic_moments(logged_logits, state.logged_variance)
        correlation = dispersion(seen, p)
        information, gradient = honest_terms(seen, p, spread, correlation)
        own = np.diagonal(correlation)
        weight = seen.logged.n * logged_spread / own
        pull = (seen.logged.total - seen.logged.n * logged_p) / own
        gain = weight / (weight + local_source_precision)
        late = pull - local_source_precision * state.logged_local
        logged_information, logged_gradient = weight * (1.0 - gain), pull - gain * late
        solved = solve(design, logged_matrix, state, information, gradient, logged_information, logged_gradient)
        change_logged = late / (weight + local_source_precision) - gain * (
            (logged_matrix @ solved.effects_step).reshape(shape) + solved.local_step
        )
        damping = min(1.0, 3.0 / max(1e-9, float(np.abs(solved.logit_step).max(initial=0.0))))
        state.effects = state.effects + damping * solved.effects_step
        state.local = state.local + damping * solved.local_step
        state.logged_local = state.logged_local + damping * change_logged
        state.variance = solved.variance
        state.logged_variance = 1.0 / (weight + 1.0 / (solved.variance + 1.0 / local_source_precision))
        moved = update_scales(design, state, solved)
        if damping == 1.0 and np.abs(solved.logit_step).max(initial=0.0) < _TOLERANCE and moved < 10 * _TOLERANCE:
            break
    scales = {group.name: float(np.sqrt(v)) for group, v in zip(design.groups, state.group_variance, strict=True)}
    scales |= {"class": state.class_variance**0.5, "cell": state.cell_variance**0.5}
    return Fit(
        design=design, offset=known, effects=state.effects, local=state.local, logged_local=state.logged_local,
        covariance=solved.covariance, local_gain=solved.local_gain, local_covariance=solved.local_covariance,
        logged_gain=gain, logged_variance=1.0 / (weight + local_source_precision),
        logged_matrix=logged_matrix if _has_sources(design) else np.empty(0),
        scales=scales, dispersion=correlation, steps=steps,
    )  # fmt: skip


def _has_sources(design: Design) -> bool:
    return bool(design.source_start < design.matrix.shape[1])


def _elsewhere(seen: Observations) -> FloatArray:
    share: FloatArray = np.maximum(seen.served_elsewhere, LEAST_SERVED_ELSEWHERE)
    return share


def _logged_matrix(design: Design, seen: Observations) -> FloatArray:
    """The design's rows for logged scores: the source effect of the row's model, times the share served by others."""
    matrix = design.matrix.copy()
    if _has_sources(design):
        rows = np.arange(len(matrix))
        matrix[rows, design.source_start + rows % design.models] = _elsewhere(seen).ravel()
    return matrix


def _start(design: Design, shape: tuple[int, int]) -> State:
    return State(
        effects=np.zeros(design.matrix.shape[1]),
        local=np.zeros(shape),
        logged_local=np.zeros(shape),
        variance=np.zeros(shape),
        logged_variance=np.zeros(shape),
        group_variance=np.array([group.scale**2 for group in design.groups]),
        class_variance=LOCAL_CLASS_SCALE**2,
        cell_variance=LOCAL_CELL_SCALE**2,
    )


def _root(covariance: FloatArray) -> FloatArray:
    jitter = 1e-12 * float(np.diagonal(covariance).max(initial=1e-12))
    return np.asarray(np.linalg.cholesky(covariance + jitter * np.eye(len(covariance))), dtype=np.float64)
