"""A process killed at the worst moments: the old state or the new one is there, the next run completes it and clears up.

`python -m tests.benchmarks crashes` does the same at random moments.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from analytics import settings
from analytics.cli import main
from analytics.logs import load_log
from analytics.store import open_store, segments_folder, write_transaction
from analytics.store.backup import backup
from tests.store.conftest import WriteCsv

# Runs a command that is killed when a function is called for the nth time: before its work, or after it.
KILLED = """
import importlib, os, signal, sys
module, name, nth, moment, *arguments = sys.argv[1:]
target = importlib.import_module(module)
function, calls = getattr(target, name), []
def killed(*given, **named):
    calls.append(1)
    if len(calls) == int(nth) and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    found = function(*given, **named)
    if len(calls) == int(nth):
        os.kill(os.getpid(), signal.SIGKILL)
    return found
setattr(target, name, killed)
from analytics.cli import main
main(arguments)
"""
CATALOGUE, SEGMENT, BACKUP = "analytics.store.catalogue", "analytics.traffic.segment", "analytics.store.backup"


def killed(place: str, *arguments: str) -> None:
    """Run a command that is killed at `place`: module, function, which call, before or after."""
    environment = os.environ | {"PYTHONPATH": str(settings.home)}
    command = [sys.executable, "-c", KILLED, *place.split(), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def calls(database: Path) -> int:
    return int(open_store(database).rows("SELECT sum(requests)::BIGINT FROM rollup")[0][0])


def left_over(database: Path) -> list[str]:
    """What a write leaves beside the database and its segments after the next one."""
    with write_transaction(database, "own", "a test"):
        pass
    named = {row[0] for row in open_store(database).rows("SELECT segment FROM segments")}
    segments = [entry.name for entry in segments_folder(database).glob("*") if entry.name not in named]
    beside = [entry.name for entry in database.parent.iterdir() if entry.name.endswith((".building", ".wal", ".tmp", ".files", ".syncing"))]  # fmt: skip
    return segments + beside


@pytest.mark.parametrize(
    ("place", "seen"),
    [
        (f"{CATALOGUE} _open 1 after", 2),
        ("analytics.store.catalogue make_segment 1 after", 2),
        (f"{SEGMENT} copy_to 3 after", 2),
        (f"{CATALOGUE} _finish 1 before", 2),
        (f"{CATALOGUE} sync_to_disk 10 before", 2),
        (f"{CATALOGUE} complete_segment 1 before", 5),
    ],
)
def test_a_killed_load(place: str, seen: int, database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5", "b,2026-10-01,gpt-4o,10,5"))
    more = write_csv(*(f"c{number},2026-10-02,gpt-4o,10,5" for number in range(3)), name="more.csv")
    killed(place, "load", str(more), "--db", str(database))
    assert calls(database) == seen
    assert main(["load", str(more), "--db", str(database)]) == 0
    assert calls(database) == 5
    assert left_over(database) == []


def test_what_duckdb_moved_out_of_memory_goes_too(database: Path) -> None:
    with write_transaction(database, "own", "a test"):
        pass
    spilled = database.with_name("log.duckdb.building.tmp")
    spilled.mkdir()
    (spilled / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"left over from a kill")
    assert left_over(database) == []


@pytest.mark.parametrize(
    ("place", "seen"),
    [
        (f"{BACKUP} _check_catalogue 1 after", 1),
        (f"{BACKUP} _restore_beside 1 before", 1),
        (f"{CATALOGUE} _finish 1 before", 1),
        (f"{CATALOGUE} complete_segment 1 before", 2),
    ],
)
def test_a_killed_restore(place: str, seen: int, database: Path, write_csv: WriteCsv, tmp_path: Path) -> None:
    other = tmp_path / "other" / "log.duckdb"
    load_log(other, write_csv("a,2026-10-01,gpt-4o,10,5", "b,2026-10-01,gpt-4o,10,5"))
    backup(other, tmp_path / "b.zip")
    load_log(database, write_csv("c,2026-10-01,gpt-4o,10,5"))
    killed(place, "restore", str(tmp_path / "b.zip"), "--replace", "--db", str(database))
    assert calls(database) == seen
    assert main(["restore", str(tmp_path / "b.zip"), "--replace", "--db", str(database)]) == 0
    assert calls(database) == 2


@pytest.mark.parametrize("place", [f"{BACKUP} _add_beside 1 before", "os fsync 1 before"])
def test_a_killed_backup_leaves_the_earlier_one(
    place: str, database: Path, write_csv: WriteCsv, tmp_path: Path
) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5"))
    out = tmp_path / "b.zip"
    out.write_bytes(b"the earlier backup")
    killed(place, "backup", "--out", str(out), "--db", str(database))
    assert out.read_bytes() == b"the earlier backup"
    backup(database, out)
    assert [entry.name for entry in tmp_path.iterdir() if "building" in entry.name] == []


def test_a_killed_report_leaves_the_earlier_one(small: Callable[[], Path], tmp_path: Path) -> None:
    out = tmp_path / "report.csv"
    out.write_bytes(b"the earlier report")
    arguments = ("report", "--out", str(out), "--db", str(small()))
    killed("os fsync 1 before", *arguments)
    assert out.read_bytes() == b"the earlier report"
    assert main(arguments) == 0
    assert out.read_bytes() != b"the earlier report"
    assert [entry.name for entry in tmp_path.iterdir() if "building" in entry.name] == []


@pytest.fixture
def small(database: Path, write_csv: WriteCsv) -> Callable[[], Path]:
    """A log that a report can be written on."""

    def make() -> Path:
        rows = (f"r{number},2026-10-{1 + number % 20:02d},claude-opus-4-1,100,50,1" for number in range(200))
        load_log(database, write_csv(*rows, more="quality"))
        return database

    return make
