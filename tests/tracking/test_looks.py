"""Weekly looks: how often they cry wolf, and that they find a lasting shift."""

import numpy as np
import pytest

from analytics.simulation import Estimate
from analytics.tracking.looks import Z95, Look, look_level, look_z, shifted_since

WEEKS, RUNS = 16, 250
DOUBT, CHANCE = 1.0, 2.0


def looks_of(random: np.random.Generator, shift: float = 0.0, shifted_from: int = 0) -> list[Look]:
    """Weeks around a truth that the projection (0, standard error 1) missed by its own doubt."""
    truth = DOUBT * random.standard_normal()
    return [
        Look(truth + CHANCE * random.standard_normal() + (shift if week >= shifted_from else 0.0), CHANCE, 1.0)
        for week in range(WEEKS)
    ]


PROJECTED = Estimate(0.0, -Z95 * DOUBT, Z95 * DOUBT)


def test_all_looks_together_spend_the_budget() -> None:
    assert 3 * sum(look * look_level(look) for look in range(1, 100_000)) == pytest.approx(0.05, rel=1e-4)
    assert look_z(1) == pytest.approx(2.638, abs=0.001)  # two-sided 0.05 / 6


def test_four_months_of_looks_at_three_measures_rarely_cry_wolf() -> None:
    random = np.random.default_rng(5)
    false, naive = 0, 0
    for _ in range(RUNS):
        measures = [looks_of(random) for _ in range(3)]
        false += any(shifted_since(PROJECTED, one[: week + 1]) for one in measures for week in range(WEEKS))
        naive += any(abs(look.mean) > Z95 * np.hypot(DOUBT, CHANCE) for one in measures for look in one)
    assert false / RUNS <= 0.05
    assert naive / RUNS > 0.5  # what a plain 95% band would do


def test_a_lasting_shift_is_found_with_its_first_week() -> None:
    random = np.random.default_rng(6)
    starts = []
    for _ in range(60):
        found = shifted_since(PROJECTED, looks_of(random, shift=8.0, shifted_from=6))
        assert found is not None
        assert found[1] == "above"
        starts.append(found[0])
    assert np.mean(np.abs(np.array(starts) - 6) <= 1) > 0.7


def test_certainty_and_equality_are_no_alarm() -> None:
    exact = Estimate(0.3, 0.3, 0.3)
    assert shifted_since(exact, [Look(0.1 + 0.2, 0.0, 1.0)]) is None
    assert shifted_since(exact, [Look(0.31, 0.0, 1.0)]) == (0, "above")
    assert shifted_since(Estimate(None, None, None), [Look(0.3, 0.1, 1.0)]) is None
    assert shifted_since(exact, []) is None
