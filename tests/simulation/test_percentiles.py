"""Shapes of single latencies and their mixtures, against closed forms."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from analytics.simulation import simulate
from analytics.simulation.percentiles import Part, Shape, Shapes, Step, _cascade_draws, lognormal, percentiles

MakeWorld = Callable[..., Any]
SPREAD = 0.5
ALL_ALIKE: Shapes = SimpleNamespace(of=lambda use_case, model: lognormal(SPREAD))  # type: ignore[assignment]


def part(*steps: Step, requests: float = 1.0, extra_ms: float = 0.0) -> Part:
    return Part(0, requests, steps, extra_ms)


def test_a_mixture_by_hand() -> None:
    flat: Shapes = SimpleNamespace(of=lambda use_case, model: Shape(np.array([0.5, 1.5]), np.array([0.5, 0.5])))  # type: ignore[assignment]
    fast, slow = part(Step(0, 100.0, 0.0, 1.0), requests=3.0), part(Step(1, 1000.0, 50.0, 1.0), extra_ms=7.0)
    # 50 and 150 ms with 3/8 each, 557 and 1557 with 1/8 each.
    assert percentiles([slow, fast], flat, (0.3, 0.4, 0.8, 0.9), 0) == pytest.approx((50, 150, 557, 1557))
    assert percentiles([], flat, (0.5, 0.95), 0) == (0.0, 0.0)


def test_the_whole_of_a_shape_is_its_largest_value() -> None:
    tenths = Shape(np.arange(10.0), np.full(10, 0.1))  # which add up to a little less than 1
    assert tenths.at(np.array([0.05, 0.15, 1.0])).tolist() == [0.0, 1.0, 9.0]


def test_steps_of_a_cascade_go_together_as_two_models_do() -> None:
    """Log-normal steps whose logarithms have correlation 0.4: (exp(0.4 s²) - 1) / (exp(s²) - 1) of the latencies."""
    one, both = (
        np.concatenate(
            [_cascade_draws(part(*[Step(0, 1000.0, 0.0, 1.0)] * steps), ALL_ALIKE, seed) for seed in range(10)]
        )
        for steps in (1, 2)
    )
    assert (one.mean(), both.mean()) == pytest.approx((1000, 2000), rel=0.01)
    correlation = np.expm1(0.4 * SPREAD**2) / np.expm1(SPREAD**2)
    assert both.var() / one.var() / 2 - 1 == pytest.approx(correlation, abs=0.05)


def test_only_those_who_get_there_wait_for_a_step() -> None:
    steps = (Step(0, 100.0, 20.0, 1.0), Step(1, 10_000.0, 0.0, 0.25))
    drawn = _cascade_draws(part(*steps, extra_ms=5.0), ALL_ALIKE, 3)
    assert drawn.min() > 25.0
    assert (drawn > 1000).mean() == pytest.approx(0.25, abs=0.03)
    assert drawn.mean() == pytest.approx(125 + 2500, rel=0.1)


@pytest.mark.parametrize(("half", "p95"), [(100, 3.0), (99, None)])
def test_two_hundred_answers_have_a_shape_of_their_own(make_world: MakeWorld, half: int, p95: float | None) -> None:
    """Half take 1 s and half 3 s; with fewer answers their mean and spread are all that is used."""
    found = simulate(make_world([{"request_latency_ms": ms} for ms in (1000.0, 3000.0) for _ in range(half)]), [])
    latency = found.projections[0].latency_s
    if p95 is None:
        spread = np.log(5.0 / 2.0**2) ** 0.5  # (1 + 9) / 2 over 2 squared
        p95 = 2.0 * float(np.exp(1.645 * spread - spread**2 / 2))
    assert latency.p95 == pytest.approx(p95, rel=0.03)
