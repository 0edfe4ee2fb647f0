"""Array types and the logistic function, with its mean over a normal distribution."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
StrArray = NDArray[np.str_]

_nodes, _weights = np.polynomial.hermite_e.hermegauss(7)
_weights = _weights / _weights.sum()


def logistic(logit: FloatArray) -> FloatArray:
    """1 / (1 + exp(-logit)), without overflow."""
    result: FloatArray = 0.5 * (1.0 + np.tanh(0.5 * logit))
    return result


def logit(share: FloatArray) -> FloatArray:
    """ln(share / (1 - share)) of shares kept within [0.001, 0.999]."""
    inside = np.clip(share, 0.001, 0.999)
    result: FloatArray = np.log(inside / (1.0 - inside))
    return result


def logistic_moments(mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """E[p] and E[p(1-p)] of p = logistic(x), x ~ N(mean, variance), by 7-node Gauss-Hermite quadrature."""
    values = logistic(mean[..., None] + np.sqrt(variance)[..., None] * _nodes)
    expected: FloatArray = values @ _weights
    spread: FloatArray = (values * (1.0 - values)) @ _weights
    return expected, spread


def floats(column: NDArray[Any]) -> FloatArray:
    """A query's column as floats, NaN where it is masked (NULL).

    Queries on the way of a simulation write NaN themselves: the first masked array of a process costs 30 ms of imports.
    """
    mask = getattr(column, "mask", None)
    values = np.array(column, dtype=np.float64, copy=True)
    if mask is not None:
        values[np.broadcast_to(mask, values.shape)] = np.nan
    return values


def texts(column: NDArray[Any]) -> StrArray:
    """A query's text column, which the query has freed of NULLs."""
    return np.asarray(column).astype(np.str_)


def integers(column: NDArray[Any]) -> IntArray:
    """A query's column of whole numbers without NULLs."""
    return np.asarray(column).astype(np.int64)


def cell_sums(shape: tuple[int, int], rows: IntArray, columns: IntArray, values: FloatArray) -> FloatArray:
    """Sums of `values` by (row, column)."""
    flat = np.bincount(rows * shape[1] + columns, weights=values, minlength=shape[0] * shape[1])
    result: FloatArray = flat.astype(np.float64).reshape(shape)
    return result


def group_sums(group: IntArray, values: FloatArray, groups: int) -> FloatArray:
    """Sums of `values` by `group`, (groups,)."""
    return np.asarray(np.bincount(group, weights=values, minlength=groups), dtype=np.float64)


def divided(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """numerator / denominator, 0 where the denominator is not positive; shapes are broadcast."""
    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    result: FloatArray = np.divide(numerator, denominator, out=np.zeros(shape), where=denominator > 0)
    return result


def named_noise(seed: int, stream: int, name: str, count: int, columns: int) -> FloatArray:
    """Mirrored standard normal draws (count, columns) that depend on a model's name, not on which others are there."""
    random = np.random.default_rng([seed, stream, *name.encode()])
    return mirrored(random.standard_normal(((count + 1) // 2, columns)), count)


def mirrored(half: FloatArray, count: int) -> FloatArray:
    """`count` draws: the given ones and then their negatives, so that their mean is free of noise."""
    result: FloatArray = np.concatenate([half, -half])[:count]
    return result
