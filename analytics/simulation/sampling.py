"""How much a month's means owe to which requests happened to be in the log.

Every projected mean is a sum over requests of (constant, input tokens, output tokens, latency) times coefficients of the
request's stratum. The strata's second moments then give the covariance of all means of all architectures at once
(compound Poisson given the number of requests), without resampling a row.
"""

import numpy as np

from analytics.outcomes.arrays import FloatArray, mirrored
from analytics.simulation.traffic import Traffic


def stratum_moments(traffic: Traffic) -> FloatArray:
    """Sums of products of (1, input, output, latency ms) over the requests of each stratum, (strata, 4, 4)."""
    timed = np.maximum(traffic.latency_n, 1.0)
    n, mean = traffic.requests, traffic.latency_ms / timed
    up = n / timed
    moments = np.empty((len(n), 4, 4))
    moments[:, 0] = np.stack([n, traffic.input_tokens, traffic.output_tokens, n * mean], axis=1)
    moments[:, 1, 1:] = np.stack([traffic.input_squares, traffic.input_output, up * traffic.latency_input], axis=1)
    moments[:, 2, 2:] = np.stack([traffic.output_squares, up * traffic.latency_output], axis=1)
    moments[:, 3, 3] = up * traffic.latency_squares
    lower = np.tril_indices(4, -1)
    moments[:, lower[0], lower[1]] = moments[:, lower[1], lower[0]]
    return moments


def sampling_covariance(coefficients: FloatArray, moments: FloatArray) -> FloatArray:
    """Covariance of the means per request of functionals with `coefficients` (functionals, strata, 4)."""
    n = float(moments[:, 0, 0].sum())
    functionals = len(coefficients)
    if n < 2:
        return np.zeros((functionals, functionals))
    weighted = np.einsum("fsi,sij->fsj", coefficients, moments, optimize=True)
    second = weighted.reshape(functionals, -1) @ coefficients.reshape(functionals, -1).T
    mean = weighted[:, :, 0].sum(axis=1) / n
    covariance: FloatArray = (second - n * np.outer(mean, mean)) / (n * (n - 1.0))
    return covariance


def sampling_draws(covariance: FloatArray, draws: int, seed: int) -> FloatArray:
    """Normal draws with this covariance, (draws, functionals), mirrored; a functional's draws never depend on later ones."""
    root = _lower_root(covariance)
    half = (draws + 1) // 2
    columns = [np.random.default_rng([seed, 41, index]).standard_normal(half) for index in range(len(covariance))]
    noise = np.stack(columns, axis=1) @ root.T if columns else np.zeros((half, 0))
    return mirrored(noise, draws)


def _lower_root(covariance: FloatArray) -> FloatArray:
    """Cholesky's factor of a positive semi-definite matrix: a row that adds nothing gets a zero diagonal."""
    size = len(covariance)
    root = np.zeros((size, size))
    for row in range(size):
        for column in range(row):
            rest = covariance[row, column] - root[row, :column] @ root[column, :column]
            root[row, column] = rest / root[column, column] if root[column, column] > 0 else 0.0
        left = covariance[row, row] - root[row, :row] @ root[row, :row]
        root[row, row] = np.sqrt(left) if left > 1e-12 * covariance[row, row] else 0.0
    return root
