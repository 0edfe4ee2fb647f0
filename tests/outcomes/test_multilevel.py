"""The regression against closed forms and simulated truths."""

import numpy as np
import pytest

from analytics.outcomes.design import build_design
from analytics.outcomes.multilevel import QualityDraws, fit_multilevel
from analytics.outcomes.observations import Observations, PairSums, Scores, dispersion


def scores(n: np.ndarray, total: np.ndarray, squares: np.ndarray | None = None) -> Scores:
    return Scores(n.astype(float), total.astype(float), (total if squares is None else squares).astype(float))


def pair_sums(group: np.ndarray, answers: np.ndarray, classes: int) -> PairSums:
    n = np.bincount(group, minlength=classes).astype(float)
    totals, products = np.zeros((classes, answers.shape[1])), np.zeros((classes, answers.shape[1], answers.shape[1]))
    np.add.at(totals, group, answers)
    np.add.at(products, group, answers[:, :, None] * answers[:, None, :])
    seen = np.flatnonzero(n)
    return PairSums(np.arange(answers.shape[1]), seen, n[seen], totals[seen], products[seen])


def fit_draws(use_case: list[int], band: list[int], models: int, seen: Observations, draws: int = 2000) -> QualityDraws:
    design = build_design(np.array(use_case), np.array(band), max(band) + 1, models)
    return fit_multilevel(design, seen).draws(draws, np.random.default_rng(1))


def test_one_class_one_model_is_the_plain_proportion() -> None:
    seen = Observations((), scores(np.array([[400]]), np.array([[300]])), Scores.none(1, 1), np.zeros((1, 1)))
    q = fit_draws([0], [0], 1, seen).anyone[:, 0, 0]
    assert q.mean() == pytest.approx(0.75, abs=0.01)
    assert q.std() == pytest.approx((0.75 * 0.25 / 400) ** 0.5, rel=0.1)


def test_separation_stays_finite_and_below_one() -> None:
    n = np.full((4, 2), 40.0)
    seen = Observations((), scores(n, n), Scores.none(4, 2), np.zeros((4, 2)))
    q = fit_draws([0, 0, 1, 1], [0, 1, 0, 1], 2, seen).anyone
    assert np.isfinite(q).all()
    assert 0.96 < q.mean() < 1.0
    assert np.quantile(q, 0.025) < 0.99  # 320 right of 320: the rule of three says 0.991


def test_no_scores_at_all_leave_the_prior() -> None:
    seen = Observations((), Scores.none(2, 2), Scores.none(2, 2), np.zeros((2, 2)))
    q = fit_draws([0, 1], [0, 0], 2, seen).anyone
    assert np.quantile(q, 0.025) < 0.05
    assert np.quantile(q, 0.975) > 0.95


def test_a_small_cell_borrows_from_its_neighbours_and_a_large_one_does_not() -> None:
    n = np.array([[2.0], [2000.0], [2000.0], [2000.0]])
    total = n * np.array([[0.0], [0.9], [0.9], [0.6]])
    seen = Observations((), scores(n, total), Scores.none(4, 1), np.zeros((4, 1)))
    q = fit_draws([0, 1, 2, 3], [0, 0, 0, 0], 1, seen).anyone.mean(axis=0)[:, 0]
    assert q[0] > 0.3
    assert q[3] == pytest.approx(0.6, abs=0.02)


def test_fractional_scores_have_their_own_dispersion() -> None:
    random = np.random.default_rng(3)
    values = random.beta(20, 5, 600)
    sums = scores(np.array([[600.0]]), np.array([[values.sum()]]), np.array([[(values**2).sum()]]))
    seen = Observations((), sums, Scores.none(1, 1), np.zeros((1, 1)))
    q = fit_draws([0], [0], 1, seen).anyone[:, 0, 0]
    assert q.mean() == pytest.approx(values.mean(), abs=0.005)
    assert q.std() == pytest.approx(values.std() / 600**0.5, rel=0.25)


def test_logged_scores_between_0_and_1_are_as_sharp_as_they_are() -> None:
    values = np.random.default_rng(3).beta(20, 5, 600)
    sums = scores(np.array([[600.0]]), np.array([[values.sum()]]), np.array([[(values**2).sum()]]))
    q = fit_draws([0], [0], 1, Observations((), Scores.none(1, 1), sums, np.zeros((1, 1)))).anyone[:, 0, 0]
    assert q.mean() == pytest.approx(values.mean(), abs=0.005)
    # Beside the scores' own doubt the two source effects', 0.05 x (0.3 and 0.5) logits, at a slope of 0.8 x 0.2.
    sources = 0.8 * 0.2 * 0.05 * np.hypot(0.3, 0.5)
    assert q.std() == pytest.approx(np.hypot(values.std() / 600**0.5, sources), rel=0.1)


def correlated_answers(random: np.random.Generator, n: int) -> np.ndarray:
    """0/1 answers of a strong (80%) and a weak model (68%) with the joint table of MMLU."""
    joint = random.choice(4, n, p=[0.6278, 0.1778, 0.0528, 0.1416])
    return np.stack([joint <= 1, (joint == 0) | (joint == 2)], axis=1).astype(float)


def test_dispersion_finds_the_correlation_on_the_same_prompt() -> None:
    answers = correlated_answers(np.random.default_rng(5), 20_000)
    group = np.zeros(len(answers), dtype=np.int64)
    seen = Observations((pair_sums(group, answers, 1),), Scores.none(1, 2), Scores.none(1, 2), np.zeros((1, 2)))
    found = dispersion(seen, answers.mean(axis=0)[None, :])
    assert found[0, 1] == pytest.approx(np.corrcoef(answers.T)[0, 1], abs=0.01)
    assert np.diagonal(found) == pytest.approx(1.0)


def test_the_log_of_one_model_works_as_a_control_variate_for_the_other() -> None:
    random = np.random.default_rng(8)
    log, pairs = correlated_answers(random, 20_000), correlated_answers(random, 500)
    group = np.zeros(500, dtype=np.int64)
    logged = scores(np.array([[20_000, 0]]), np.array([[log[:, 0].sum(), 0]]))
    side_by_side = (pair_sums(group, pairs, 1),)
    both = Observations(side_by_side, Scores.none(1, 2), logged, np.array([[0.0, 1.0]]))
    alone = Observations(side_by_side, Scores.none(1, 2), Scores.none(1, 2), np.array([[0.0, 1.0]]))
    with_log, without = (fit_draws([0], [0], 2, seen).anyone[:, 0, 1] for seen in (both, alone))
    slope = np.cov(pairs.T)[0, 1] / pairs[:, 0].var()
    closed_form = pairs[:, 1].mean() - slope * (pairs[:, 0].mean() - log[:, 0].mean())
    assert with_log.mean() == pytest.approx(closed_form, abs=0.008)
    assert with_log.std() < 0.96 * without.std()


def test_a_confounded_log_does_not_drown_honest_pairs() -> None:
    """The weak model was logged on easy requests only (95% right); on all requests it has 60%."""
    random = np.random.default_rng(9)
    pairs = (random.random((200, 1)) < 0.6).astype(float)
    logged = scores(np.array([[50_000]]), np.array([[47_500]]))
    group = np.zeros(200, dtype=np.int64)
    seen = Observations((pair_sums(group, pairs, 1),), Scores.none(1, 1), logged, np.array([[0.6]]))
    drawn = fit_draws([0], [0], 1, seen)
    assert drawn.anyone.mean() == pytest.approx(pairs.mean(), abs=0.03)
    assert drawn.as_logged.mean() == pytest.approx(0.95, abs=0.005)


def test_a_model_that_served_the_whole_class_cannot_be_confounded() -> None:
    logged = scores(np.array([[5000]]), np.array([[4500]]))
    seen = Observations((), Scores.none(1, 1), logged, np.array([[0.0]]))
    q = fit_draws([0], [0], 1, seen).anyone
    assert q.mean() == pytest.approx(0.9, abs=0.01)
    assert q.std() < 0.02


def test_intervals_cover_the_truth_of_simulated_policies() -> None:
    """60 replays of 6 use cases x 4 bands x 3 models with 1,200 pairs: the mean over classes is covered."""
    random = np.random.default_rng(11)
    use_case, band = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    covered, replays = 0, 60
    design = build_design(use_case, band, 4, 3)
    for _ in range(replays):
        logits = 1.5 + random.normal(0, 0.8, (6, 1))[use_case] + random.normal(0, 0.5, (6, 3))[use_case]
        truth = 1 / (1 + np.exp(-(logits - 0.4 * band[:, None])))
        group = random.integers(0, 24, 1200)
        answers = (random.random((1200, 3)) < truth[group]).astype(float)
        seen = Observations((pair_sums(group, answers, 24),), Scores.none(24, 3), Scores.none(24, 3), np.ones((24, 3)))
        mean = fit_multilevel(design, seen).draws(400, random).anyone[:, :, 1].mean(axis=1)
        low, high = np.percentile(mean, [2.5, 97.5])
        covered += bool(low <= truth[:, 1].mean() <= high)
    assert covered >= 0.88 * replays
