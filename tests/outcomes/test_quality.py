"""Quality and shares from one fit, against closed forms."""

from dataclasses import replace

import numpy as np
import pytest

from analytics.outcomes import fit_quality, fit_share, profile, unscored_quality
from analytics.outcomes.arrays import logit
from analytics.outcomes.observations import Scores
from tests.outcomes.test_evidence import evidence, none_asked, prompts


def shared(values: list[float], weights: list[float], draws: int = 4000) -> np.ndarray:
    asked = prompts([0] * len(values), [1.0] * len(values), [[1.0]] * len(values))
    return fit_share(evidence(asked, ("chat",)), asked, np.array(values), np.array(weights), draws, [1, 2])[:, 0]


def test_a_weighted_share_is_the_weighted_mean_of_effective_rows() -> None:
    found = shared([1.0] * 200 + [0.0] * 200 + [np.nan] * 50 + [0.0] * 50, [3.0] * 200 + [1.0] * 250 + [0.0] * 50)
    assert found.mean() == pytest.approx(0.75, abs=0.01)
    effective = (200 * 3 + 200) ** 2 / (200 * 9 + 200)
    assert found.std() == pytest.approx((0.75 * 0.25 / effective) ** 0.5, rel=0.1)


def test_values_that_hardly_vary_give_a_sharp_share() -> None:
    found = shared([0.4, 0.6] * 200, [1.0] * 400)
    assert found.mean() == pytest.approx(0.5, abs=0.005)
    assert found.std() == pytest.approx(0.1 / 400**0.5, rel=0.25)


def test_an_offset_is_the_profile_where_nothing_was_seen() -> None:
    asked = prompts([0, 1], [1.0, 1.0], [[1.0], [1.0]])
    offset = profile(np.array([[0.3, 0.8], [0.5, 0.8]]))
    assert offset == pytest.approx([np.log(0.4 / 0.6), np.log(0.8 / 0.2)])
    found = fit_share(evidence(asked), asked, np.full(2, np.nan), np.ones(2), 4000, [1], offset)
    assert np.median(logit(found), axis=0) == pytest.approx(offset, abs=0.15)


def test_without_any_score_quality_is_a_guess_around_one_half() -> None:
    found = fit_quality(evidence(none_asked(2)), 20_000, 0)
    guess = logit(found.anyone)
    assert found.fit is None
    assert np.median(guess) == pytest.approx(0.0, abs=0.03)
    assert (np.abs(guess) < 1.5).mean() == pytest.approx(0.683, abs=0.01)
    stand_in = logit(unscored_quality(found, "new", 0))
    assert stand_in.shape == (20_000, 2)
    assert (stand_in.mean(), stand_in.std()) == pytest.approx((0.0, 1.0), abs=0.02)


def test_a_model_never_scored_stands_around_the_others() -> None:
    n = np.array([[400.0, 400.0]])
    seen = fit_quality(
        evidence(none_asked(2), ("chat",), explored=Scores(n, n * [[0.9, 0.6]], n * [[0.9, 0.6]])), 4000, 0
    )
    stand_in = logit(unscored_quality(seen, "new", 0))[:, 0]
    assert stand_in.mean() == pytest.approx((logit(np.array([0.9, 0.6]))).mean(), abs=0.08)
    assert stand_in.std() == pytest.approx(1.0, abs=0.05)


def test_traffic_chosen_at_random_has_the_quality_of_anyone() -> None:
    """7,000 answers at random are half right; 3,000 of the requests somebody chose for the model are 98% right."""
    random, chosen = np.array([[7000.0, 0.0]]), np.array([[3000.0, 0.0]])
    half = evidence(none_asked(2), ("chat",), explored=Scores(random, random / 2, random / 2))
    alone = fit_quality(half, 500, 0)
    assert (alone.as_logged[:, :, 0] == alone.anyone[:, :, 0]).all()
    mixed = fit_quality(replace(half, logged=Scores(chosen, chosen * 0.98, chosen * 0.98)), 500, 0)
    assert mixed.anyone[:, 0, 0].mean() == pytest.approx(0.5, abs=0.03)
    assert mixed.as_logged[:, 0, 0].mean() == pytest.approx(0.7 * 0.5 + 0.3 * 0.98, abs=0.03)
