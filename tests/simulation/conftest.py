"""Small worlds: a log and side-by-side answers given as rows, summed up by the project's own traffic queries."""

import itertools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import analytics.traffic
from analytics.store import Store
from analytics.store.catalogue import MIGRATIONS
from analytics.store.connection import connect_memory
from analytics.store.segments import segment_schema

Row = Mapping[str, Any]
TRAFFIC_SQL = Path(analytics.traffic.__file__).parent
SUMMARIES = ("rollup", "classes", "class_scores", "score_clusters", "latency_histogram")
_numbers = itertools.count()


def summarise(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the summaries from `requests`."""
    connection.execute("CREATE OR REPLACE VIEW clean AS SELECT *, false AS fell_back FROM requests")
    connection.execute("CREATE OR REPLACE VIEW scored AS SELECT * FROM clean")
    for name in SUMMARIES:
        connection.execute(f"INSERT INTO {name} BY NAME {(TRAFFIC_SQL / f'{name}.sql').read_text()}")


def empty_world() -> Store:
    connection = connect_memory()
    connection.execute(segment_schema)
    for migration in MIGRATIONS:
        connection.execute(migration.read_text(encoding="utf-8"))
    return Store(Path("world.duckdb"), "own", f"version-{next(_numbers)}", connection)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Row]) -> None:
    listed = [dict(row) for row in rows]
    if listed:
        connection.register("given", pl.DataFrame(listed, infer_schema_length=None).to_arrow())
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM given")
        connection.unregister("given")


PRICES = (  # model, USD per million input and output tokens
    ("strong", 15.0, 75.0),
    ("weak", 1.0, 5.0),
    ("middle", 3.0, 15.0),
)


@pytest.fixture
def fill_world() -> Callable[[str, str], Store]:
    """A world whose requests and outcomes are two SELECT statements."""

    def fill(requests: str, outcomes: str) -> Store:
        world = empty_world()
        world.connection.execute(f"INSERT INTO requests BY NAME {requests}")
        world.connection.execute(f"INSERT INTO outcomes BY NAME {outcomes}")
        summarise(world.connection)
        return world

    return fill


@pytest.fixture
def make_world() -> Callable[..., Store]:
    """A world of these requests and outcomes; what a row leaves out takes plain defaults."""

    def make(
        requests: Iterable[Row] = (),
        outcomes: Iterable[Row] = (),
        prices: Iterable[tuple[str, float, float]] = PRICES,
    ) -> Store:
        world = empty_world()
        logged = []
        for number, row in enumerate(requests):
            full = {
                "source": "test", "request_id": f"r{number}", "logical_id": f"r{number}", "attempt": 1,
                "timestamp": "2026-01-01 00:00:00+00", "model": "strong", "input_tokens": 1000, "output_tokens": 100,
                "cache_read_tokens": 0, "cache_write_tokens": 0, "reasoning_tokens": 0, "status": "ok", "use_case": "chat",
                "batch": False, "complexity": 0.3, "context_band": 0, "is_request": True, "request_latency_ms": 1000.0,
            } | dict(row)  # fmt: skip
            logged.append(full | {"complexity_bin": int(full["complexity"] * 100 + 1e-9)})
        _insert(world.connection, "requests", logged)
        answers = [{"use_case": "chat", "complexity": 0.3, "quality_metric": "quality"} | dict(row) for row in outcomes]
        bins = [{"complexity_bin": int(row["complexity"] * 100 + 1e-9)} for row in answers]
        _insert(world.connection, "outcomes", (row | more for row, more in zip(answers, bins, strict=True)))
        _insert(
            world.connection,
            "prices",
            (
                {
                    "model": model, "provider": "test", "above_tokens": 0, "input_usd_per_mtok": input_rate,
                    "output_usd_per_mtok": output_rate, "source": "catalogue",
                }
                for model, input_rate, output_rate in prices
            ),
        )  # fmt: skip
        summarise(world.connection)
        return world

    return make
