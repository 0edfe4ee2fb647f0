"""Stages: samples against a simulation of the test itself, and the files that a stage needs."""

from pathlib import Path

import numpy as np
import pytest

from analytics import settings
from analytics.errors import TrackingError
from analytics.policies import Split, Use, load_architecture, parse_architecture
from analytics.policies.compile import architecture_toml
from analytics.store import open_store
from analytics.tracking import plan_rollout
from analytics.tracking.rollout import requests_needed, scores_needed

Z95, Z80 = 1.6448536, 0.8416212


def test_scores_by_hand() -> None:
    needed = scores_needed(0.25, 0.9, -0.01, 0.03, 0.05, 0.8, 0)
    assert needed == pytest.approx((0.89 * 0.11 / 0.25 + 0.9 * 0.1 / 0.75) * ((Z95 + Z80) / 0.02) ** 2, rel=1e-6)
    last = scores_needed(1.0, 0.9, -0.01, 0.03, 0.05, 0.8, 10_000)
    assert last == pytest.approx(0.89 * 0.11 / ((0.02 / (Z95 + Z80)) ** 2 - 0.09 / 10_000), rel=1e-6)
    assert scores_needed(0.05, 0.9, -0.03, 0.03, 0.05, 0.8, 0) is None  # the loss is what is tolerated
    assert scores_needed(1.0, 0.9, 0.0, 0.02, 0.05, 0.8, 50) is None  # too few scores before
    assert requests_needed(1.5, 0.1, 0.05, 0.8) == pytest.approx(((1.959964 + Z80) * 15) ** 2, rel=1e-6)


def test_the_sample_has_the_power_and_the_error_it_promises() -> None:
    random, runs = np.random.default_rng(1), 4000
    share, today, tolerated = 0.25, 0.9, 0.03
    for change, low, high in ((-0.01, 0.77, 0.83), (-tolerated, 0.035, 0.065)):
        needed = scores_needed(share, today, -0.01, tolerated, 0.05, 0.8, 0)
        assert needed is not None
        new_n, old_n = round(share * needed), round((1 - share) * needed)
        new = random.binomial(new_n, today + change, runs) / new_n
        old = random.binomial(old_n, today, runs) / old_n
        error = np.sqrt(new * (1 - new) / new_n + old * (1 - old) / old_n)
        assert low < np.mean(new - old + tolerated > Z95 * error) < high


def test_each_stage_has_a_file_that_splits_with_todays_model(first_month: Path) -> None:
    store = open_store(first_month)
    found = plan_rollout(store, load_architecture(settings.architectures_dir / "multi-model.toml"), tolerated=0.04)
    five, quarter, whole = found.stages
    assert five.architecture.routes[0].plan == Split((("claude-opus-4-1", 0.95), ("claude-haiku-4-5", 0.05)))
    assert five.architecture.routes[2].plan == Use("claude-opus-4-1")  # it stays where it is
    assert quarter.architecture.default == Split((("claude-opus-4-1", 0.75), ("claude-sonnet-4-5", 0.25)))
    assert whole.architecture == load_architecture(settings.architectures_dir / "multi-model.toml")
    assert parse_architecture(architecture_toml(five.architecture)) == five.architecture
    assert found.requests_per_day == pytest.approx(20_000 / 30, rel=0.01)
    assert found.scored_share == pytest.approx(0.15, abs=0.01)
    assert five.scores is not None
    assert five.quality_days == pytest.approx(five.scores / (found.requests_per_day * found.scored_share), rel=1e-6)
    assert five.new_scores == pytest.approx(0.05 * five.scores)
    assert five.requests is not None
    assert five.cost_days == pytest.approx(five.requests / (0.05 * found.requests_per_day), rel=1e-6)
    # The cost of one request on Multi-model, from the raw log at its models' prices, varies by about this much.
    assert 1.0 < np.sqrt(five.requests) * 0.1 / (2.394 + 0.842) < 2.2


def test_a_cascade_is_split_by_the_gateway(first_month: Path) -> None:
    found = plan_rollout(
        open_store(first_month), load_architecture(settings.architectures_dir / "cascade.toml"), stages=(0.1, 1.0)
    )
    assert found.stages[0].architecture.default == Use("claude-opus-4-1")
    assert "let your gateway draw 10% of them at random" in found.stages[0].notes[0]
    assert found.stages[1].notes == ()


@pytest.mark.parametrize("stages", [(), (0.5, 0.2), (0.0, 1.0), (0.5, 2.0)])
def test_stages_rise(first_month: Path, stages: tuple[float, ...]) -> None:
    with pytest.raises(TrackingError, match="rising shares"):
        plan_rollout(
            open_store(first_month), load_architecture(settings.architectures_dir / "single-sonnet.toml"), stages=stages
        )
