"""The only pass over raw rows: a segment's Parquet files from the rows a load is about to add."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from analytics.store.scores import scored_sql
from analytics.store.segments import quoted, rows_sql, segment_columns

_here = Path(__file__).parent
OF_SCORES = ("class_scores", "score_clusters")
ROLLUPS = ("rollup", "classes", "class_scores", "score_clusters", "latency_histogram", "speed_histogram")


def question_sql(name: str) -> str:
    """The query over `clean`, or `scored`, that makes one of the ROLLUPS."""
    return (_here / f"{name}.sql").read_text(encoding="utf-8")


def write_segment(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    in_order: bool,
    progress: Callable[[float, str], None],
) -> None:
    """Write the relation `clean` of `connection` and its roll-ups into `folder`.

    `in_order` says that the rows already come nearly by time, so that sorting them again would only cost.
    """
    connection.execute(f"CREATE OR REPLACE TEMP VIEW scored AS {scored_sql('clean', 'scores')}")
    order = "" if in_order else " ORDER BY timestamp"
    progress(0.5, "writing requests")
    copy_to(
        connection, f"SELECT {', '.join(segment_columns('requests'))} FROM clean{order}", folder / "requests.parquet"
    )
    for step, name in enumerate(ROLLUPS):
        progress(0.7 + 0.04 * step, f"summing up: {name.replace('_', ' ')}")
        copy_to(connection, question_sql(name), folder / f"{name}.parquet")


def rescore_segment(connection: duckdb.DuckDBPyConnection, old: Path, new: Path, scores: str) -> None:
    """Write segment `old` into the folder `new` with the scores of the table `scores`; the other files are linked."""
    write_scores(connection, old / "requests.parquet", new, scores)
    for file in old.iterdir():
        if file.stem not in OF_SCORES:
            link(file, new / file.name)


def write_scores(connection: duckdb.DuckDBPyConnection, requests: Path, folder: Path, scores: str) -> None:
    """Write the roll-ups of the scores of a segment's `requests` into `folder`."""
    rows = rows_sql(connection, [requests], "requests")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW scored AS {scored_sql(rows, scores)}")
    for name in OF_SCORES:
        copy_to(connection, question_sql(name), folder / f"{name}.parquet")


def link(file: Path, copy: Path) -> None:
    """The same file under another name; a copy where the file system has no links."""
    try:
        os.link(file, copy)
    except OSError:
        shutil.copyfile(file, copy)


def copy_to(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    """Write what `query` finds into a Parquet file."""
    connection.execute(f"COPY ({query}) TO {quoted(file)} (FORMAT parquet)")
