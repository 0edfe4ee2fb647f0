"""One Newton step of the multilevel regression, and the variances it implies.

The effects nested in classes are eliminated class by class, then those of use cases (Schur complements), so that only the
shared effects are solved as one system: 500 classes x 8 models are 4,000 cells but about 100 shared effects.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray
from analytics.outcomes.design import BY_CLASS, BY_USE_CASE, FIXED, Design, Nested


@dataclass
class Spread:
    """Variances of a nested effect: what all models share (`common`) and what each has for itself (`own`)."""

    common: float
    own: float

    def along(self, models: int) -> float:
        """Variance of the models' sum over the square root of their number."""
        return self.own + models * self.common

    def precision(self, models: int) -> FloatArray:
        """Inverse of own I + common 11', (models, models)."""
        along, across = 1.0 / self.along(models), 1.0 / self.own
        return across * np.eye(models) + (along - across) / models


@dataclass
class State:
    """What the Newton steps change: effects, deviations by use case, by class and of logged scores, and variances."""

    effects: FloatArray
    by_use_case: FloatArray
    by_class: FloatArray
    logged_local: FloatArray
    variance: FloatArray
    logged_variance: FloatArray
    group_variance: FloatArray
    use_case_spread: Spread
    class_spread: Spread


@dataclass(frozen=True)
class Posterior:
    """The normal approximation as a chain: effects; use cases given effects; classes given both.

    covariance (columns, columns) of the effects. use_case_gain (use cases, models, columns) and use_case_covariance:
    mean and covariance of -deviation given a step of the effects. class_gain, class_use_case_gain (classes, models, models)
    and class_covariance likewise.
    """

    covariance: FloatArray
    use_case_gain: FloatArray
    use_case_covariance: FloatArray
    class_gain: FloatArray
    class_use_case_gain: FloatArray
    class_covariance: FloatArray


@dataclass(frozen=True)
class Step:
    """A Newton step and the posterior around it."""

    effects: FloatArray
    by_use_case: FloatArray
    by_class: FloatArray
    logits: FloatArray
    posterior: Posterior


def solve(
    design: Design,
    logged_matrix: FloatArray,
    state: State,
    information: FloatArray,
    gradient: FloatArray,
    logged_information: FloatArray,
    logged_gradient: FloatArray,
) -> Step:
    """One step. `information` (classes, models, models) and `gradient` are of honest scores, the others of logged ones."""
    models, matrix, use_case = design.models, design.matrix, design.use_case
    diagonal = np.arange(models)
    total = information.copy()
    total[:, diagonal, diagonal] += logged_information
    pull = gradient + logged_gradient
    weighted, logged_weighted = information @ matrix, logged_information[:, :, None] * logged_matrix
    coupling = weighted + logged_weighted
    prior = np.repeat(1.0 / state.group_variance, [group.stop - group.start for group in design.groups])
    class_precision = state.class_spread.precision(models)
    class_covariance = _inverse(total + class_precision)
    class_gain, use_gain = class_covariance @ coupling, class_covariance @ total
    class_pull = pull - state.by_class @ class_precision
    hessian = _crossed(matrix, weighted) + _crossed(logged_matrix, logged_weighted) - _crossed(coupling, class_gain)
    effects_pull = _crossed(matrix, gradient) + _crossed(logged_matrix, logged_gradient) - prior * state.effects
    effects_pull -= _crossed(class_gain, class_pull)

    use_case_precision = state.use_case_spread.precision(models)
    use_coupling = _summed(coupling - total @ class_gain, design)
    use_case_covariance = _inverse(_summed(total - total @ use_gain, design) + use_case_precision)
    use_pull = _summed(pull - np.einsum("gij,gi->gj", use_gain, class_pull), design)
    use_pull -= state.by_use_case @ use_case_precision
    use_case_gain = use_case_covariance @ use_coupling
    hessian -= _crossed(use_coupling, use_case_gain)
    effects_pull -= _crossed(use_case_gain, use_pull)

    hessian[np.diag_indices_from(hessian)] += prior
    covariance = _inverse(hessian)
    effects = covariance @ effects_pull
    by_use_case = np.einsum("uij,uj->ui", use_case_covariance, use_pull) - use_case_gain @ effects
    by_class = np.einsum("gij,gj->gi", class_covariance, class_pull) - class_gain @ effects
    by_class -= np.einsum("gij,gj->gi", use_gain, by_use_case[use_case])
    posterior = Posterior(covariance, use_case_gain, use_case_covariance, class_gain, use_gain, class_covariance)
    return Step(effects, by_use_case, by_class, matrix @ effects + by_use_case[use_case] + by_class, posterior)


def logit_variance(design: Design, posterior: Posterior) -> FloatArray:
    """Posterior variance of every cell's logit, (classes, models)."""
    inner = np.eye(design.models) - posterior.class_use_case_gain
    reach = design.matrix - posterior.class_gain - inner @ posterior.use_case_gain[design.use_case]
    return _variance(reach, inner, posterior, design)


def update_scales(design: Design, state: State, posterior: Posterior) -> float:
    """New variances (MacKay 1992, eq. 2.20, with a scaled inverse chi-square prior); the largest change of a log."""
    before = _logs(state)
    own = np.diagonal(posterior.covariance)
    for index, group in enumerate(design.groups):
        if group.strength != FIXED:
            part = slice(group.start, group.stop)
            known = group.stop - group.start - float(own[part].sum()) / state.group_variance[index]
            square = float((state.effects[part] ** 2).sum())
            state.group_variance[index] = _scale(square, known, group.scale**2, group.strength)
    gain = posterior.use_case_gain
    spread = _variances(gain, posterior.covariance, posterior.use_case_covariance)
    state.use_case_spread = _updated(state.use_case_spread, BY_USE_CASE, state.by_use_case, *spread)
    inner = posterior.class_use_case_gain
    local = posterior.class_covariance + inner @ posterior.use_case_covariance[design.use_case] @ inner.transpose(
        0, 2, 1
    )
    gain = posterior.class_gain - inner @ gain[design.use_case]
    state.class_spread = _updated(
        state.class_spread, BY_CLASS, state.by_class, *_variances(gain, posterior.covariance, local)
    )
    return float(np.abs(_logs(state) - before).max())


def _logs(state: State) -> FloatArray:
    spreads = [value for spread in (state.use_case_spread, state.class_spread) for value in (spread.common, spread.own)]
    result: FloatArray = np.log(np.append(state.group_variance, spreads))
    return result


def _variances(gain: FloatArray, covariance: FloatArray, local: FloatArray) -> tuple[float, float]:
    """Σ of the variances of the models' sums, and Σ of the models' own variances, over all blocks."""
    own = float(((gain @ covariance) * gain).sum()) + float(np.einsum("gii->", local))
    summed = gain.sum(axis=1)
    return float(((summed @ covariance) * summed).sum() + local.sum()), own


def _updated(spread: Spread, prior: Nested, deviation: FloatArray, summed: float, own: float) -> Spread:
    blocks, models = deviation.shape
    along_square = float((deviation.sum(axis=1) ** 2).sum()) / models
    own_square = float((deviation**2).sum()) - along_square
    along_known = blocks - summed / models / spread.along(models)
    own_known = blocks * (models - 1) - (own - summed / models) / spread.own
    new_own = _scale(own_square, own_known, prior.own**2, prior.strength) if models > 1 else spread.own
    expected = prior.own**2 + models * prior.common**2
    new_along = _scale(along_square, along_known, expected, prior.strength)
    return Spread(max(1e-4, (new_along - new_own) / models), new_own)


def _scale(square: float, known: float, expected: float, strength: float) -> float:
    return (strength * expected + square) / (strength + max(0.0, known))


def _variance(reach: FloatArray, inner: FloatArray, posterior: Posterior, design: Design) -> FloatArray:
    own = np.einsum("gii->gi", posterior.class_covariance)
    use_case = ((inner @ posterior.use_case_covariance[design.use_case]) * inner).sum(axis=2)
    result: FloatArray = ((reach @ posterior.covariance) * reach).sum(axis=2) + use_case + own
    return result


def _crossed(left: FloatArray, right: FloatArray) -> FloatArray:
    """left' right, over all cells: (columns, columns), or (columns,) when `right` has one value per cell."""
    flat = left.reshape(-1, left.shape[-1])
    result: FloatArray = flat.T @ right.reshape(len(flat), *right.shape[left.ndim - 1 :])
    return result


def _summed(values: FloatArray, design: Design) -> FloatArray:
    """Sums over the classes of each use case."""
    total = np.zeros((design.use_cases, *values.shape[1:]))
    np.add.at(total, design.use_case, values)
    return total


def _inverse(matrix: FloatArray) -> FloatArray:
    inverse = np.linalg.inv(matrix)
    return np.asarray(0.5 * (inverse + np.swapaxes(inverse, -1, -2)), dtype=np.float64)
