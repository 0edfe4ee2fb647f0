"""What a file is, from its first bytes: container, compression, and the names of its columns."""

import gzip
import io
import json
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from analytics.errors import LoadError
from analytics.settings import MAX_LINE_BYTES

Container = Literal["parquet", "csv", "jsonl", "json"]
Compression = Literal["none", "gzip", "zstd"]

_HEAD_BYTES = 256 * 1024
_foreign = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP or Excel file",
    b"SQLite": "an SQLite database",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"BZh": "a bzip2 file",
}
_flat_key = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:')


@dataclass(frozen=True)
class Sniffed:
    """`names` are the columns that the first record has; for Parquet they are read by DuckDB later and stay empty."""

    container: Container
    compression: Compression
    names: frozenset[str]


def sniff(file: Path) -> Sniffed:
    """Look at the start of `file`; raises LoadError for whatever is not CSV, Parquet or JSON."""
    if not file.exists():
        raise LoadError(f"There is no file {file}: check the path.")
    if not file.is_file():
        raise LoadError(f"{file} is not a file: name the files to load one by one.")
    with file.open("rb") as handle:
        start = handle.read(16)
    if not start:
        raise LoadError(f"{file.name} is empty: export the log again.")
    if start.startswith(b"PAR1"):
        return Sniffed("parquet", "none", frozenset())
    compression = _compression(start)
    head = _head(file, compression)
    for magic, what in _foreign.items():
        if head.startswith(magic):
            raise LoadError(
                f"{file.name} is {what}: Routecast reads CSV, Parquet and JSON Lines in UTF-8, plain, .gz or .zst."
            )
    if b"\0" in head:
        raise LoadError(
            f"{file.name} is a binary file: Routecast reads CSV, Parquet and JSON Lines in UTF-8, plain, .gz or .zst."
        )
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace").lstrip()
    if not text:
        raise LoadError(f"{file.name} holds only blank lines: export the log again.")
    if text[0] == "{":
        first = text.split("\n", 1)[0]
        # Pretty-printed JSON: the first line opens the only object.
        return (
            Sniffed("json", compression, _keys(text))
            if first.strip() == "{"
            else Sniffed("jsonl", compression, _keys(first))
        )
    if text[0] == "[":
        return Sniffed("json", compression, _keys(text))
    return Sniffed("csv", compression, frozenset())


def _compression(start: bytes) -> Compression:
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zstd" if start.startswith(b"\x28\xb5\x2f\xfd") else "none"


def open_text(file: Path, compression: Compression) -> BinaryIO:
    """The decompressed bytes of `file`."""
    if compression == "none":
        return file.open("rb")
    if compression == "gzip":
        return gzip.open(file, "rb")  # type: ignore[return-value]
    import pyarrow as pa

    return io.BufferedReader(pa.input_stream(str(file), compression=compression))


def _head(file: Path, compression: Compression) -> bytes:
    try:
        with open_text(file, compression) as stream:
            head = stream.read(_HEAD_BYTES)
            if head.lstrip().startswith(b"{") and b"\n" not in head:
                head += stream.read(MAX_LINE_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise LoadError(
            f"{file.name} cannot be decompressed, it is truncated or damaged: export or copy it again."
        ) from error
    return head


def _keys(text: str) -> frozenset[str]:
    """Keys of the first JSON object of `text`; of one that is not complete the keys up to the first nested value."""
    try:
        found, _ = json.JSONDecoder().raw_decode(text[text.index("{") :])
    except (ValueError, RecursionError):
        return frozenset(_flat_key.findall(text.split("{", 2)[1] if "{" in text else ""))
    return frozenset(found)
