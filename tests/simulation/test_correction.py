"""What the outcome model misses on the side-by-side prompts, by hand."""

import numpy as np

from analytics.simulation.correction import Residuals


def test_a_plans_answers_count_by_its_share_and_only_where_they_are_known() -> None:
    found = Residuals.none(4)
    found.add(np.array([0.5, 0.0, 1.0, 1.0]), np.array([1.0, np.nan, np.nan, 0.25]), np.array([0.75, 0.5, 0.5, 0.5]))
    assert found.value.tolist() == [0.125, 0.0, 0.0, -0.25]
    assert found.known.tolist() == [True, True, False, True]
    found.add(np.array([0.5, 1.0, 0.0, 0.0]), np.array([0.0, 1.0, 1.0, np.nan]), np.full(4, 0.5))
    assert found.value.tolist() == [-0.125, 0.5, 0.0, -0.25]
    assert found.known.tolist() == [True, True, False, True]
