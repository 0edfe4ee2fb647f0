"""What a request adds to an architecture's means: by hand, and as the sum that gives the means back."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analytics.policies import Architecture, Cascade, Overhead, Plan, Split, Use, Verifier
from analytics.simulation.sampling import stratum_moments
from analytics.simulation.simulate import routed
from analytics.simulation.study import Study, open_study
from analytics.simulation.tally import Tally

MakeWorld = Callable[..., Any]


def rows() -> list[dict[str, Any]]:
    random = np.random.default_rng(4)
    return [
        {
            "use_case": "ab"[n % 2], "input_tokens": int(random.integers(500, 1500)), "output_tokens": int(random.integers(50, 150)),
            "request_latency_ms": float(random.integers(500, 1500)), "quality": float(n % 5 > 0),
        }
        for n in range(200)
    ]  # fmt: skip


def pairs() -> list[dict[str, Any]]:
    """The weak model writes twice as much, reads a tenth more, and is right half of the time."""
    return [
        {
            "prompt_id": f"p{n}", "model": model, "use_case": "ab"[n % 2], "quality": float(n % (2 if factor > 1 else 5) > 0),
            "input_tokens": int(1000 * (1 + 0.1 * (factor > 1))), "output_tokens": int((90 + n % 21) * factor),
            "latency_ms": 100.0 + (90 + n % 21) * factor,
        }
        for n in range(200)
        for model, factor in (("strong", 1), ("weak", 2))
    ]  # fmt: skip


def tallied(world: Any, plan: Plan) -> tuple[Study, Tally]:
    study = open_study(world, Architecture("a", plan, overhead=Overhead(30.0, 0.001)), draws=4000)
    return study, study.adder.add(routed(study.ground, study.architecture, 0), 0.001, 30.0)


def test_what_stays_counts_its_own_tokens_and_time(make_world: MakeWorld) -> None:
    _, tally = tallied(make_world(rows(), pairs()), Use("strong"))
    cost, latency, _ = tally.coefficients
    assert cost == pytest.approx(np.tile([0.001, 15e-6, 75e-6, 0.0], (len(cost), 1)))
    assert latency == pytest.approx(np.tile([30.0, 0.0, 0.0, 1.0], (len(latency), 1)))


def test_what_moves_counts_the_other_models(make_world: MakeWorld) -> None:
    study, tally = tallied(make_world(rows(), pairs()), Use("weak"))
    cost, latency, quality = tally.coefficients
    assert cost == pytest.approx(np.tile([0.001, 1.1 * 1e-6, 2 * 5e-6, 0.0], (len(cost), 1)), rel=0.02)
    # 100 ms and 1 ms a token of its own, of which it writes two for each that was logged.
    assert latency[:, 2] == pytest.approx(2.0, rel=0.05)
    assert latency[:, 0] == pytest.approx(30.0 + 100.0, rel=0.1)
    weak = study.ground.models.index("weak")
    assert quality[:, 0] == pytest.approx(study.ground.quality.anyone[:, study.ground.group, weak].mean(axis=0))
    assert not quality[:, 1:].any()


@pytest.mark.parametrize(
    "plan",
    [
        Use("strong"),
        Use("weak"),
        Split((("weak", 0.3), ("strong", 0.7))),
        Cascade(("weak", "strong"), verifier=Verifier(0.9, 0.2, 0.0005, 40.0)),
    ],
    ids=["stays", "moves", "split", "cascade"],
)
def test_requests_times_what_each_adds_are_the_means(make_world: MakeWorld, plan: Plan) -> None:
    study, tally = tallied(make_world(rows(), pairs()), plan)
    sums = stratum_moments(study.ground.traffic)[:, 0]
    cost, latency, quality = np.einsum("fsi,si->f", tally.coefficients, sums) / sums[:, 0].sum()
    assert cost == pytest.approx(tally.cost_usd.mean(), rel=0.01)
    assert latency == pytest.approx(tally.latency_ms.mean(), rel=0.01)
    assert quality == pytest.approx(tally.quality.mean(), abs=0.01)
