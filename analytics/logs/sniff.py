"""What a file is, from its first bytes: container, compression, and the names of its columns."""

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Literal

from analytics.errors import LoadError
from analytics.settings import MAX_LINE_BYTES, MAX_RECORD_BYTES

Container = Literal["parquet", "csv", "jsonl", "json", "objects"]
Compression = Literal["none", "gzip", "zstd"]

# An API answers a page of records under one of these keys; beside it stand only the keys of paging.
WRAPPERS = ("data", "observations", "scores", "results", "items", "rows", "logs", "records")
_PAGING = frozenset(
    {"object", "total", "page", "page_size", "total_pages", "limit", "count", "meta", "pagination", "cursor", "next_cursor"}
    | {"nextCursor", "next_page", "has_more", "first_id", "last_id", "links", "success", "error", "truncated"}
)  # fmt: skip
_HEAD_BYTES = 256 * 1024
_SNIFFED_LINES = 50
MOST_COLUMNS = 2_000
_flat_key = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:')
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


@dataclass(frozen=True)
class Sniffed:
    """`names` are the columns of the first records; for CSV and Parquet they are read by DuckDB later and stay empty.

    Container `objects`: JSON objects over several lines; `wrapper` is the key that holds the records, if they are wrapped.
    """

    container: Container
    compression: Compression
    names: frozenset[str]
    wrapper: str = ""


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
    if text[0] in "{[":
        found = _sniff_objects(text, compression) if text[0] == "{" else Sniffed("json", compression, _keys(text))
        check_columns(file, len(found.names))
        return found
    first = text.split("\n", 1)[0]
    check_columns(file, 1 + max(first.count(separator) for separator in ",;\t|"))
    check_lines(file, compression)
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


def text_lines(file: Path, compression: Compression) -> Iterator[bytes]:
    """Its lines. Raises LoadError at one that is longer than a record may be: unpacked it might fill the memory."""
    with open_text(file, compression) as stream:
        for number in count(1):
            line = stream.readline(MAX_RECORD_BYTES + 2)
            if not line:
                return
            if len(line) > MAX_RECORD_BYTES + 1:
                raise LoadError(
                    f"{file.name}: line {number:,} is longer than {MAX_RECORD_BYTES // 2**20} MB, shorten or remove it."
                )
            yield line


def check_lines(file: Path, compression: Compression) -> None:
    """`text_lines` without the lines, at the speed of reading: raises LoadError where 8 MB hold no end of a line."""
    with open_text(file, compression) as stream:
        part = stream.read(MAX_LINE_BYTES)
        while len(part) == MAX_LINE_BYTES:
            if b"\n" not in part and b"\r" not in part:
                raise LoadError(
                    f"{file.name}: a line is longer than {MAX_LINE_BYTES // 2**20} MB, shorten or remove it."
                )
            part = stream.read(MAX_LINE_BYTES)


def check_columns(file: Path, columns: int) -> None:
    """Raises LoadError for more columns than any log has: each costs memory, whatever it holds."""
    if columns > MOST_COLUMNS:
        raise LoadError(f"{file.name} has {columns:,} columns, and {MOST_COLUMNS:,} is the most: export fewer.")


def _head(file: Path, compression: Compression) -> bytes:
    try:
        with open_text(file, compression) as stream:
            head = stream.read(_HEAD_BYTES)
            first = head.lstrip().split(b"\n", 1)
            if head.lstrip().startswith(b"{") and (len(first) == 1 or first[0].strip() == b"{"):
                head += stream.read(MAX_LINE_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise LoadError(
            f"{file.name} cannot be decompressed, it is truncated or damaged: export or copy it again."
        ) from error
    return head


def _sniff_objects(text: str, compression: Compression) -> Sniffed:
    """Objects one a line, over several lines, or wrapped into an answer of an API."""
    lines = [_object(line) for line in text.split("\n", _SNIFFED_LINES)[:_SNIFFED_LINES]]
    first = lines[0] or _object(text)
    wrapper = _wrapper(first) if first else ""
    if wrapper:
        records = first[wrapper]
        return Sniffed("objects", compression, frozenset((records[0] if records else {}) if isinstance(records, list) else records), wrapper)  # fmt: skip
    if not first:
        wrapper, names = _cut_wrapper(text)
        if wrapper:
            return Sniffed("objects", compression, names, wrapper)
    if text.split("\n", 1)[0].strip() == "{" or (first and not lines[0]):
        return Sniffed("objects", compression, _keys(text))
    names = frozenset(name for one in lines for name in one)
    return Sniffed("jsonl", compression, names or _keys(text.split("\n", 1)[0]))


def _wrapper(found: dict[str, Any]) -> str:
    """The key that holds the records of `found`, or nothing when it is a record itself."""
    for key in WRAPPERS:
        held = found.get(key)
        records = isinstance(held, dict) or (isinstance(held, list) and all(isinstance(one, dict) for one in held[:1]))
        if records and found.keys() - {key} <= _PAGING:
            return key
    return ""


def _cut_wrapper(text: str) -> tuple[str, frozenset[str]]:
    """`_wrapper` and the first record's keys where the object is longer than what was read of the file."""
    for key in WRAPPERS:
        found = re.search(rf'"{key}"\s*:\s*\[\s*(?=\{{)', text[:_HEAD_BYTES])
        before = _object(text[: found.start()].rstrip().removesuffix(",") + "}") if found else {}
        if found and (before.keys() <= _PAGING):
            return key, _keys(text[found.end() :])
    return "", frozenset()


def _object(text: str) -> dict[str, Any]:
    """The JSON object at the start of `text`; empty when there is none or it is not complete."""
    try:
        found, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _keys(text: str) -> frozenset[str]:
    """Keys of the first JSON object of `text`; of one that is not complete the keys up to the first nested value."""
    start = text.find("{")
    found = _object(text[start:]) if start >= 0 else {}
    return frozenset(found) or frozenset(_flat_key.findall(text[start + 1 :].split("{", 1)[0] if start >= 0 else ""))
