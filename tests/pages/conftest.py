"""A small demo and a place of its own for every page test."""

from pathlib import Path

import pytest

from analytics import settings
from analytics.logs.demo import build_demo


@pytest.fixture(scope="session")
def small_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo of 20,000 requests, built once."""
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    build_demo(path, requests=20_000)
    return path


@pytest.fixture
def demo_open(small_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The dashboard finds this demo, and no log of anybody's own."""
    monkeypatch.setattr(settings, "demo_database", lambda: small_demo)
    monkeypatch.setattr(settings, "own_database", lambda: tmp_path / "own.duckdb")
    monkeypatch.setattr(settings, "default_database", lambda: small_demo)
    return small_demo
