"""One Newton step of the multilevel regression, and the variances it implies.

Effects local to a class are eliminated class by class (Schur complement), so that only the shared effects are solved as
one system: 500 classes x 8 models are 4,000 cells but only about 600 shared effects.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray
from analytics.outcomes.design import FIXED, LOCAL_CELL_SCALE, LOCAL_CLASS_SCALE, LOCAL_STRENGTH, Design


@dataclass
class State:
    """What the Newton steps change."""

    effects: FloatArray
    local: FloatArray
    logged_local: FloatArray
    variance: FloatArray
    logged_variance: FloatArray
    group_variance: FloatArray
    class_variance: float
    cell_variance: float


@dataclass(frozen=True)
class Solved:
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


def solve(
    design: Design,
    logged_matrix: FloatArray,
    state: State,
    information: FloatArray,
    gradient: FloatArray,
    logged_information: FloatArray,
    logged_gradient: FloatArray,
) -> Solved:
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
    return Solved(
        effects_step, local_step, (matrix @ effects_step).reshape(classes, models) + local_step,
        covariance, local_gain, local_covariance, variance,
        class_square=class_square, class_information=classes - class_rest * along,
        cell_square=float((new_local**2).sum()) - class_square,
        cell_information=classes * (models - 1) - (float(spread.sum()) - class_rest) * across,
    )  # fmt: skip


def update_scales(design: Design, state: State, solved: Solved) -> float:
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
