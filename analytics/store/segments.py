"""Where the segments of a database lie and what they are made of."""

import shutil
import time
from pathlib import Path

SEGMENT_TABLES = (
    "requests", "rollup", "classes", "class_scores", "score_clusters", "latency_histogram", "speed_histogram",
)  # fmt: skip
segment_schema = (Path(__file__).parent / "segment.sql").read_text(encoding="utf-8")

# A reader that opened the catalogue before the last swap may still read a segment that the new one no longer names.
ORPHAN_GRACE_SECONDS = 3600.0


def segments_folder(database: Path) -> Path:
    """The folder of a database's segments: `PATH.segments`."""
    return database.with_name(database.name + ".segments")


def quoted(text: str | Path) -> str:
    """`text` as an SQL string literal, for the few places where DuckDB takes no parameter."""
    return "'" + str(text).replace("'", "''") + "'"


def segment_files(database: Path, segments: list[str], table: str) -> str:
    """An SQL expression that reads `table` of these segments."""
    folder = segments_folder(database)
    names = ", ".join(quoted(folder / segment / f"{table}.parquet") for segment in segments)
    return f"read_parquet([{names}])"


def remove_orphans(database: Path, known: set[str]) -> None:
    """Delete segments that no catalogue names: left over from a load that was killed, or replaced long ago."""
    folder = segments_folder(database)
    if not folder.is_dir():
        return
    now = time.time()
    for entry in folder.iterdir():
        if entry.name not in known and now - entry.stat().st_mtime > ORPHAN_GRACE_SECONDS:
            shutil.rmtree(entry, ignore_errors=True)
