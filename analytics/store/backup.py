"""Backup and restore: a database and what lies beside it as one file.

A backup is of one version, whatever is loaded meanwhile: segments never change and the catalogue is swapped in one rename.
A restore is checked before anything of it shows, and shows in the rename of the catalogue.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from analytics.errors import StoreError
from analytics.store.archive import (
    CATALOGUE,
    SETTINGS,
    Archive,
    Manifest,
    Writer,
    damaged,
    open_archive,
    write_archive,
)
from analytics.store.catalogue import Transaction, replacing_transaction
from analytics.store.connection import attach_catalogue, connect_memory, shut_out
from analytics.store.reader import Store, open_store
from analytics.store.segments import LATER_TABLES, SEGMENT_TABLES, held_segments, segments_folder
from analytics.whole_file import whole_file

Progress = Callable[[float, str], None]

# What a restore writes besides the backup's own bytes and once more its catalogue: blocks of a file system.
SPARE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class BackupResult:
    """What was backed up or restored: the file or database, bytes on the disk, and what the backup holds."""

    path: Path
    size: int
    manifest: Manifest

    @property
    def segments(self) -> int:
        """How many segments it holds."""
        return len({name.split("/")[1] for name in self.manifest.named("segments")})


def backup(database: Path, out: Path, progress: Progress | None = None) -> BackupResult:
    """Write the database as it is now, its settings and its runs to `out`, whole or not at all.

    Loads go on meanwhile. Raises StoreError when the database is damaged, or when `out` cannot be written.
    """
    tell, database = progress or (lambda fraction, what: None), database.absolute()
    _check_out(database, out)
    with held_segments(database), _one_version(database) as (store, catalogue):
        segments = [row[0] for row in store.rows("SELECT segment FROM segments ORDER BY load_id")]
        try:
            with whole_file(out) as file:
                with write_archive(file) as writer:
                    writer.add(CATALOGUE, catalogue)
                    for number, segment in enumerate(segments):
                        tell(number / len(segments), f"segment {number + 1} of {len(segments)}")
                        _add_segment(writer, database, segment)
                    _add_beside(writer, database)
                    manifest = writer.finish(store.kind, datetime.now(UTC).isoformat(timespec="seconds"))
                size = file.tell()
        except OSError as error:
            where = f"{out} could not be written ({error.strerror})"
            raise StoreError(f"{where}: free space or choose another place.") from error
    tell(1.0, "done")
    return BackupResult(out, size, manifest)


def restore(file: Path, database: Path, replace: bool = False, progress: Progress | None = None) -> BackupResult:
    """Make the database at `database` what it was when the backup `file` was taken.

    Raises StoreError, and then nothing has changed: when the backup is damaged, when there is a database or a settings file
    already and not `replace`, or when the disk has too little room. Runs are added: none that is there is lost.
    """
    tell, database = progress or (lambda fraction, what: None), database.absolute()
    with open_archive(file) as archive:
        manifest = archive.manifest
        _check_target(database, manifest, replace)
        for name in (*manifest.named("settings"), *manifest.named("runs")):
            archive.check(name)

        def fill(building: Path) -> None:
            _check_target(database, manifest, replace)  # once more, now that nobody else can write
            with building.open("wb") as out:
                archive.extract(CATALOGUE, out)
            _check_catalogue(archive, building)

        with replacing_transaction(database, fill, "restore a backup", progress) as transaction:
            replaced = list(segments_folder(database).glob("*"))
            _restore_segments(archive, transaction, tell)
            _restore_beside(archive, database)
            for folder in replaced:
                os.utime(folder)  # whoever opened the old version a moment ago may go on reading it for a while
    tell(1.0, "done")
    return BackupResult(database, manifest.size, manifest)


def backup_kind(file: Path) -> str:
    """'demo' or 'own': what a backup holds. Raises StoreError when it is none."""
    with open_archive(file) as archive:
        return archive.manifest.kind


def settings_file(database: Path, name: str) -> Path:
    """One of the small files beside a database, `PATH.NAME.toml`."""
    return database.with_name(f"{database.name}.{name}.toml")


def _runs_folder(database: Path) -> Path:
    return database.with_name(database.name + ".runs")


def _check_out(database: Path, out: Path) -> None:
    place = out.resolve()
    if place == database.resolve() or segments_folder(database).resolve() in place.parents:
        raise StoreError(f"{out} is part of the database itself: choose another file with --out.")
    if out.is_dir() or not place.parent.is_dir() or not os.access(place.parent, os.W_OK):
        why = "is a folder" if out.is_dir() else "lies in no folder that exists and can be written"
        raise StoreError(f"{out} {why}: choose another file with --out.")


@contextmanager
def _one_version(database: Path) -> Iterator[tuple[Store, BinaryIO]]:
    """The database open for reading, and the very catalogue file that it reads."""
    while True:
        open_store(database)  # says what is wrong, if anything is
        with database.open("rb") as catalogue:
            store = open_store(database)
            if os.path.samestat(os.fstat(catalogue.fileno()), database.stat()):  # not swapped meanwhile
                yield store, catalogue
                return


def _add_segment(writer: Writer, database: Path, segment: str) -> None:
    for table in SEGMENT_TABLES:
        file = segments_folder(database) / segment / f"{table}.parquet"
        if file.exists() or table not in LATER_TABLES:
            with file.open("rb") as source:
                writer.add(f"segments/{segment}/{table}.parquet", source)


def _add_beside(writer: Writer, database: Path) -> None:
    files = {f"settings/{name}.toml": settings_file(database, name) for name in SETTINGS}
    files |= {f"runs/{file.name}": file for file in sorted(_runs_folder(database).glob("*.jsonl"))}
    for name, file in files.items():
        if file.is_file() and writer.takes(name):
            with file.open("rb") as source:
                writer.add(name, source)


def _check_target(database: Path, manifest: Manifest, replace: bool) -> None:
    there = [file for file in (database, *(settings_file(database, name) for name in SETTINGS)) if file.exists()]
    if there and not replace:
        raise StoreError(
            f"{there[0]} exists: restore beside it with --db, or give it up for the backup with --replace."
        )
    place = next(folder for folder in database.parents if folder.is_dir())
    needed = manifest.size + manifest.parts[CATALOGUE].size + SPARE_BYTES
    free = shutil.disk_usage(place).free
    if free < needed:
        raise StoreError(
            f"The backup needs {needed / 1e6:,.0f} MB and {place} has {free / 1e6:,.0f} MB free: free some, or choose another place with --db."
        )


def _check_catalogue(archive: Archive, catalogue: Path) -> None:
    """Refuse a catalogue with anything in it that runs, or whose segments are not the archive's."""
    with connect_memory() as connection:
        attach_catalogue(connection, catalogue)
        shut_out(connection)
        active = connection.execute(
            "SELECT (SELECT count(*) FROM duckdb_views() WHERE database_name = 'catalogue' AND NOT internal) "
            "+ (SELECT count(*) FROM duckdb_functions() WHERE database_name = 'catalogue' AND NOT internal)"
        ).fetchall()[0][0]
        if active:
            raise damaged(archive.path, "its catalogue holds more than tables")
        named = {row[0] for row in connection.execute("SELECT segment FROM catalogue.segments").fetchall()}
        tables = {row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        lists = "SELECT segment FROM catalogue.warehouse_segments"  # their requests are in the warehouse
        away = {row[0] for row in connection.execute(lists).fetchall()} if "warehouse_segments" in tables else set()
    parts = set(archive.manifest.named("segments"))
    needed = {
        f"segments/{one}/{table}.parquet"
        for one in named
        for table in SEGMENT_TABLES
        if table not in LATER_TABLES and (table != "requests" or one not in away)
    }
    if not needed <= parts or {name.split("/")[1] for name in parts} != named:
        raise damaged(archive.path, "its segments are not those of its catalogue")


def _restore_segments(archive: Archive, transaction: Transaction, tell: Progress) -> None:
    """Every segment under a new name: one of the same name may be there, and be read or be damaged."""
    segments = transaction.segments()
    for number, segment in enumerate(segments):
        tell(number / len(segments), f"segment {number + 1} of {len(segments)}")
        folder = transaction.new_segment()
        for name in archive.manifest.named(f"segments/{segment}"):
            with (folder / name.split("/")[2]).open("wb") as out:
                archive.extract(name, out)
        for table in ("segments", "warehouse_segments"):
            transaction.catalogue.execute(f"UPDATE {table} SET segment = ? WHERE segment = ?", [folder.name, segment])


def _restore_beside(archive: Archive, database: Path) -> None:
    parts = archive.manifest.parts
    for name in archive.manifest.named("runs"):
        ledger = _runs_folder(database) / name.split("/")[1]
        if not ledger.exists() or ledger.stat().st_size < parts[name].size:  # a ledger only grows
            ledger.parent.mkdir(exist_ok=True)
            with whole_file(ledger) as out:
                archive.extract(name, out)
    for setting in SETTINGS:
        name, file = f"settings/{setting}.toml", settings_file(database, setting)
        if name in parts:
            with whole_file(file) as out:
                archive.extract(name, out)
        else:
            file.unlink(missing_ok=True)
