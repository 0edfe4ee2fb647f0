"""Where the segments of a database lie and what they are made of."""

import fcntl
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb

SEGMENT_TABLES = (
    "requests", "rollup", "classes", "class_scores", "score_clusters", "latency_histogram", "speed_histogram",
)  # fmt: skip
# Segments of earlier versions of the program lack these.
LATER_TABLES = ("score_clusters", "speed_histogram")
segment_schema = (Path(__file__).parent / "segment.sql").read_text(encoding="utf-8")

# A reader that opened the catalogue before the last swap may still read a segment that the new one no longer names.
ORPHAN_GRACE_SECONDS = 3600.0
_BUILDING = ".building"


def segments_folder(database: Path) -> Path:
    """The folder of a database's segments: `PATH.segments`."""
    return database.with_name(database.name + ".segments")


def quoted(text: str | Path) -> str:
    """`text` as an SQL string literal, for the few places where DuckDB takes no parameter."""
    return "'" + str(text).replace("'", "''") + "'"


def pattern(path: str | Path) -> str:
    """`path` for DuckDB's readers, which take every path for a pattern: a folder [old] would stand for one named o."""
    return re.sub(r"([*?\[])", r"[\1]", str(path))


def path_sql(path: str | Path) -> str:
    """The file at `path`, and no other, for DuckDB's readers."""
    return quoted(pattern(path))


def allowed_sql(*paths: Path) -> str:
    """These paths as a list for DuckDB's settings, as they are and as its readers are given them."""
    return f"[{', '.join(quoted(one) for path in paths for one in dict.fromkeys((str(path), pattern(path))))}]"


@cache
def segment_columns(table: str) -> dict[str, str]:
    """The columns of `table` and their types, in their order."""
    with duckdb.connect(":memory:") as blank:
        blank.execute(segment_schema)
        return {row[0]: row[1] for row in blank.execute(f"DESCRIBE {table}").fetchall()}


def rows_sql(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], table: str) -> str:
    """A relation of the rows of these files with every column of `table`; those that an older file lacks are NULL."""
    columns = segment_columns(table)
    if not files:
        return f"(SELECT {', '.join(f'NULL::{kind} AS {name}' for name, kind in columns.items())} WHERE false)"
    listed = f"[{', '.join(map(path_sql, files))}]"
    found = connection.execute(f"SELECT list(name) FROM parquet_schema({listed}) GROUP BY file_name").fetchall()
    have = [set(row[0]) for row in found]
    # Reading by name opens every file at every query.
    rows = listed if all(columns.keys() <= names for names in have) else f"{listed}, union_by_name = true"
    known = set().union(*have)
    chosen = ", ".join(name if name in known else f"NULL::{kind} AS {name}" for name, kind in columns.items())
    return f"(SELECT {chosen} FROM read_parquet({rows}))"


def table_sql(connection: duckdb.DuckDBPyConnection, database: Path, segments: Sequence[str], table: str) -> str:
    """`rows_sql` of these segments of a database; those of earlier versions lack some tables."""
    files = [segments_folder(database) / segment / f"{table}.parquet" for segment in segments]
    return rows_sql(connection, [file for file in files if table not in LATER_TABLES or file.exists()], table)


def make_segment(database: Path) -> Path:
    """A fresh folder for a segment's Parquet files, marked as being built until `complete_segment`."""
    folder = segments_folder(database) / uuid.uuid4().hex
    folder.parent.mkdir(parents=True, exist_ok=True)
    _marker(folder).touch()
    folder.mkdir()
    return folder


def complete_segment(folder: Path) -> None:
    """Take the mark off a segment that the catalogue names by now."""
    _marker(folder).unlink(missing_ok=True)


def discard_segment(folder: Path) -> None:
    """Delete a segment that nobody has seen."""
    shutil.rmtree(folder, ignore_errors=True)
    complete_segment(folder)


def remove_orphans(database: Path, known: set[str]) -> None:
    """Delete segments that no catalogue names: at once what a killed write left, after a while what was replaced.

    Does nothing while `held_segments` holds them.
    """
    folder = segments_folder(database)
    if not folder.is_dir():
        return
    with _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB) as alone:
        if not alone:
            return
        for marker in folder.glob(f"*{_BUILDING}"):
            segment = folder / marker.stem
            if segment.name in known:
                complete_segment(segment)
            else:
                discard_segment(segment)
        now = time.time()
        for entry in folder.iterdir():
            if entry.name not in known and now - entry.stat().st_mtime > ORPHAN_GRACE_SECONDS:
                shutil.rmtree(entry, ignore_errors=True)


@contextmanager
def held_segments(database: Path) -> Iterator[None]:
    """Keep every segment that is there now, for as long as the block takes."""
    folder = segments_folder(database)
    if not folder.is_dir():
        yield
        return
    with _locked(folder, fcntl.LOCK_SH):
        yield


def _marker(segment: Path) -> Path:
    return segment.with_name(segment.name + _BUILDING)


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[bool]:
    """Whether the folder could be locked; the lock goes with the block, or with the process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
