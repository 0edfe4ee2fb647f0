"""On the demo, whose truth is known: the plan's prompts narrow the interval as the plan said. `make bench` has the full table."""

from pathlib import Path

import pytest

from analytics import settings
from analytics.logs.demo import build_demo
from analytics.policies import load_architecture
from analytics.store import open_store
from tests.benchmarks.widths import compare, keep_tenth


def test_answers_narrow_the_interval_as_predicted(tmp_path: Path) -> None:
    demo = tmp_path / "demo.duckdb"
    build_demo(demo, requests=20_000)
    keep_tenth(demo)
    assert open_store(demo).rows("SELECT count(DISTINCT prompt_id) FROM outcomes") == [(300,)]
    architecture = load_architecture(settings.architectures_dir / "single-sonnet.toml")
    found = compare(demo, tmp_path / "copies", architecture, 1000, seeds=2)
    plan = found.plan
    assert sum(one.prompts for one in plan.strata) == plan.prompts == 1000
    assert found.ratios == pytest.approx((1.0, 1.0), abs=0.2)
    assert max(found.quality) < 0.85 * plan.now.half_width
    assert max(found.change) < 0.85 * plan.now.change_half_width
