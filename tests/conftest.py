"""What every test shares: a place of its own for databases and small canonical files."""

from collections.abc import Callable
from pathlib import Path

import pytest

# Files that take minutes begin, so that no worker is left with one of them at the end.
FIRST = ("tests/warehouse/test_rows.py", "tests/browser/test_journey.py", "tests/simulation/test_algebra.py")
HEADER = "request_id,timestamp,model,input_tokens,output_tokens"

WriteCsv = Callable[..., Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files."""
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The path of a database that does not exist yet."""
    return tmp_path / "log.duckdb"


@pytest.fixture
def write_csv(tmp_path: Path) -> WriteCsv:
    """Write a canonical CSV: `write_csv("a,2026-10-01,gpt-4o,10,5", more="latency_ms", name="log.csv")`."""

    def write(*rows: str, more: str = "", name: str = "log.csv") -> Path:
        file = tmp_path / name
        header = f"{HEADER},{more}" if more else HEADER
        file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return file

    return write
