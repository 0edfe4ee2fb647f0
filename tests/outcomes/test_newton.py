"""The step by Schur complements against one dense system of all effects, and its variances by hand."""

import numpy as np
import pytest

from analytics.outcomes.arrays import logit
from analytics.outcomes.design import Design, Nested, build_design
from analytics.outcomes.multilevel import fit_multilevel
from analytics.outcomes.newton import Spread, State, Step, _scale, _updated, logit_variance, solve
from analytics.outcomes.observations import Observations, Scores, dispersion, honest_terms
from tests.outcomes.test_multilevel import pair_sums, scores

DESIGN = build_design(np.array([0, 0, 1]), np.array([0, 1, 1]), 2, 2)
RANDOM = np.random.default_rng(6)
LOGGED = DESIGN.matrix + 0.3 * (np.arange(DESIGN.matrix.shape[2]) >= DESIGN.source_start)


def state() -> State:
    columns = DESIGN.matrix.shape[2]
    return State(
        RANDOM.normal(size=columns), RANDOM.normal(size=(2, 2)), RANDOM.normal(size=(3, 2)), np.zeros((3, 2)),
        np.zeros((3, 2)), np.zeros((3, 2)), RANDOM.uniform(0.3, 2.0, len(DESIGN.groups)), Spread(0.8, 0.3), Spread(0.2, 0.1),
    )  # fmt: skip


def rows(matrix: np.ndarray, design: Design) -> np.ndarray:
    """One row per cell over all effects: the shared columns, then use cases, then classes, (cells, all effects)."""
    cells = np.arange(design.classes * design.models)
    group, model = cells // design.models, cells % design.models
    nested = np.zeros((len(cells), (design.use_cases + design.classes) * design.models))
    nested[cells, design.use_case[group] * design.models + model] = 1.0
    nested[cells, design.use_cases * design.models + cells] = 1.0
    return np.hstack([matrix.reshape(len(cells), -1), nested])


def blocks(block: np.ndarray) -> np.ndarray:
    """Block-diagonal, from (blocks, n, n)."""
    size = block.shape[1]
    whole = np.zeros((len(block) * size,) * 2)
    for number, one in enumerate(block):
        whole[number * size : (number + 1) * size, number * size : (number + 1) * size] = one
    return whole


def dense_and_step() -> tuple[np.ndarray, np.ndarray, Step]:
    """Covariance and step of the dense system, and what `solve` says."""
    now, root = state(), RANDOM.normal(size=(3, 2, 2))
    information, gradient = root @ root.transpose(0, 2, 1), RANDOM.normal(size=(3, 2))
    logged_information, logged_gradient = RANDOM.uniform(0.5, 3.0, (3, 2)), RANDOM.normal(size=(3, 2))
    step = solve(DESIGN, LOGGED, now, information, gradient, logged_information, logged_gradient)
    honest, logged = rows(DESIGN.matrix, DESIGN), rows(LOGGED, DESIGN)
    shared = np.diag([1 / v for v, group in zip(now.group_variance, DESIGN.groups, strict=True) for _ in range(group.stop - group.start)])  # fmt: skip
    nested = [
        np.linalg.inv(spread.own * np.eye(2) + spread.common) for spread in (now.use_case_spread, now.class_spread)
    ]
    priors = [shared, *[nested[0]] * 2, *[nested[1]] * 3]
    prior = np.zeros((honest.shape[1],) * 2)
    at = 0
    for one in priors:
        prior[at : at + len(one), at : at + len(one)] = one
        at += len(one)
    hessian = honest.T @ blocks(information) @ honest + logged.T @ np.diag(logged_information.ravel()) @ logged + prior
    effects = np.concatenate([now.effects, now.by_use_case.ravel(), now.by_class.ravel()])
    pull = honest.T @ gradient.ravel() + logged.T @ logged_gradient.ravel() - prior @ effects
    return np.linalg.inv(hessian), np.linalg.solve(hessian, pull), step


def test_the_step_is_that_of_the_dense_system() -> None:
    _, dense, step = dense_and_step()
    found = np.concatenate([step.effects, step.by_use_case.ravel(), step.by_class.ravel()])
    assert found == pytest.approx(dense, rel=1e-8, abs=1e-10)
    assert step.logits.ravel() == pytest.approx(rows(DESIGN.matrix, DESIGN) @ dense, rel=1e-8, abs=1e-10)


def test_the_variance_of_a_logit_is_that_of_the_dense_system() -> None:
    covariance, _, step = dense_and_step()
    honest = rows(DESIGN.matrix, DESIGN)
    expected = np.einsum("ci,ij,cj->c", honest, covariance, honest)
    assert logit_variance(DESIGN, step.posterior).ravel() == pytest.approx(expected, rel=1e-8)
    columns = DESIGN.matrix.shape[2]
    assert step.posterior.covariance == pytest.approx(covariance[:columns, :columns], rel=1e-7, abs=1e-10)


def test_draws_have_the_posteriors_mean_and_variance() -> None:
    n = np.array([[90.0, 40.0], [70.0, 5.0], [60.0, 30.0]])
    honest, logged = scores(n, n * [[0.7, 0.5]]), scores(2 * n, 2 * n * [[0.8, 0.6]])
    fit = fit_multilevel(DESIGN, Observations((), honest, logged, np.full((3, 2), 0.5)))
    drawn = logit(fit.draws(20_000, np.random.default_rng(3)).anyone)
    assert drawn.mean(axis=0) == pytest.approx(fit.mean_logit(), abs=0.01)
    assert drawn.var(axis=0) == pytest.approx(logit_variance(DESIGN, fit.posterior), rel=0.05)
    assert fit.scales == pytest.approx(
        {group.name: v**0.5 for group, v in zip(DESIGN.groups, fit.state.group_variance, strict=True)}
        | {"use case": fit.state.use_case_spread.common**0.5, "model x use case": fit.state.use_case_spread.own**0.5}
        | {"class": fit.state.class_spread.common**0.5, "cell": fit.state.class_spread.own**0.5}
    )


def test_variances_of_nested_effects_by_hand() -> None:
    # Two blocks of two models with sums 0 and 2: along the sum (0 + 4) / 2 = 2, across it 1 + 1 + 4 - 2 = 4. Known of the
    # sums: 2 - 1.0 / 2 / (0.25 + 2 x 0.5) = 1.6; of the differences: 2 - (0.8 - 0.5) / 0.25 = 0.8.
    deviation = np.array([[1.0, -1.0], [2.0, 0.0]])
    found = _updated(Spread(0.5, 0.25), Nested(1.0, 0.5, 2.0), deviation, 1.0, 0.8)
    own = (2 * 0.25 + 4) / (2 + 0.8)
    along = (2 * (0.25 + 2 * 1.0) + 2) / (2 + 1.6)
    assert (found.own, found.common) == pytest.approx((own, (along - own) / 2))
    alone = _updated(Spread(0.5, 0.25), Nested(1.0, 0.5, 2.0), deviation[:, :1], 0.5, 0.5)
    assert alone.own == 0.25  # one model has nothing of its own to tell
    assert alone.common + alone.own == pytest.approx((2 * 1.25 + 5) / (2 + 2 - 0.5 / 0.75))
    assert _scale(3.0, -5.0, 0.5, 4.0) == pytest.approx((4 * 0.5 + 3) / 4)


def test_the_precision_of_a_nested_effect_inverts_its_covariance() -> None:
    spread = Spread(0.4, 0.7)
    assert spread.precision(3) @ (0.7 * np.eye(3) + 0.4) == pytest.approx(np.eye(3), abs=1e-12)


def test_terms_of_scores_on_the_same_prompts_by_hand() -> None:
    """Two of three models on 5 prompts of the second class: S^½ R⁻¹ S^½ n, and S^½ R⁻¹ S^-½ (Σq - n p)."""
    p = np.array([[0.5, 0.5, 0.5], [0.8, 0.6, 0.7]])
    spread = p * (1 - p)
    correlation = np.array([[1.0, 0.2, 0.5], [0.2, 1.0, 0.1], [0.5, 0.1, 1.0]])
    pairs = pair_sums(np.ones(5, dtype=np.int64), np.array([[1, 1], [1, 0], [1, 1], [0, 1], [1, 0]], dtype=float), 2)
    pairs = type(pairs)(np.array([0, 2]), pairs.classes, pairs.n, pairs.totals, pairs.products)
    explored = scores(np.array([[0, 10, 0], [0, 0, 0]]), np.array([[0, 7, 0], [0, 0, 0]]))
    seen = Observations((pairs,), explored, Scores.none(2, 3), np.zeros((2, 3)))
    information, gradient = honest_terms(seen, p, spread, correlation)
    root = np.diag(spread[1, [0, 2]] ** 0.5)
    inverse = np.linalg.inv([[1.0, 0.5], [0.5, 1.0]])
    assert information[1][np.ix_([0, 2], [0, 2])] == pytest.approx(5 * root @ inverse @ root)
    misses = np.array([4 - 5 * 0.8, 3 - 5 * 0.7])
    assert gradient[1, [0, 2]] == pytest.approx(root @ inverse @ np.linalg.inv(root) @ misses)
    assert (information[0, 1, 1], gradient[0, 1]) == pytest.approx((10 * 0.25, 7 - 10 * 0.5))
    assert information.sum() == pytest.approx(information[1].sum() + 2.5)


def test_scores_between_0_and_1_vary_less_than_answers_that_are_right_or_wrong() -> None:
    """Uniform scores around one half with deviation 0.2: a variance of 0.04 against 0.25, correlated as they are."""
    random = np.random.default_rng(4)
    common, own = random.uniform(-1, 1, (2, 20_000, 1)), random.uniform(-1, 1, (20_000, 2))
    answers = 0.5 + 0.2 * 3**0.5 * (0.6**0.5 * common[0] + 0.4**0.5 * own) / 1.5
    seen = Observations((pair_sums(np.zeros(20_000, dtype=np.int64), answers, 1),), Scores.none(1, 2), Scores.none(1, 2), np.zeros((1, 2)))  # fmt: skip
    found = dispersion(seen, np.full((1, 2), 0.5))
    assert found == pytest.approx(np.cov(answers.T) / 0.25, rel=0.02)
