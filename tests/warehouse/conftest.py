"""The same nasty log three times: loaded here, in a lake of Parquet files, and in a Postgres server of its own."""

import csv
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from analytics.logs import load_log
from analytics.sources import Source, save_sources, sync_sources
from tests.warehouse.nasty import Row, late_scores, nasty_rows, write_rows
from tests.warehouse.server import binaries, copy_file, postgres_server


@dataclass(frozen=True)
class Nasty:
    """The rows, their Parquet file, and the database that loaded it with its late scores."""

    rows: list[Row]
    file: Path
    scores: list[tuple[str, float, str | None, object]]
    database: Path


@pytest.fixture(scope="session")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Nasty:
    """Loaded once for all tests, which only read it."""
    folder = tmp_path_factory.mktemp("nasty")
    rows = nasty_rows()
    scores = late_scores(rows)
    file = write_rows(rows, folder / "nasty.parquet")
    late = folder / "scores.csv"
    with late.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["request_id", "quality", "quality_metric", "scored_at"])
        writer.writerows([one[0], one[1], one[2] or "", one[3]] for one in scores)
    load_log(folder / "local.duckdb", file, source="warehouse")
    load_log(folder / "local.duckdb", late, source="warehouse")
    return Nasty(rows, file, scores, folder / "local.duckdb")


def late_file(nasty: Nasty, folder: Path) -> Path:
    """The late scores as Parquet."""
    file = folder / "late.parquet"
    with duckdb.connect() as here:
        here.execute("CREATE TABLE late (request_id TEXT, quality DOUBLE, quality_metric TEXT, scored_at TIMESTAMPTZ)")
        here.executemany("INSERT INTO late VALUES (?, ?, ?, ?)", nasty.scores)
        here.execute(f"COPY late TO '{file}' (FORMAT parquet)")
    return file


def lake_source(nasty: Nasty, folder: Path, **more: object) -> Source:
    """The log as a lake, its late scores beside it."""
    settings = {"table": str(nasty.file), "scores": str(late_file(nasty, folder)), "source": "warehouse"}
    return Source("lake", "warehouse", "duckdb://", **(settings | more))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def lake(nasty: Nasty, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database whose log stays in a lake."""
    folder = tmp_path_factory.mktemp("lake")
    database = folder / "lake.duckdb"
    save_sources(database, (lake_source(nasty, folder),))
    assert [one.error for one in sync_sources(database)] == [None]
    return database


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a Postgres server that lives as long as the tests."""
    if binaries() is None and not os.environ.get("CI"):
        pytest.skip("Postgres is not installed: apt-get install postgresql")
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_database(nasty: Nasty, postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database whose log stays in Postgres, one column under another name."""
    folder = tmp_path_factory.mktemp("in-postgres")
    copy_file(postgres, nasty.file, "log", {"timestamp": "Created At"})
    copy_file(postgres, late_file(nasty, folder), "late")
    source = Source(
        "production", "warehouse", postgres, table="public.log", scores="late", source="warehouse", allow_private=True,
        columns=(("timestamp", "Created At"),),
    )  # fmt: skip
    save_sources(folder / "log.duckdb", (source,))
    assert [one.error for one in sync_sources(folder / "log.duckdb")] == [None]
    return folder / "log.duckdb"
