"""AIQ, APGR and CPT over money, by hand."""

import pytest

from analytics.simulation.curve_metrics import CurveMetrics, curve_metrics

WEAK, STRONG = (100.0, 0.6), (1100.0, 0.8)


def test_mixing_the_two_by_a_coin() -> None:
    found = curve_metrics([WEAK, STRONG], WEAK, STRONG)
    assert found.aiq == pytest.approx(0.7)
    assert found.apgr == pytest.approx(0.5)
    assert found.cpt50 == pytest.approx(0.5)
    assert found.cpt80 == pytest.approx(0.8)


def test_a_point_above_the_line_by_hand() -> None:
    # 0.75 at a tenth of the added money: two trapezoids, 0.1 x 0.675 + 0.9 x 0.775 = 0.765.
    found = curve_metrics([WEAK, (200.0, 0.75), STRONG, (150.0, 0.55)], WEAK, STRONG)
    assert found.aiq == pytest.approx(0.765)
    assert found.apgr == pytest.approx((0.765 - 0.6) / 0.2)
    assert found.cpt50 == pytest.approx(0.1 * 0.1 / 0.15)
    assert found.cpt80 == pytest.approx(0.1 + 0.9 * 0.01 / 0.05)


def test_a_router_better_than_the_best_model_recovers_more_than_all() -> None:
    found = curve_metrics([WEAK, (110.0, 0.9)], WEAK, STRONG)
    assert (found.apgr or 0) > 1


def test_what_is_never_reached_is_unknown() -> None:
    assert curve_metrics([WEAK, (1100.0, 0.72)], WEAK, STRONG).cpt80 is None
    assert curve_metrics([WEAK, (1100.0, 0.72)], WEAK, STRONG).cpt50 == pytest.approx(0.1 / 0.12)


def test_without_a_gap_only_the_height_is_known() -> None:
    assert curve_metrics([WEAK], WEAK, (1100.0, 0.6)) == CurveMetrics(pytest.approx(0.6), None, None, None)
    assert curve_metrics([WEAK], WEAK, (100.0, 0.8)).aiq is None
