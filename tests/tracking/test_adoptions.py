"""Adopting: what is kept is the projection, to the digit, and it can be read, listed and removed."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from analytics import settings
from analytics.errors import TrackingError
from analytics.policies import architecture_toml, load_architecture
from analytics.scope import Scope
from analytics.simulation import Scenario, simulate
from analytics.store import open_store
from analytics.tracking import adopt, adoptions, find_adoption, remove_adoption
from analytics.tracking.adoptions import read_baseline
from analytics.tracking.baseline import first_rows


@pytest.mark.parametrize("name", ["multi-model", "cascade"])
def test_what_is_kept_is_the_projection_and_adds_up_to_it(demo: Path, name: str) -> None:
    architecture = load_architecture(settings.architectures_dir / f"{name}.toml")
    scenario = Scenario(requests_per_month=500_000, fixed_monthly_usd=300)
    projected = simulate(open_store(demo), [architecture], scenario).projections[1]
    adopt(open_store(demo), architecture, note="cheaper", author="Ada", scenario=scenario)
    (kept,) = adoptions(open_store(demo))
    assert (kept.name, kept.starts, kept.note, kept.author) == (architecture.name, date(2026, 11, 1), "cheaper", "Ada")
    assert architecture_toml(kept.architecture) == architecture_toml(architecture)
    assert kept.quality == projected.quality
    assert (kept.latency_s.mean, kept.latency_s.high) == (projected.latency_s.mean, projected.latency_s.high)
    assert projected.monthly_cost_usd.mean is not None
    assert kept.cost_usd.mean == pytest.approx((projected.monthly_cost_usd.mean - 300) / 500_000)
    assert {one["model"] for one in kept.prices} == set(architecture.models)
    cells = read_baseline(open_store(demo), kept)
    assert cells.share[first_rows(cells)].sum() == pytest.approx(1)
    assert cells.cost_usd() == pytest.approx(kept.cost_usd.mean, rel=1e-9)
    assert cells.mean(cells.latency_ms) == pytest.approx(1e3 * kept.latency_s.mean, rel=1e-9)
    assert cells.mean(cells.quality) == pytest.approx(kept.quality.mean, rel=1e-9)
    assert np.all(cells.quality_low <= cells.quality + 1e-9)
    assert np.all(cells.quality <= cells.quality_high + 1e-9)


def test_classes_cost_what_the_price_list_says(demo: Path) -> None:
    """Sonnet's answers in code, at $3 and $15: 1,750 tokens in and 790 out (data/demo.toml), within sampling."""
    kept = adopt(open_store(demo), load_architecture(settings.architectures_dir / "multi-model.toml"))
    cells = read_baseline(open_store(demo), kept)
    here = (cells.use_case == "code") & (cells.model == "claude-sonnet-4-5")
    assert cells.answers[here] == pytest.approx(1.0)
    assert cells.input_usd[here] == pytest.approx(3e-6, rel=0.02)
    assert cells.output_usd[here] == pytest.approx(15e-6, rel=0.02)
    mean = np.average(cells.output_tokens[here], weights=cells.share[here])
    assert mean == pytest.approx(790, rel=0.05)
    assert cells.share[here].sum() == pytest.approx(0.10, abs=0.01)


def test_names_are_unique_and_adoptions_can_be_forgotten(demo: Path) -> None:
    architecture = load_architecture(settings.architectures_dir / "single-sonnet.toml")
    adopt(open_store(demo), architecture)
    with pytest.raises(TrackingError, match="adopted already"):
        adopt(open_store(demo), architecture)
    adopt(open_store(demo), architecture, name="Again", starts=date(2026, 10, 20))
    assert find_adoption(open_store(demo)).name == "Single Sonnet"  # the latest start
    assert find_adoption(open_store(demo), "Again").baseline_days == pytest.approx(18, abs=0.5)
    remove_adoption(open_store(demo), "Again")
    assert [one.name for one in adoptions(open_store(demo))] == ["Single Sonnet"]
    with pytest.raises(TrackingError, match="there is Single Sonnet"):
        find_adoption(open_store(demo), "Again")
    remove_adoption(open_store(demo), "Single Sonnet")
    assert open_store(demo).rows("SELECT count(*) FROM adoption_cells") == [(0,)]


def test_what_cannot_be_adopted_says_why(demo: Path) -> None:
    architecture = load_architecture(settings.architectures_dir / "single-sonnet.toml")
    with pytest.raises(TrackingError, match="nothing lies before"):
        adopt(open_store(demo), architecture, starts=date(2026, 10, 1))
    with pytest.raises(TrackingError, match="filter of models"):
        adopt(open_store(demo), architecture, scope=Scope(models=("claude-opus-4-1",)))
    with pytest.raises(TrackingError, match="No architecture is adopted yet"):
        find_adoption(open_store(demo))
