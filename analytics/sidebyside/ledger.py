"""The ledger of a run: a line is on the disk before a call is made, another after it has ended.

`PATH.runs/<id>.jsonl` is only ever appended to. Its first line is the run's order (prompts, models, limits). A line that
a crash tore is cut off when the file is opened again. A start without an end is an attempt that nobody saw end: it is
counted as unknown, and may have been billed.
"""

import fcntl
import json
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analytics.errors import RunError
from analytics.people import require_editor

Record = dict[str, Any]

_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")


def runs_folder(database: Path) -> Path:
    """Where the runs of a database are: `PATH.runs`."""
    return database.with_name(database.name + ".runs")


def run_file(database: Path, run_id: str) -> Path:
    """The ledger of a run; raises RunError for what cannot be the id of one."""
    if not _ID.fullmatch(run_id):
        raise RunError(f"'{run_id[:40]}' is not the id of a run: it looks like 20261123-181500-a1b2c3.")
    return runs_folder(database) / f"{run_id}.jsonl"


def new_run_id() -> str:
    """An id that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.urandom(3).hex()}"


def list_runs(database: Path) -> list[str]:
    """Ids of the runs of a database, the latest first."""
    return sorted(
        (file.stem for file in runs_folder(database).glob("*.jsonl") if _ID.fullmatch(file.stem)), reverse=True
    )


@dataclass
class CallState:
    """What the ledger knows of one call: its end if it was answered, and every attempt by how it ended."""

    ok: Record | None = None
    attempts: int = 0
    refused: int = 0
    rejected: int = 0
    cut: int = 0
    unknown: int = 0
    error: str = ""
    maybe_usd: float = 0.0

    @property
    def maybe_billed(self) -> int:
        """Attempts that may have been billed although no answer is there."""
        return self.cut + self.unknown


@dataclass
class Run:
    """A run as its ledger tells it: the order, the calls by key, human votes in order."""

    run_id: str
    order: Record
    calls: dict[str, CallState] = field(default_factory=dict)
    votes: list[Record] = field(default_factory=list)

    def answered(self, origin: str = "user") -> dict[str, Record]:
        """Ends of answered calls of an origin ('user' or 'judge') by key."""
        return {key: one.ok for key, one in self.calls.items() if one.ok and one.ok["origin"] == origin}


class Ledger:
    """An open ledger. `append` is safe to call from several threads and returns once the line is on the disk."""

    def __init__(self, handle: Any) -> None:
        self._handle, self._lock = handle, threading.Lock()

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one line and force it to the disk. Raises RunError when that cannot be done."""
        line = json.dumps(record, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace") + b"\n"
        with self._lock:
            try:
                self._handle.write(line)
                self._handle.flush()
                os.fsync(self._handle.fileno())
            except OSError as error:
                raise RunError(
                    f"The run's ledger cannot be written ({error.strerror}): free space, then resume."
                ) from error


@contextmanager
def open_ledger(database: Path, run_id: str, order: Mapping[str, Any] | None = None) -> Iterator[tuple[Ledger, Run]]:
    """Open a run's ledger for writing; `order` begins a new one. Raises RunError when another process has it open."""
    person = require_editor("run prompts side by side, or vote")
    file = run_file(database, run_id)
    if order is None and not file.is_file():
        raise RunError(f"There is no run {run_id} of this database: see what {file.parent.name} holds.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = file.open("a+b")
    except OSError as error:
        raise RunError(f"{file} cannot be written ({error.strerror}): free space or mend its permissions.") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(f"Run {run_id} is going on elsewhere: wait for it, or stop it there.") from None
        _cut_torn_line(handle)
        ledger = Ledger(handle)
        if order is not None:
            ledger.append({"kind": "order", "run_id": run_id, "who": person.name, **order})
            _sync_folder(file.parent)
        yield ledger, read_run(database, run_id)


def _cut_torn_line(handle: Any) -> None:
    handle.seek(0)
    content = handle.read()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        handle.truncate(whole)
    handle.seek(0, os.SEEK_END)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_run(database: Path, run_id: str) -> Run:
    """What a ledger tells, while it is being written or afterwards. Raises RunError when it is none."""
    file = run_file(database, run_id)
    try:
        lines = file.read_bytes().split(b"\n")[:-1]  # what follows the last line's end is torn or not yet there
    except OSError as error:
        raise RunError(f"There is no run {run_id} of this database ({error.strerror}).") from error
    try:
        records = [json.loads(line) for line in lines if line]
        if not records or records[0].get("kind") != "order":
            raise ValueError
    except ValueError as error:
        raise RunError(f"{file.name} is not the ledger of a run: begin a new one.") from error
    run = Run(run_id, records[0])
    open_starts: dict[tuple[str, int], Record] = {}
    for record in records[1:]:
        if record["kind"] == "start":
            open_starts[record["call"], record["attempt"]] = record
        elif record["kind"] == "end":
            open_starts.pop((record["call"], record["attempt"]), None)
            _enter(run.calls.setdefault(record["call"], CallState()), record)
        elif record["kind"] == "vote":
            run.votes.append(record)
    for (call, attempt), record in open_starts.items():
        state = run.calls.setdefault(call, CallState())
        state.attempts, state.unknown = max(state.attempts, attempt), state.unknown + 1
        state.maybe_usd += record.get("most_usd") or 0.0
    return run


def _enter(state: CallState, record: Record) -> None:
    state.attempts = max(state.attempts, record["attempt"])
    state.error = record.get("error", "")
    if record["status"] == "ok":
        state.ok = record
    else:
        setattr(state, record["status"], getattr(state, record["status"]) + 1)
        if record["status"] == "cut":
            state.maybe_usd += record.get("most_usd") or 0.0
