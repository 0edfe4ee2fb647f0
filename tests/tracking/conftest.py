"""Small demos with a second month."""

import shutil
from pathlib import Path

import pytest

from analytics.logs.demo import build_demo


@pytest.fixture(scope="session")
def first_month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo of 20,000 requests that nobody writes to, built once."""
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    build_demo(path, requests=20_000)
    return path


def copy_of(database: Path, folder: Path) -> Path:
    """The database in a folder of its own."""
    copy = folder / database.name
    shutil.copy(database, copy)
    shutil.copytree(database.with_name(database.name + ".segments"), copy.with_name(copy.name + ".segments"))
    return copy


@pytest.fixture
def demo(first_month: Path, tmp_path: Path) -> Path:
    """The demo, to write to."""
    return copy_of(first_month, tmp_path)
