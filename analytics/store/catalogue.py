"""Writing: a lock, a copy of the catalogue, changes, and one rename that makes them visible together."""

import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import duckdb

from analytics.errors import StoreError
from analytics.store.connection import unreadable
from analytics.store.segments import remove_orphans, segments_folder

Kind = Literal["own", "demo"]
Progress = Callable[[float, str], None]

MIGRATIONS = sorted((Path(__file__).parent / "migrations").glob("[0-9]*.sql"))
SCHEMA_VERSION = len(MIGRATIONS)


@dataclass
class Transaction:
    """An open write: change `catalogue`, write files into `new_segment()`; nothing shows before the end."""

    path: Path
    catalogue: duckdb.DuckDBPyConnection
    created: list[Path] = field(default_factory=list)

    def new_segment(self) -> Path:
        """A fresh folder for a segment's Parquet files; removed again if the transaction fails."""
        folder = segments_folder(self.path) / uuid.uuid4().hex
        folder.mkdir(parents=True)
        self.created.append(folder)
        return folder

    def segments(self) -> list[str]:
        """Names of all segments that hold requests (those of a warehouse hold sums only), in the order they were loaded."""
        found = self.catalogue.execute(
            "SELECT segment FROM segments WHERE segment NOT IN (SELECT segment FROM warehouse_segments) ORDER BY load_id"
        )
        return [row[0] for row in found.fetchall()]


@contextmanager
def write_transaction(path: Path, kind: Kind, progress: Progress | None = None) -> Iterator[Transaction]:
    """Prepare a new version of the database at `path` and swap it in when the block ends without an error.

    Writers queue on `PATH.lock`. A killed writer leaves the old version in place and a building file that the
    next writer replaces.
    """
    path = path.absolute()
    _check_place(path)
    building = path.with_name(path.name + ".building")
    with _lock(path, progress):
        transaction: Transaction | None = None
        try:
            catalogue = _start(path, building, kind)
            transaction = Transaction(path, catalogue)
            yield transaction
            _finish(transaction, building)
        except BaseException as error:
            _abandon(transaction, building)
            if isinstance(error, OSError):
                why = error.strerror or str(error)
                raise StoreError(f"{path} could not be written ({why}): free space or choose another place.") from error
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
    for leftover in (building, building.with_name(building.name + ".wal")):
        leftover.unlink(missing_ok=True)
    if path.exists():
        shutil.copyfile(path, building)
    try:
        catalogue = duckdb.connect(str(building), config={"autoinstall_known_extensions": False})
        catalogue.execute("SET GLOBAL timezone = 'UTC'")
        version = schema_version(catalogue)
    except duckdb.Error as error:
        raise unreadable(path) from error
    check_version(path, version)
    for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
        catalogue.execute(script.read_text(encoding="utf-8"))
        _set_meta(catalogue, "schema_version", str(number))
    _check_kind(path, catalogue, kind)
    known = {row[0] for row in catalogue.execute("SELECT segment FROM segments").fetchall()}
    remove_orphans(path, known)
    return catalogue


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


def _finish(transaction: Transaction, building: Path) -> None:
    _set_meta(transaction.catalogue, "version", uuid.uuid4().hex)
    transaction.catalogue.execute("CHECKPOINT")
    transaction.catalogue.close()
    for folder in transaction.created:
        for file in folder.iterdir():
            _sync(file)
        _sync(folder)
    _sync(building)
    building.replace(transaction.path)
    _sync(transaction.path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _abandon(transaction: Transaction | None, building: Path) -> None:
    if transaction is not None:
        transaction.catalogue.close()
        for folder in transaction.created:
            shutil.rmtree(folder, ignore_errors=True)
    for leftover in (building, building.with_name(building.name + ".wal")):
        leftover.unlink(missing_ok=True)
