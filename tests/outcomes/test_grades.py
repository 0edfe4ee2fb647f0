import numpy as np

from analytics.outcomes.grades import pooled


def one_model(*values: float) -> np.ndarray:
    return np.array(values)[:, None]


def test_thirty_scores_are_enough_and_twenty_nine_are_not() -> None:
    use_case = np.array([0, 1])
    carried, own = pooled(one_model(30, 0), one_model(50, 50), use_case)
    assert own[:, 0].tolist() == [True, False]
    assert carried[:, 0].tolist() == [True, False]  # the other use case expects 15 scores and has none
    carried, _ = pooled(one_model(29, 0), one_model(50, 50), use_case)
    assert not carried.any()


def test_bands_of_a_use_case_pool_where_the_sample_is_spread_like_the_traffic() -> None:
    use_case = np.array([0, 0, 0])
    carried, own = pooled(one_model(20, 15, 0), one_model(50, 45, 5), use_case)
    assert not own.any()
    assert carried[:, 0].tolist() == [True, True, True]  # the last expects 1.75: its absence says nothing


def test_a_band_that_the_sample_avoided_does_not_pool() -> None:
    carried, _ = pooled(one_model(35, 0), one_model(60, 40), np.array([0, 0]))
    assert carried[:, 0].tolist() == [True, False]


def test_small_use_cases_pool_with_the_others() -> None:
    carried, own = pooled(one_model(100, 8, 9), one_model(800, 100, 100), np.array([0, 1, 2]))
    assert own[:, 0].tolist() == [True, False, False]
    assert carried.all()


def test_no_scores_carry_nothing() -> None:
    carried, own = pooled(one_model(0, 0), one_model(1, 1), np.array([0, 1]))
    assert not carried.any()
    assert not own.any()
