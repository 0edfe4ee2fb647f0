"""Where the segments of a database lie and what they are made of."""

import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def segment_files(database: Path, segments: list[str], table: str, reader: str = "read_parquet") -> str:
    """An SQL expression that reads `table` of these segments; with the reader `parquet_schema`, what columns they have."""
    folder = segments_folder(database)
    names = ", ".join(quoted(folder / segment / f"{table}.parquet") for segment in segments)
    return f"{reader}([{names}])"


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
