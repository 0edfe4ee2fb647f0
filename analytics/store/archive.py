"""What a backup is: an uncompressed zip of a catalogue, its segments and the small files beside it, and a manifest.

Reading trusts nothing: only names of the white list, sizes and SHA-256 as the manifest has them, and never more bytes out
than the archive has.
"""

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from analytics.errors import StoreError
from analytics.store.segments import SEGMENT_TABLES

FORMAT = 1
MANIFEST, CATALOGUE = "manifest.json", "catalogue.duckdb"
SETTINGS = ("mappings", "prices", "rates", "sources", "endpoints")
_ALLOWED = re.compile(
    rf"catalogue\.duckdb|segments/[0-9a-f]{{32}}/({'|'.join(SEGMENT_TABLES)})\.parquet"
    rf"|settings/({'|'.join(SETTINGS)})\.toml|runs/[0-9]{{8}}-[0-9]{{6}}-[0-9a-f]{{6}}\.jsonl"
)
_MANIFEST_BYTES = 64 * 1024 * 1024
_CHUNK = 1 << 20
# What zipfile and json raise on damaged input; they are not of one family.
_DAMAGE = (zipfile.BadZipFile, OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError, NotImplementedError, RuntimeError, OverflowError, MemoryError)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One file of a backup: its size in bytes and its SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `kind`: own or demo; `created_at`: ISO time; `parts` by name."""

    kind: str
    created_at: str
    parts: Mapping[str, Part]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(part.size for part in self.parts.values())

    def named(self, folder: str) -> list[str]:
        """Names of the parts in a folder of the archive."""
        return [name for name in self.parts if name.startswith(folder + "/")]


@dataclass
class Writer:
    """A backup being written."""

    zip: zipfile.ZipFile
    parts: dict[str, Part]

    @staticmethod
    def takes(name: str) -> bool:
        """Whether a part may have this name."""
        return _ALLOWED.fullmatch(name) is not None

    def add(self, name: str, source: BinaryIO) -> None:
        """A file as the part `name`; what is appended to it meanwhile is left out."""
        assert self.takes(name), name
        digest, size = hashlib.sha256(), os.fstat(source.fileno()).st_size
        with self.zip.open(name, "w", force_zip64=True) as target:
            for chunk in _chunks(source, size):
                digest.update(chunk)
                target.write(chunk)
        self.parts[name] = Part(size, digest.hexdigest())

    def finish(self, kind: str, created_at: str) -> Manifest:
        """Write the manifest: what lacks one is no backup."""
        parts = {name: {"bytes": part.size, "sha256": part.sha256} for name, part in self.parts.items()}
        content = {"routecast_backup": FORMAT, "kind": kind, "created_at": created_at, "files": parts}
        self.zip.writestr(MANIFEST, json.dumps(content, indent=1))
        return Manifest(kind, created_at, self.parts)


@contextmanager
def write_archive(file: BinaryIO) -> Iterator[Writer]:
    """A writer of a backup into `file`."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        yield Writer(archive, {})


@dataclass(frozen=True)
class Archive:
    """A backup open for reading, its manifest checked against the archive's own table of contents."""

    path: Path
    manifest: Manifest
    zip: zipfile.ZipFile

    def extract(self, name: str, out: BinaryIO) -> None:
        """Write the part `name` to `out` and check it. Raises StoreError where it is damaged, OSError of the disk."""
        digest, part = hashlib.sha256(), self.manifest.parts[name]
        for chunk in self._read(name, part.size):
            digest.update(chunk)
            out.write(chunk)
        if digest.hexdigest() != part.sha256:
            raise damaged(self.path, f"{name} is not what was backed up")

    def check(self, name: str) -> None:
        """Raise StoreError when the part `name` is damaged."""
        with open(os.devnull, "wb") as nowhere:
            self.extract(name, nowhere)

    def _read(self, name: str, size: int) -> Iterator[bytes]:
        try:
            with self.zip.open(name) as source:
                yield from _chunks(source, size)
        except _DAMAGE as error:
            raise damaged(self.path, f"{name} cannot be read") from error


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """A backup for reading. Raises StoreError when it is none, or damaged."""
    try:
        archive = zipfile.ZipFile(path)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise StoreError(f"{path} cannot be opened ({error.strerror}): name a file that `routecast backup` wrote.") from error  # fmt: skip
    except _DAMAGE as error:
        raise damaged(path, "it is no complete archive") from error
    with archive:
        try:
            manifest = _manifest(archive)
            _check_entries(archive.infolist(), manifest, path.stat().st_size)
        except StoreError as error:
            raise damaged(path, str(error)) from error
        except _DAMAGE as error:
            raise damaged(path, "its manifest cannot be read") from error
        yield Archive(path, manifest, archive)


def damaged(path: Path, what: str) -> StoreError:
    """The error for an archive that nothing is restored from."""
    return StoreError(
        f"{path} is not a backup of Routecast or is damaged ({what}): nothing was changed; use another one."
    )


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > _MANIFEST_BYTES:
        raise StoreError("its manifest is too large")
    content: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if content["routecast_backup"] != FORMAT:
        raise StoreError("it is of a newer Routecast")
    parts = {name: Part(int(part["bytes"]), str(part["sha256"])) for name, part in content["files"].items()}
    return Manifest(str(content["kind"]), str(content["created_at"]), parts)


def _check_entries(entries: Iterable[zipfile.ZipInfo], manifest: Manifest, archive_bytes: int) -> None:
    """Refuse whatever `Writer` would not have written: other names, links, compression, sizes that do not add up."""
    sizes: dict[str, int] = {}
    for entry in entries:
        if entry.filename in sizes:
            raise StoreError(f"it holds {entry.filename[:80]!r} twice")
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size or entry.flag_bits & 1:
            raise StoreError(f"{entry.filename[:80]!r} is compressed or encrypted")
        sizes[entry.filename] = entry.file_size
    sizes.pop(MANIFEST)
    for name in manifest.parts:
        if not _ALLOWED.fullmatch(name):
            raise StoreError(f"{name[:80]!r} is not a file of a database")
    if sizes != {name: part.size for name, part in manifest.parts.items()}:
        raise StoreError("its files are not those of its manifest")
    if CATALOGUE not in sizes or min(sizes.values()) < 0 or sum(sizes.values()) > archive_bytes:
        raise StoreError("its files do not add up")


def _chunks(source: IO[bytes], size: int) -> Iterator[bytes]:
    """Exactly `size` bytes; raises EOFError when there are fewer."""
    while size:
        chunk = source.read(min(_CHUNK, size))
        if not chunk:
            raise EOFError
        size -= len(chunk)
        yield chunk
