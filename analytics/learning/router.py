"""The router: for every model the probability that its answer to a request will be good.

One logistic regression per model on what is known before the answer, calibrated (Platt 1999) on predictions for requests
it had not seen. A score between 0 and 1 counts as that share of a good answer.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.learning.features import Asked, Features
from analytics.outcomes.arrays import FloatArray, logistic

LEAST_SCORES = 30
PENALTY = 0.3  # inverse strength; chosen on MMLU among 0.05 ... 3
_STEPS = 200


@dataclass(frozen=True)
class Router:
    """Fitted regressions, one per model; a model with fewer than 30 scores has its mean and no opinion."""

    models: tuple[str, ...]
    features: Features
    weights: FloatArray
    intercepts: FloatArray

    def predict(self, asked: Asked) -> FloatArray:
        """Predicted quality, (requests, models)."""
        logits = self.features.transform(asked) @ self.weights.T + self.intercepts
        return logistic(np.asarray(logits))


def fit_router(models: tuple[str, ...], asked: Asked, quality: FloatArray, importance: FloatArray) -> Router:
    """Fit to `quality` (requests, models), NaN where a model was not scored, weighed by `importance` (requests,)."""
    features = Features()
    matrix = features.fit(asked)
    fitted = [_regress(matrix, quality[:, m], importance) for m in range(len(models))]
    return Router(models, features, np.array([one[0] for one in fitted]), np.array([one[1] for one in fitted]))


@dataclass(frozen=True)
class Calibration:
    """Platt's map of predictions: logistic(slope logit + shift), per model, (models,)."""

    slope: FloatArray
    shift: FloatArray

    def apply(self, predicted: FloatArray) -> FloatArray:
        """Calibrated predictions, (requests, models)."""
        return logistic(self.slope * _logit(predicted) + self.shift)


def fit_calibration(predicted: FloatArray, quality: FloatArray, importance: FloatArray) -> Calibration:
    """From predictions for requests that the router had not seen, (requests, models)."""
    from scipy import sparse

    models = predicted.shape[1]
    slope, shift = np.ones(models), np.zeros(models)
    for model in range(models):
        known = np.isfinite(quality[:, model]) & np.isfinite(predicted[:, model])
        logit = _logit(predicted[known, model])
        if known.sum() >= LEAST_SCORES and logit.std() > 0:
            weights, level = _regress(
                sparse.csr_matrix(logit[:, None]), quality[known, model], importance[known], 100.0
            )
            slope[model], shift[model] = max(0.0, float(weights[0])), level
    return Calibration(slope, shift)


def _logit(share: FloatArray) -> FloatArray:
    inside = np.clip(share, 1e-4, 1 - 1e-4)
    result: FloatArray = np.log(inside / (1.0 - inside))
    return result


def _regress(
    matrix: Any, quality: FloatArray, importance: FloatArray, penalty: float = PENALTY
) -> tuple[FloatArray, float]:
    """Weights and intercept of a logistic regression on scores in [0, 1]: each counts as a good and a bad answer."""
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    rows = np.flatnonzero(np.isfinite(quality) & (importance > 0))
    target, weight = quality[rows], importance[rows]
    mean = float(np.average(target, weights=weight)) if len(rows) else 0.5
    if len(rows) < LEAST_SCORES or mean in (0.0, 1.0):
        inside = min(max(mean, 0.5 / (len(rows) + 1)), 1 - 0.5 / (len(rows) + 1))
        return np.zeros(matrix.shape[1]), float(np.log(inside / (1 - inside)))
    chosen = matrix[rows]
    if set(np.unique(target)) <= {0.0, 1.0}:
        both, label, weights = chosen, target, weight
    else:
        both = sparse.vstack([chosen, chosen]).tocsr()
        label = np.repeat([1.0, 0.0], len(rows))
        weights = np.concatenate([weight * target, weight * (1.0 - target)])
    weights = weights * len(rows) / weight.sum()
    fitted = LogisticRegression(C=penalty, max_iter=_STEPS).fit(both, label, sample_weight=weights)
    return fitted.coef_[0], float(fitted.intercept_[0])
