"""Broken scorers are found, hard use cases and weak models are not accused."""

import numpy as np

from analytics.outcomes.health import find_suspicious

NAMES = tuple(f"case {number}" for number in range(12))


def sums(shares: np.ndarray, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    counts = np.full(shares.shape, float(n))
    return counts, np.round(shares * n)


def healthy() -> np.ndarray:
    random = np.random.default_rng(4)
    level = np.linspace(-0.5, 2.0, 12)[:, None] + np.array([0.8, 0.0, -1.5])
    return 1 / (1 + np.exp(-(level + random.normal(0, 0.3, (12, 3)))))


def test_hard_use_cases_and_weak_models_raise_no_alarm() -> None:
    assert find_suspicious(NAMES, ("a", "b", "c"), *sums(healthy())) == []


def test_a_broken_scorer_is_named_once_with_what_would_fit() -> None:
    shares = healthy()
    shares[7, 0] = 0.03
    found = find_suspicious(NAMES, ("a", "b", "c"), *sums(shares))
    assert [(cell.model, cell.use_case, cell.n) for cell in found] == [("a", "case 7", 200)]
    assert found[0].mean == 0.03
    assert 0.7 < found[0].expected < 0.97
    assert "a has 3% on case 7" in found[0].sentence


def test_two_models_are_enough_and_the_one_off_its_own_level_is_named() -> None:
    shares = healthy()[:, :2]
    shares[3, 1] = 0.01
    assert [cell.model for cell in find_suspicious(NAMES, ("a", "b"), *sums(shares))] == ["b"]


def test_few_scores_and_single_models_are_left_alone() -> None:
    assert find_suspicious(NAMES, ("a",), *sums(healthy()[:, :1])) == []
    shares = healthy()
    shares[7, 0] = 0.0
    assert find_suspicious(NAMES, ("a", "b", "c"), *sums(shares, n=20)) == []


def test_almost_nothing_right_is_strange_even_if_no_other_model_was_scored() -> None:
    names, n = ("a", "b", "c", "d"), np.array([[100.0], [100.0], [100.0], [20.0]])
    found = find_suspicious(names, ("only",), n, np.array([[90.0], [85.0], [3.0], [0.0]]))
    assert [(cell.use_case, cell.mean) for cell in found] == [("c", 0.03)]
    assert find_suspicious(names, ("only",), n, np.array([[90.0], [85.0], [20.0], [0.0]])) == []
