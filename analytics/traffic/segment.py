"""The only pass over raw rows: a segment's Parquet files from the rows a load is about to add."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from analytics.store.segments import quoted

_here = Path(__file__).parent
ROLLUPS = ("rollup", "classes", "class_scores", "score_clusters", "latency_histogram", "speed_histogram")


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
    order = "" if in_order else " ORDER BY timestamp"
    progress(0.5, "writing requests")
    _copy(connection, f"SELECT {columns} FROM clean{order}", folder / "requests.parquet")
    for step, name in enumerate(ROLLUPS):
        progress(0.7 + 0.04 * step, f"summing up: {name.replace('_', ' ')}")
        _copy(connection, (_here / f"{name}.sql").read_text(encoding="utf-8"), folder / f"{name}.parquet")


def _copy(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    connection.execute(f"COPY ({query}) TO {quoted(file)} (FORMAT parquet)")
