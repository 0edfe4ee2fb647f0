"""Writing: a lock, a copy of the catalogue, changes, and one rename that makes them visible together."""

import contextlib
import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import duckdb

from analytics.errors import StoreError
from analytics.people import require_editor
from analytics.store.connection import confine, explained, unreadable
from analytics.store.segments import (
    complete_segment,
    discard_segment,
    make_segment,
    quoted,
    remove_orphans,
    segments_folder,
)
from analytics.whole_file import sync_to_disk

Kind = Literal["own", "demo"]
Progress = Callable[[float, str], None]

MIGRATIONS = sorted((Path(__file__).parent / "migrations").glob("[0-9]*.sql"))
SCHEMA_VERSION = len(MIGRATIONS)
# What a write may hold in memory; the rest of a large file goes to a temporary folder beside the database.
MOST_MEMORY = 3 * 10**9
MOST_NOTE_CHARACTERS = 300


@dataclass
class Transaction:
    """An open write: change `catalogue`, write files into `new_segment()`; nothing shows before the end.

    detail: what the write is about, for the table `changes`: names and counts, never a key or a prompt. noted: False for a
    write that changed nothing anybody would ask about. replaced: segments that readers of the old version may still need for a
    while. superseded: segments that are deleted as soon as the new version shows.
    rebuilt: whether the catalogue is written anew, so that nothing that was deleted is left in its file.
    """

    path: Path
    catalogue: duckdb.DuckDBPyConnection
    created: list[Path] = field(default_factory=list)
    detail: str = ""
    noted: bool = True
    replaced: list[str] = field(default_factory=list)
    superseded: list[Path] = field(default_factory=list)
    rebuilt: bool = False

    def new_segment(self) -> Path:
        """A fresh folder for a segment's Parquet files; removed again if the transaction fails."""
        folder = make_segment(self.path)
        self.created.append(folder)
        return folder

    def replace_segments(self, old: list[str], new: Path) -> None:
        """Let the segment in the folder `new` stand for the segments `old`."""
        self.catalogue.execute(
            "INSERT INTO segments SELECT ?, max(load_id), min(first_at), max(last_at), sum(attempts) FROM segments "
            "WHERE list_contains(?, segment)",
            [new.name, old],
        )
        self.catalogue.execute("DELETE FROM segments WHERE list_contains(?, segment)", [old])
        self.replaced += old

    def reads_only(self, file: Path) -> None:
        """From here on this write reads `file` and the database's own segments, and nothing else of the disk."""
        confine(self.catalogue, self.path, file.absolute())

    def segments(self) -> list[str]:
        """Names of all segments that hold requests (those of a warehouse hold sums only), in the order they were loaded."""
        found = self.catalogue.execute(
            "SELECT segment FROM segments WHERE segment NOT IN (SELECT segment FROM warehouse_segments) ORDER BY load_id"
        )
        return [row[0] for row in found.fetchall()]


@contextmanager
def write_transaction(path: Path, kind: Kind, what: str, progress: Progress | None = None) -> Iterator[Transaction]:
    """Prepare a new version of the database at `path` and swap it in when the block ends without an error.

    `what` says in a few words what the write does ("set a budget"): it is noted with who did it and when. Raises RoleError when
    who acts may change nothing. Writers queue on `PATH.lock`. A killed writer leaves the old version in place, and what it
    was building to the next writer, who removes it.
    """
    with _transaction(path, what, progress, lambda building: _start(path.absolute(), building, kind)) as transaction:
        yield transaction


@contextmanager
def replacing_transaction(
    path: Path, fill: Callable[[Path], None], what: str, progress: Progress | None = None
) -> Iterator[Transaction]:
    """The same, from a catalogue that `fill` writes to the path it is given: nothing of what is at `path` stays."""

    def start(building: Path) -> duckdb.DuckDBPyConnection:
        fill(building)
        return _open(path.absolute(), building)

    with _transaction(path, what, progress, start) as transaction:
        yield transaction


@contextmanager
def _transaction(
    path: Path, what: str, progress: Progress | None, start: Callable[[Path], duckdb.DuckDBPyConnection]
) -> Iterator[Transaction]:
    person = require_editor(what)
    path = path.absolute()
    _check_place(path)
    building = path.with_name(path.name + ".building")
    transaction: Transaction | None = None
    try:
        with _lock(path, progress):
            try:
                _discard(building)
                transaction = Transaction(path, start(building))
                yield transaction
                if transaction.noted:
                    _note(transaction, person.name, what)
                _finish(transaction, building)
            except BaseException:
                _abandon(transaction, building)
                raise
    except OSError as error:
        raise StoreError(
            f"{error.filename or path} could not be written ({error.strerror or error}): free space or choose another place."
        ) from error
    except duckdb.Error as error:
        if known := explained(path, error):
            raise known from error
        raise


def _check_place(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is not a regular file: name a file for the database with --db.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{path.parent} cannot be created ({error.strerror}): choose another place with --db."
        ) from error
    if not os.access(path.parent, os.W_OK):
        raise StoreError(f"{path.parent} is read-only: choose another place with --db.")


@contextmanager
def _lock(path: Path, progress: Progress | None) -> Iterator[None]:
    with path.with_name(path.name + ".lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if progress is not None:
                progress(0.0, "waiting for another load to finish")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _start(path: Path, building: Path, kind: Kind) -> duckdb.DuckDBPyConnection:
    if path.exists():
        shutil.copyfile(path, building)
    catalogue = _open(path, building)
    _check_kind(path, catalogue, kind)
    known = {row[0] for row in catalogue.execute("SELECT segment FROM segments").fetchall()}
    remove_orphans(path, known)
    return catalogue


def _open(path: Path, building: Path) -> duckdb.DuckDBPyConnection:
    """The catalogue that will be the one of `path`, brought to today's schema."""
    try:
        catalogue = duckdb.connect(str(building), config=_config())
        catalogue.execute("SET GLOBAL timezone = 'UTC'")
        version = schema_version(catalogue)
    except duckdb.Error as error:
        raise unreadable(path) from error
    check_version(path, version)
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        catalogue.execute(script.read_text(encoding="utf-8"))
        _set_meta(catalogue, "schema_version", str(number))
    return catalogue


def _config() -> dict[str, str | bool | int | float | list[str]]:
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {"autoinstall_known_extensions": False, "memory_limit": f"{min(MOST_MEMORY, machine // 2)}B"}


def schema_version(catalogue: duckdb.DuckDBPyConnection, schema: str = "main") -> int:
    """The schema version of an open catalogue; 0 for an empty database."""
    tables = catalogue.execute(
        "SELECT count(*) FILTER (table_name = 'meta'), count(*) FROM duckdb_tables() WHERE database_name = "
        + ("current_database()" if schema == "main" else "'" + schema + "'")
    ).fetchall()[0]
    if tables[0] == 0:
        return 0 if tables[1] == 0 else -1
    prefix = "" if schema == "main" else schema + "."
    found = catalogue.execute(f"SELECT value FROM {prefix}meta WHERE key = 'schema_version'").fetchall()
    return int(found[0][0]) if found else -1


def check_version(path: Path, version: int) -> None:
    """Refuse a database of a newer program, or one that is somebody else's."""
    if version < 0:
        raise StoreError(f"{path} is a DuckDB database but not Routecast's: name another file with --db.")
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer Routecast (schema {version}, this one knows {SCHEMA_VERSION}): upgrade Routecast."
        )


def _check_kind(path: Path, catalogue: duckdb.DuckDBPyConnection, kind: Kind) -> None:
    found = catalogue.execute("SELECT value FROM meta WHERE key = 'kind'").fetchall()
    if not found:
        _set_meta(catalogue, "kind", kind)
    elif found[0][0] != kind:
        holds, remedy = (
            ("the demo", "name a database of your own with --db")
            if kind == "own"
            else ("your own log", "build the demo in another file with --db")
        )
        raise StoreError(f"{path} holds {holds}, and the two are never mixed: {remedy}.")


def _set_meta(catalogue: duckdb.DuckDBPyConnection, key: str, value: str) -> None:
    catalogue.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])


def _note(transaction: Transaction, who: str, what: str) -> None:
    transaction.catalogue.execute(
        "INSERT INTO changes VALUES (?, ?, ?, ?)",
        [datetime.now(UTC), who[:MOST_NOTE_CHARACTERS], what, transaction.detail[:MOST_NOTE_CHARACTERS]],
    )


def _finish(transaction: Transaction, building: Path) -> None:
    _set_meta(transaction.catalogue, "version", uuid.uuid4().hex)
    transaction.catalogue.execute("CHECKPOINT")
    transaction.catalogue.close()
    if transaction.rebuilt:
        _rebuild(building)
    for folder in transaction.created:
        for file in folder.iterdir():
            sync_to_disk(file)
        sync_to_disk(folder)
    if transaction.created:
        sync_to_disk(segments_folder(transaction.path))
    sync_to_disk(building)
    building.replace(transaction.path)
    sync_to_disk(transaction.path.parent)
    for folder in transaction.created:
        complete_segment(folder)
    # Whoever opened the old version a moment ago may go on reading its segments for a while.
    for segment in transaction.replaced:
        os.utime(segments_folder(transaction.path) / segment)
    for folder in transaction.superseded:
        shutil.rmtree(folder, ignore_errors=True)
    _discard(building)


def _rebuild(building: Path) -> None:
    """Write the catalogue anew: a changed DuckDB file keeps what was deleted in blocks that are not used any more."""
    fresh = building.with_name(building.name + ".fresh")
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": False}) as connection:
        connection.execute(f"ATTACH {quoted(building)} AS old (READ_ONLY)")
        connection.execute(f"ATTACH {quoted(fresh)} AS fresh")
        connection.execute("COPY FROM DATABASE old TO fresh")
    fresh.replace(building)


def _abandon(transaction: Transaction | None, building: Path) -> None:
    if transaction is not None:
        with contextlib.suppress(duckdb.Error):  # on a full disk it cannot even be closed
            transaction.catalogue.close()
        for folder in transaction.created:
            discard_segment(folder)
    _discard(building)


def _discard(building: Path) -> None:
    """Remove a catalogue that never became one, its journals, and what DuckDB moved out of memory beside it."""
    for ending in ("", ".wal", ".fresh", ".fresh.wal"):
        building.with_name(building.name + ending).unlink(missing_ok=True)
    shutil.rmtree(building.with_name(building.name + ".tmp"), ignore_errors=True)
