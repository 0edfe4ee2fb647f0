"""What several commands share: their results, which database they mean, and how they tell progress."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics import settings
from analytics.errors import UsageError
from analytics.whole_file import write_whole

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

JsonObject = dict[str, Any]


def reading_database(options: argparse.Namespace) -> Path:
    """`--db`, else the database that opens by default."""
    return options.db or settings.default_database()


def writing_database(options: argparse.Namespace) -> Path:
    """`--db`, else the user's own."""
    return options.db or settings.own_database()


def show_progress(fraction: float, what: str) -> None:
    """A line that is written over, on terminals only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{fraction:4.0%} {what}", end="" if fraction < 1 else "\n", file=sys.stderr, flush=True)


def write_out(path: Path, content: bytes | str) -> None:
    """What a command makes, at `path`, whole or not at all. Raises UsageError."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}): choose another place.") from error


def positive(text: str) -> float:
    """An option's number above 0."""
    value = float(text)
    if not 0 < value < 1e15:
        raise argparse.ArgumentTypeError("must be a number above 0")
    return value


def share(text: str) -> float:
    """An option's number in [0, 1]."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be a number in [0, 1]")
    return value


def whole(text: str) -> int:
    """An option's whole number of at least 0."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must be a whole number of at least 0")
    return value
