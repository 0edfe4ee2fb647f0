"""The only pass over raw rows: a segment's Parquet files from the rows a load is about to add."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from analytics.store.scores import scored_sql
from analytics.store.segments import quoted, segment_schema

_here = Path(__file__).parent
OF_SCORES = ("class_scores", "score_clusters")
ROLLUPS = ("rollup", "classes", "class_scores", "score_clusters", "latency_histogram", "speed_histogram")


def question_sql(name: str) -> str:
    """The query over `clean`, or `scored`, that makes one of the ROLLUPS."""
    return (_here / f"{name}.sql").read_text(encoding="utf-8")


def write_segment(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    columns: str,
    in_order: bool,
    progress: Callable[[float, str], None],
) -> None:
    """Write the relation `clean` of `connection` and its roll-ups into `folder`.

    `columns` lists the columns of `requests` in their order; `in_order` says that the rows already come nearly by
    time, so that sorting them again would only cost.
    """
    connection.execute(f"CREATE OR REPLACE TEMP VIEW scored AS {scored_sql('clean', 'scores')}")
    order = "" if in_order else " ORDER BY timestamp"
    progress(0.5, "writing requests")
    _copy(connection, f"SELECT {columns} FROM clean{order}", folder / "requests.parquet")
    for step, name in enumerate(ROLLUPS):
        progress(0.7 + 0.04 * step, f"summing up: {name.replace('_', ' ')}")
        _copy(connection, question_sql(name), folder / f"{name}.parquet")


def rescore_segment(connection: duckdb.DuckDBPyConnection, old: Path, new: Path, scores: str) -> None:
    """Write segment `old` into the folder `new` with the scores of the table `scores`; the other files are linked."""
    requests = f"read_parquet({quoted(old / 'requests.parquet')})"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW scored AS {scored_sql(_complete(connection, requests), scores)}")
    for name in OF_SCORES:
        _copy(connection, question_sql(name), new / f"{name}.parquet")
    for file in old.iterdir():
        if file.stem not in OF_SCORES:
            _link(file, new / file.name)


def _complete(connection: duckdb.DuckDBPyConnection, requests: str) -> str:
    """The rows of a segment with every column of today's `requests`; those that an older one lacks are NULL."""
    with duckdb.connect(":memory:") as blank:
        blank.execute(segment_schema)
        expected = {row[0]: row[1] for row in blank.execute("DESCRIBE requests").fetchall()}
    found = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {requests}").fetchall()}
    columns = ", ".join(name if name in found else f"NULL::{kind} AS {name}" for name, kind in expected.items())
    return f"(SELECT {columns} FROM {requests})"


def _link(file: Path, copy: Path) -> None:
    """The same file under another name; a copy where the file system has no links."""
    try:
        os.link(file, copy)
    except OSError:
        shutil.copyfile(file, copy)


def _copy(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    connection.execute(f"COPY ({query}) TO {quoted(file)} (FORMAT parquet)")
