"""Multilevel regression of scores on the logit scale, fast enough to be refitted at every question.

Scores in [0, 1] enter as sums per cell with the quasi-binomial variance. Three kinds of rows share one set of effects:

* *side by side*: several models on the same prompts. Their scores are correlated; the correlation matrix, pooled over
  classes, is part of the weights (generalised estimating equations, Liang & Zeger 1986). So a well-known model's score
  on the same prompts works as a control variate for the others, and differences between models are as exact as pairs are.
* *explored*: the model was chosen at random; independent rows.
* *logged*: somebody chose the model, so a model's logged scores tell of the requests it was given. They enter with
  x[g, m] (source[m] + local[g, m]). A model that served the whole class cannot have been given its easy half, so x is 0
  there; it grows with the share that *other* models served and is 1 from a tenth on. (Growing further, it would follow the
  difficulty of classes that is routed by, and explain it away.) The source effects' variance is estimated.

The posterior is approximated by the best normal distribution (Opper & Archambeau 2009): penalised Newton steps whose
residuals and weights are averaged over the current uncertainty of each logit, because the plain mode pulls averages of
small cells outwards. Variances follow MacKay's fixed point with a weak prior.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray, logistic, logistic_moments, mirrored
from analytics.outcomes.design import BY_CLASS, BY_USE_CASE, Design
from analytics.outcomes.newton import Posterior, Spread, State, logit_variance, solve, update_scales
from analytics.outcomes.observations import Observations, dispersion, honest_terms

LOCAL_SOURCE_SCALE = 0.3
FULLY_MIXED, LEAST_MIXED = 0.1, 0.05
_MOST_STEPS, _TOLERANCE, _LONGEST_STEP = 25, 2e-3, 3.0


@dataclass(frozen=True)
class QualityDraws:
    """Quality in [0, 1], each (draws, classes, models).

    `anyone`: had the model answered the requests of the class. `as_logged`: on the requests it was in fact given.
    """

    anyone: FloatArray
    as_logged: FloatArray


@dataclass(frozen=True)
class Fit:
    """The fitted regression. `scales` are standard deviations of the effects in logits, by name."""

    design: Design
    logged_matrix: FloatArray
    offset: FloatArray
    state: State
    posterior: Posterior
    logged_gain: FloatArray
    logged_precision: FloatArray
    scales: dict[str, float]
    dispersion: FloatArray
    steps: int

    def mean_logit(self) -> FloatArray:
        """Posterior mean of the logits, (classes, models)."""
        return _logits(self.design, self.offset, self.state)

    def draws(self, count: int, random: np.random.Generator) -> QualityDraws:
        """`count` joint draws; the second half mirrors the first, which takes the noise out of their mean."""
        design, posterior = self.design, self.posterior

        def noise(*shape: int) -> FloatArray:
            return mirrored(random.standard_normal(((count + 1) // 2, *shape)), count)

        effects = noise(len(self.state.effects)) @ _root(posterior.covariance).T
        nested = _spread_out(noise(design.use_cases, design.models), posterior.use_case_covariance)
        nested -= _times(effects, posterior.use_case_gain)
        of_class = nested[:, design.use_case]
        local = _spread_out(noise(design.classes, design.models), posterior.class_covariance)
        local -= _times(effects, posterior.class_gain)
        local -= np.einsum("gij,dgj->dgi", posterior.class_use_case_gain, of_class, optimize=True)
        local += of_class
        logits = self.mean_logit() + _times(effects, design.matrix) + local
        if not _has_sources(design):
            quality = logistic(logits)
            return QualityDraws(quality, quality)
        source = self.logged_matrix - design.matrix
        logged = logits + _times(self.state.effects + effects, source) + self.state.logged_local
        logged -= self.logged_gain * (_times(effects, self.logged_matrix) + local)
        logged += noise(design.classes, design.models) / np.sqrt(self.logged_precision)
        return QualityDraws(logistic(logits), logistic(logged))


def fit_multilevel(design: Design, seen: Observations, offset: FloatArray | None = None) -> Fit:
    """Fit the effects of `design` to the scores; `offset` (classes, models) is a known part of the logit."""
    shape = (design.classes, design.models)
    known = np.zeros(shape) if offset is None else offset
    elsewhere = np.clip(seen.served_elsewhere / FULLY_MIXED, LEAST_MIXED, 1.0)
    logged_matrix = _logged_matrix(design, elsewhere)
    source = logged_matrix - design.matrix
    local_precision = 1.0 / (LOCAL_SOURCE_SCALE * elsewhere) ** 2
    state, steps = _start(design), 0
    while True:
        steps += 1
        logits = _logits(design, known, state)
        p, spread = logistic_moments(logits, state.variance)
        logged_logits = logits + source @ state.effects + state.logged_local
        logged_p, logged_spread = logistic_moments(logged_logits, state.logged_variance)
        correlation = dispersion(seen, p)
        information, gradient = honest_terms(seen, p, spread, correlation)
        own = np.diagonal(correlation)
        weight = seen.logged.n * logged_spread / own
        gain = weight / (weight + local_precision)
        late = (seen.logged.total - seen.logged.n * logged_p) / own - local_precision * state.logged_local
        logged_gradient = late + local_precision * state.logged_local - gain * late
        step = solve(design, logged_matrix, state, information, gradient, weight * (1.0 - gain), logged_gradient)
        longest = float(np.abs(step.logits).max(initial=0.0))
        damping = min(1.0, _LONGEST_STEP / max(1e-9, longest))
        change = late / (weight + local_precision) - gain * (step.logits + source @ step.effects)
        state.effects = state.effects + damping * step.effects
        state.by_use_case = state.by_use_case + damping * step.by_use_case
        state.by_class = state.by_class + damping * step.by_class
        state.logged_local = state.logged_local + damping * change
        state.variance = logit_variance(design, step.posterior)
        state.logged_variance = 1.0 / (weight + 1.0 / (state.variance + 1.0 / local_precision))
        moved = update_scales(design, state, step.posterior)
        if steps == _MOST_STEPS or (longest < _TOLERANCE and moved < 10 * _TOLERANCE):
            break
    return Fit(
        design, logged_matrix, known, state, step.posterior, gain, weight + local_precision, _scales(design, state),
        correlation, steps,
    )  # fmt: skip


def _logits(design: Design, offset: FloatArray, state: State) -> FloatArray:
    logits: FloatArray = offset + design.matrix @ state.effects + state.by_use_case[design.use_case] + state.by_class
    return logits


def _has_sources(design: Design) -> bool:
    return bool(design.source_start < design.matrix.shape[2])


def _logged_matrix(design: Design, elsewhere: FloatArray) -> FloatArray:
    """The design's rows for logged scores: the source effect of the row's model, times how mixed the class is."""
    matrix = design.matrix.copy()
    if _has_sources(design):
        models = np.arange(design.models)
        matrix[:, models, design.source_start + models] = elsewhere
    return matrix


def _start(design: Design) -> State:
    shape = (design.classes, design.models)
    return State(
        effects=np.zeros(design.matrix.shape[2]),
        by_use_case=np.zeros((design.use_cases, design.models)),
        by_class=np.zeros(shape),
        logged_local=np.zeros(shape),
        variance=np.zeros(shape),
        logged_variance=np.zeros(shape),
        group_variance=np.array([group.scale**2 for group in design.groups]),
        use_case_spread=Spread(BY_USE_CASE.common**2, BY_USE_CASE.own**2),
        class_spread=Spread(BY_CLASS.common**2, BY_CLASS.own**2),
    )


def _scales(design: Design, state: State) -> dict[str, float]:
    scales = {group.name: float(v**0.5) for group, v in zip(design.groups, state.group_variance, strict=True)}
    scales |= {"use case": state.use_case_spread.common**0.5, "model x use case": state.use_case_spread.own**0.5}
    return scales | {"class": state.class_spread.common**0.5, "cell": state.class_spread.own**0.5}


def _times(effects: FloatArray, matrix: FloatArray) -> FloatArray:
    """(draws, blocks, models) of matrix (blocks, models, columns) times each draw of the effects."""
    flat = matrix.reshape(-1, matrix.shape[2])
    product: FloatArray = (effects @ flat.T).reshape(*effects.shape[:-1], *matrix.shape[:2])
    return product


def _spread_out(noise: FloatArray, covariance: FloatArray) -> FloatArray:
    """Standard normal noise (draws, blocks, models) with the blocks' covariances."""
    result: FloatArray = np.einsum("gij,dgj->dgi", np.linalg.cholesky(covariance), noise, optimize=True)
    return result


def _root(covariance: FloatArray) -> FloatArray:
    jitter = 1e-12 * float(np.diagonal(covariance).max(initial=1e-12))
    return np.asarray(np.linalg.cholesky(covariance + jitter * np.eye(len(covariance))), dtype=np.float64)
