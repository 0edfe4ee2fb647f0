"""Curve metrics against cases worked out by hand, and against the published numbers for MMLU."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import settings
from analytics.learning.curves import Curve, aiq, apgr, cpt, threshold_curve, upper_hull


def test_a_curve_by_hand() -> None:
    """Four prompts; the router is right to send the first two: 50% of the gap after each."""
    weak, strong = np.array([0.0, 0.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.0, 1.0])
    curve = threshold_curve(np.array([4.0, 3.0, 2.0, 1.0]), weak, strong)
    assert curve.share.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert curve.quality.tolist() == [0.5, 0.75, 1, 1, 1]
    assert apgr(curve) == pytest.approx((0.5 * 0.25 + 1.5 * 0.25) / 2 + 0.5)
    assert cpt(curve, 0.5) == pytest.approx(0.25)
    assert cpt(curve, 0.8) == pytest.approx(0.4)


def test_ties_are_a_coin_flip() -> None:
    weak, strong = np.array([0.0, 1.0]), np.array([1.0, 1.0])
    curve = threshold_curve(np.zeros(2), weak, strong)
    assert curve.share.tolist() == [0, 1]
    assert apgr(curve) == pytest.approx(0.5)


def test_money_in_place_of_calls() -> None:
    curve = threshold_curve(np.array([2.0, 1.0]), np.zeros(2), np.ones(2), cost=np.array([3.0, 1.0]))
    assert curve.share.tolist() == [0, 0.75, 1]


def test_equal_ends_have_no_gap() -> None:
    flat = Curve(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    assert apgr(flat) is None
    assert cpt(flat, 0.5) is None


def test_cpt_of_a_curve_that_overshoots() -> None:
    curve = Curve(np.array([0.0, 0.25, 1.0]), np.array([0.0, 2.0, 1.0]))
    assert cpt(curve, 0.8) == pytest.approx(0.1)
    assert apgr(curve) == pytest.approx(0.25 + 0.75 * 1.5)


def test_the_hull_by_hand() -> None:
    cost, quality = np.array([1.0, 2.0, 3.0, 4.0, 2.0]), np.array([0.5, 0.6, 0.9, 0.8, 0.55])
    x, y = upper_hull(cost, quality)
    assert (x.tolist(), y.tolist()) == ([1, 3], [0.5, 0.9])
    assert aiq(cost, quality, 1, 4) == pytest.approx((2 * 0.7 + 0.9) / 3)
    assert aiq(cost, quality, 2, 2) is None


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 100)), min_size=1, max_size=40))
def test_the_hull_is_above_every_point_concave_and_rising(points: list[tuple[int, int]]) -> None:
    cost, quality = (np.array(values, dtype=float) for values in zip(*points, strict=True))
    x, y = upper_hull(cost, quality)
    assert (np.interp(cost, x, y) >= quality - 1e-9).all()
    assert (np.diff(y) > 0).all()
    assert (np.diff(np.diff(y) / np.diff(x)) <= 1e-9).all() if len(x) > 2 else True


MMLU = settings.home.parent / "shared" / "data" / "mmlu_outcomes.parquet"


@pytest.mark.skipif(not MMLU.exists(), reason="the MMLU outcomes are not beside this checkout")
def test_random_and_oracle_routers_have_their_published_numbers() -> None:
    """RouteLLM on MMLU: oracle APGR 1.297, CPT50 6.25%, CPT80 10.00%; random 0.50."""
    from analytics.backtest import read_full_information

    full = read_full_information(MMLU)
    strong, weak = full.quality[:, full.strongest], full.quality[:, full.weakest]
    oracle = threshold_curve(strong - weak, weak, strong)
    # The published oracle never loses what only the weak model gets right: it sends those prompts to it for good.
    best = np.maximum(strong, weak)
    n = len(full)
    wins = int((best > weak).sum())
    reached = Curve(np.array([0.0, wins / n, 1.0]), np.array([weak.mean(), best.mean(), best.mean()]))
    gap = strong.mean() - weak.mean()
    area = np.trapezoid((reached.quality - weak.mean()) / gap, reached.share)
    assert area == pytest.approx(1.297, abs=0.01)
    at = [np.interp(p * gap + weak.mean(), reached.quality[:2], reached.share[:2]) for p in (0.5, 0.8)]
    assert at == pytest.approx([0.0625, 0.10], abs=0.001)
    assert cpt(oracle, 0.5) == pytest.approx(0.0625, abs=0.001)
    random = np.random.default_rng(0)
    drawn = [apgr(threshold_curve(random.random(n), weak, strong)) for _ in range(20)]
    assert np.mean(drawn) == pytest.approx(0.50, abs=0.01)
