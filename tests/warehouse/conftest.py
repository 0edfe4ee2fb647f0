"""The same nasty log three times: loaded here, in a lake of Parquet files, and in a Postgres server of its own."""

import csv
import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from analytics.logs import load_log
from analytics.sources import Source, save_sources, sync_sources
from tests.warehouse.nasty import COLUMNS, Row, late_scores, nasty_rows, write_rows


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


def lake_source(nasty: Nasty, folder: Path, **more: object) -> Source:
    """The log as a lake, its late scores beside it."""
    import duckdb

    with duckdb.connect() as here:
        here.execute("CREATE TABLE late (request_id TEXT, quality DOUBLE, quality_metric TEXT, scored_at TIMESTAMPTZ)")
        here.executemany("INSERT INTO late VALUES (?, ?, ?, ?)", nasty.scores)
        here.execute(f"COPY late TO '{folder / 'late.parquet'}' (FORMAT parquet)")
    settings: dict[str, object] = {"table": str(nasty.file), "scores": str(folder / "late.parquet"), "source": "warehouse"}
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
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not binaries and not os.environ.get("CI"):
        pytest.skip("Postgres is not installed: apt-get install postgresql")
    assert binaries, "Postgres is not installed: .ci/run installs it"
    # The server refuses to run as root; Debian's package brings a user for it, who must reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="routecast-postgres-"))
    as_other = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"] if getpass.getuser() == "root" else []
    if as_other:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, control = folder / "data", [*as_other, str(binaries[-1] / "pg_ctl"), "-D", str(folder / "data")]
    run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, "env": os.environ | {"LC_ALL": "C.UTF-8"}}
    subprocess.run([*as_other, str(binaries[-1] / "initdb"), "-D", str(data), "-A", "trust", "-U", "reader", "-E", "UTF8"], **run)  # type: ignore[call-overload]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    subprocess.run([*control, "-l", str(folder / "log"), "-o", options, "-w", "start"], **run)  # type: ignore[call-overload]
    yield f"postgres://reader@127.0.0.1:{port}/postgres"
    subprocess.run([*control, "-m", "immediate", "stop"], **run)  # type: ignore[call-overload]
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_database(nasty: Nasty, postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database whose log stays in Postgres."""
    import psycopg

    kinds = {"VARCHAR": "text", "DOUBLE": "double precision", "TIMESTAMPTZ": "timestamptz", "BIGINT": "bigint", "BOOLEAN": "boolean"}  # fmt: skip
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute("CREATE SCHEMA llm")
        columns = ", ".join(f'"{_own_name(name)}" {kinds[kind]}' for name, kind in COLUMNS.items())
        server.execute(f"CREATE TABLE llm.requests ({columns})")  # type: ignore[arg-type]
        server.execute("CREATE TABLE llm.late (request_id text, quality double precision, quality_metric text, scored_at timestamptz)")
        cursor = server.cursor()
        marks = ", ".join(["%s"] * len(COLUMNS))
        cursor.executemany(f"INSERT INTO llm.requests VALUES ({marks})", [[row[name] for name in COLUMNS] for row in nasty.rows])  # type: ignore[arg-type]
        cursor.executemany("INSERT INTO llm.late VALUES (%s, %s, %s, %s)", nasty.scores)
    database = tmp_path_factory.mktemp("in-postgres") / "log.duckdb"
    source = Source(
        "production", "warehouse", postgres, table="llm.requests", scores="llm.late", source="warehouse", allow_private=True,
        columns=(("timestamp", "Created At"),),
    )  # fmt: skip
    save_sources(database, (source,))
    assert [one.error for one in sync_sources(database)] == [None]
    return database


def _own_name(name: str) -> str:
    return "Created At" if name == "timestamp" else name
