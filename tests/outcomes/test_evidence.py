"""Evidence laid out by class and model, and its grades, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from analytics.outcomes import Evidence, ScoreTable, build_classes, gather, grade_cells
from analytics.outcomes.evidence import Prompts, effective_rows, thinned
from analytics.outcomes.grades import A, B, C
from analytics.outcomes.observations import Scores
from analytics.outcomes.tables import PairTable


def prompts(group: list[int], weight: list[float], quality: list[list[float]]) -> Prompts:
    table = np.array(quality)
    return Prompts(np.array([str(n) for n in range(len(group))]), np.array(group), np.array(weight), *[table] * 5)


def evidence(asked: Prompts, use_cases: tuple[str, ...] = ("chat", "code"), **more: object) -> Evidence:
    classes = build_classes([(np.array(use_cases), np.full(len(use_cases), 3))])
    shape = (len(use_cases), asked.quality.shape[1])
    models = tuple(f"model {n}" for n in range(shape[1]))
    plain = Evidence(classes, models, "quality", np.ones(shape), Scores.none(*shape), Scores.none(*shape), asked)
    return replace(plain, **more)


def none_asked(models: int) -> Prompts:
    table = np.empty((0, models))
    return Prompts(np.empty(0, dtype=str), np.empty(0, dtype=np.int64), np.empty(0), *[table] * 5)


def test_unequal_weights_are_worth_fewer_rows() -> None:
    known = np.array([[True, True], [True, False], [True, True]])
    found = effective_rows(known, np.array([1.0, 1.0, 2.0]), np.array([0, 0, 1]), 3)
    assert found == pytest.approx(np.array([[2.0, 1.0], [1.0, 1.0], [0.0, 0.0]]))
    found = effective_rows(known, np.array([1.0, 3.0, 2.0]), np.array([0, 0, 0]), 1)
    assert found == pytest.approx(np.array([[36 / 14, 9 / 5]]))


def test_prompts_are_summed_by_the_set_of_models_that_answered() -> None:
    nan = np.nan
    asked = prompts([0, 0, 1], [1.0, 3.0, 1.0], [[1.0, 0.5, nan], [0.5, 1.0, nan], [nan, nan, 0.25]])
    both, alone = evidence(asked).observations().pairs
    assert (both.members.tolist(), both.classes.tolist()) == ([0, 1], [0])
    assert (alone.members.tolist(), alone.classes.tolist()) == ([2], [1])
    # Weights 1 and 3 are worth 16 / 10 = 1.6 rows; sums of w are scaled by 1.6 / 4.
    assert both.n == pytest.approx([1.6])
    assert both.totals == pytest.approx(0.4 * np.array([[1.0 + 1.5, 0.5 + 3.0]]))
    assert both.products[0] == pytest.approx(0.4 * np.array([[1 + 0.75, 0.5 + 1.5], [0.5 + 1.5, 0.25 + 3.0]]))
    assert (alone.n.tolist(), alone.totals.tolist(), alone.products.tolist()) == ([1.0], [[0.25]], [[[0.0625]]])


def test_too_many_sets_are_taken_apart_into_models() -> None:
    sets = np.arange(1, 128)
    quality = np.where(sets[:, None] >> np.arange(7) & 1, 1.0, np.nan)
    found = evidence(prompts([0] * 127, [1.0] * 127, quality.tolist())).observations().pairs
    assert [one.members.tolist() for one in found] == [[model] for model in range(7)]
    assert [one.n.tolist() for one in found] == [[64.0]] * 7


def test_scores_are_laid_out_by_kind() -> None:
    """Answers chosen at random count Σ1/p squared over Σ1/p², with their weighted mean."""
    table = ScoreTable(
        np.array(["quality", "quality", "other"]), np.array([True, False, False]), np.array(["b", "a", "a"]),
        np.array(["code", "chat", "chat"]), np.array([3, 3, 3]), np.array([10.0, 20.0, 99.0]), np.array([6.0, 15.0, 99.0]),
        np.array([5.0, 14.0, 99.0]), np.array([40.0, 0.0, 0.0]), np.array([30.0, 0.0, 0.0]), np.array([200.0, 0.0, 0.0]),
    )  # fmt: skip
    none, whole, text, wide = np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=str), np.empty((0, 0))
    pairs = PairTable((), text, text, whole, whole, none, *[wide] * 5)
    classes = build_classes([(table.use_case, table.tenth)])
    found = gather(classes, ("a", "b"), "quality", np.ones((2, 2)), table, pairs)
    assert found.logged.n.tolist() == [[20.0, 0.0], [0.0, 0.0]]
    assert (found.logged.total[0, 0], found.logged.squares[0, 0]) == (15.0, 14.0)
    assert found.explored.n.tolist() == [[0.0, 0.0], [0.0, 40.0**2 / 200.0]]
    assert (found.explored.total[1, 1], found.explored.squares[1, 1]) == pytest.approx((8 * 0.75, 8 * 0.5))


def test_halves_of_a_log_are_binomial_with_the_spread_of_subsamples() -> None:
    whole = Scores(*(np.full((1, 20_000), value) for value in (100.0, 50.0, 30.0)))
    first, second = thinned(whole, np.random.default_rng(2))
    assert (first.n.mean(), first.n.std()) == pytest.approx((50, 5), rel=0.03)
    assert first.total + second.total == pytest.approx(whole.total)
    # The variance of a score is 0.3 - 0.25; of 50 drawn from 100, a mean's is 0.05 x 50 x 50 / 100 of the sum.
    assert (first.total - first.n * 0.5).std() == pytest.approx((0.05 * 25) ** 0.5, rel=0.03)
    assert first.squares == pytest.approx(first.n * 0.3)
    sure = thinned(Scores(*(np.full((1, 500), value) for value in (10.0, 10.0, 10.0))), np.random.default_rng(3))[0]
    assert (sure.total == sure.n).all()
    assert (sure.squares == sure.total).all()


def test_a_logged_model_needs_two_percent_of_its_class() -> None:
    requests = np.array([[970.0, 30.0, 0.0], [10_000.0, 150.0, 1.0]])
    n = np.array([[900.0, 40.0, 0.0], [900.0, 400.0, 40.0]])
    found = grade_cells(evidence(none_asked(3), requests=requests, logged=Scores(n, n, n)))
    assert found.anyone.tolist() == [[B, B, C], [B, C, C]]
    assert found.as_logged.tolist() == [[B, B, C], [B, B, B]]
    assert found.anyone_observed.tolist() == [[True, True, False], [True, False, False]]
    assert found.as_logged_observed.tolist() == [[True, True, False], [True, True, True]]


def test_prompts_without_a_use_case_are_a_sample_of_all_traffic() -> None:
    requests = np.array([[0.0, 0.0], [500.0, 0.0]])
    thirty = evidence(prompts([0] * 30, [1.0] * 30, [[1.0, np.nan]] * 30), ("", "chat"), requests=requests)
    assert grade_cells(thirty).anyone.tolist() == [[A, C], [A, C]]
    less = evidence(prompts([0] * 29, [1.0] * 29, [[1.0, np.nan]] * 29), ("", "chat"), requests=requests)
    assert grade_cells(less).anyone.tolist() == [[C, C], [C, C]]
