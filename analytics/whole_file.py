"""Files that are written whole or not at all, and folders for what nobody needs later; neither outlives a kill for long."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

NAME_CHARACTERS = 50  # of at most four bytes each: a name has at most 255


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """An open file that stands at `path` when the block ends without an error; else `path` is as it was.

    What a killed writer left behind is used up by the next one for the same path; two at once queue. Raises OSError.
    """
    if path.exists() and not path.is_file():  # /dev/stdout, a named pipe: nothing to replace
        with path.open("wb") as stream:
            yield stream
        return
    path = path.resolve()
    building = path.with_name(f".{path.name[-NAME_CHARACTERS:]}.building")
    with _locked(building) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            building.replace(path)
        except BaseException:
            building.unlink(missing_ok=True)
            raise
    sync_to_disk(path.parent)


def write_whole(path: Path, content: bytes | str) -> None:
    """`content` (text as UTF-8) at `path`, whole or not at all. Raises OSError."""
    with whole_file(path) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


def sync_to_disk(path: Path) -> None:
    """Return when a file or the entries of a folder are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _locked(building: Path) -> Iterator[BinaryIO]:
    """An empty file of that name that no other process writes; the lock goes with the process."""
    while True:
        descriptor = os.open(building, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still(building, descriptor):  # whoever held the lock may have renamed it meanwhile
                file.truncate()
                yield file
                return


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """An empty folder for the block; what a killed process left in it goes first. Two at once queue."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_still(folder, descriptor):
                _empty(folder)
                try:
                    yield folder
                finally:
                    shutil.rmtree(folder, ignore_errors=True)
                return
        finally:
            os.close(descriptor)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _is_still(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
