"""A small demo, and the facts of one comparison on it, worked out once."""

from pathlib import Path

import pytest

from analytics import settings
from analytics.logs.demo import build_demo
from analytics.policies import Architecture, load_architecture, parse_architecture
from analytics.reports import Facts, gather_facts
from analytics.simulation import Scenario
from analytics.store import Store, open_store

MONTH = 1_000_000
CASCADE = """
name = "Cascade"
[[route]]
when = "use_case = 'complex_reasoning'"
use = "claude-opus-4-1"
[default]
cascade = ["claude-haiku-4-5", "claude-opus-4-1"]
verifier = { true_accept = 0.95, false_accept = 0.15, cost_usd = 0.0002, latency_ms = 150 }
[overhead]
cost_usd = 0.0001
"""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo of 20,000 requests."""
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    build_demo(path, requests=20_000)
    return path


@pytest.fixture(scope="session")
def store(demo: Path) -> Store:
    return open_store(demo)


@pytest.fixture(scope="session")
def rules() -> Architecture:
    return load_architecture(settings.architectures_dir / "multi-model.toml")


@pytest.fixture(scope="session")
def cascade() -> Architecture:
    return parse_architecture(CASCADE)


@pytest.fixture(scope="session")
def facts(store: Store, rules: Architecture, cascade: Architecture) -> Facts:
    """Rules and a cascade; the numbers speak for the rules."""
    return gather_facts(store, [rules, cascade], Scenario(requests_per_month=MONTH), chosen=1)
