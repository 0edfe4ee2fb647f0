"""The router on made-up requests whose truth is known."""

import numpy as np
import pytest

from analytics.learning import Asked, fit_calibration, fit_router
from analytics.learning.curves import apgr, threshold_curve


def asked(random: np.random.Generator, n: int) -> tuple[Asked, np.ndarray]:
    """Half the prompts ask for a proof; there the strong model has 90% and the weak one 30%, elsewhere both have 90%."""
    hard = random.random(n) < 0.5
    prompts = [f"please {'prove' if h else 'greet'} number {random.integers(1000)}" for h in hard]
    made = Asked(np.full(n, "chat"), random.random(n), np.full(n, 20.0), prompts, [""] * n)
    chance = np.column_stack([np.full(n, 0.9), np.where(hard, 0.3, 0.9)])
    return made, (random.random((n, 2)) < chance).astype(float)


def test_it_learns_from_words_and_is_calibrated() -> None:
    random = np.random.default_rng(2)
    train, answers = asked(random, 2000)
    router = fit_router(("strong", "weak"), train, answers, np.ones(2000))
    test, truth = asked(random, 2000)
    predicted = router.predict(test)
    hard = np.array(["prove" in prompt for prompt in test.prompt])
    assert predicted[hard, 1].mean() == pytest.approx(0.3, abs=0.05)
    assert predicted[~hard, 1].mean() == pytest.approx(0.9, abs=0.05)
    score = apgr(threshold_curve(predicted[:, 0] - predicted[:, 1], truth[:, 1], truth[:, 0]))
    assert score is not None
    assert score > 0.65


def test_shuffled_outcomes_teach_nothing() -> None:
    random = np.random.default_rng(3)
    train, answers = asked(random, 2000)
    router = fit_router(("strong", "weak"), train, random.permutation(answers), np.ones(2000))
    test, truth = asked(random, 4000)
    predicted = router.predict(test)
    score = apgr(threshold_curve(predicted[:, 0] - predicted[:, 1], truth[:, 1], truth[:, 0]))
    assert score == pytest.approx(0.5, abs=0.06)


def test_fractional_scores_and_models_without_scores() -> None:
    random = np.random.default_rng(4)
    train, _ = asked(random, 500)
    quality = np.column_stack([np.full(500, 0.7) + random.normal(0, 0.05, 500), np.full(500, np.nan)])
    predicted = fit_router(("scored", "never"), train, quality, np.ones(500)).predict(train)
    assert predicted[:, 0].mean() == pytest.approx(0.7, abs=0.02)
    assert predicted[:, 1] == pytest.approx(0.5)


def test_calibration_mends_what_is_too_sure() -> None:
    random = np.random.default_rng(5)
    share = random.uniform(0.2, 0.8, (4000, 1))
    happened = (random.random((4000, 1)) < share).astype(float)
    logit = np.log(share / (1 - share))
    too_sure = 1 / (1 + np.exp(-(2 * logit + 0.5)))
    mended = fit_calibration(too_sure, happened, np.ones(4000)).apply(too_sure)
    assert np.abs(mended - share).mean() < 0.02
