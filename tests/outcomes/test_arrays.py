import numpy as np
import pytest

from analytics.outcomes.arrays import cell_sums, divided, floats, logistic, logistic_moments, logit, mirrored


def test_logistic_and_logit_are_inverse() -> None:
    x = np.array([-3.0, 0.0, 2.5])
    assert logit(logistic(x)) == pytest.approx(x)
    assert logistic(np.array([-800.0, 800.0])) == pytest.approx([0.0, 1.0])


def test_logistic_moments_agree_with_a_large_sample() -> None:
    mean, variance = np.array([-1.0, 2.0]), np.array([0.5, 1.5])
    sample = logistic(mean + np.sqrt(variance) * np.random.default_rng(1).standard_normal((400_000, 2)))
    expected, spread = logistic_moments(mean, variance)
    assert expected == pytest.approx(sample.mean(axis=0), abs=0.002)
    assert spread == pytest.approx((sample * (1 - sample)).mean(axis=0), abs=0.002)


def test_small_helpers() -> None:
    assert divided(np.array([1.0, 5.0]), np.array([0.0, 2.0])).tolist() == [0.0, 2.5]
    assert mirrored(np.array([1.0, 2.0]), 3).tolist() == [1.0, 2.0, -1.0]
    assert np.isnan(floats(np.ma.array([1, 2], mask=[False, True]))).tolist() == [False, True]
    sums = cell_sums((2, 2), np.array([0, 1, 1]), np.array([1, 0, 0]), np.array([1.0, 2.0, 3.0]))
    assert sums.tolist() == [[0.0, 1.0], [5.0, 0.0]]
