"""From a file to rows with canonical names, by DuckDB's own readers.

Whatever the container, the result is a relation `source_rows` with a `record_line` and the canonical columns it has.
"""

import zlib
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analytics.errors import LoadError
from analytics.logs.fields import Field, quoted_name
from analytics.logs.formats import FORMATS, Format, format_named
from analytics.logs.sniff import Sniffed, open_text, sniff
from analytics.settings import MAX_LINE_BYTES
from analytics.store.segments import quoted

LINE = "record_line"
MAX_SHOWN_COLUMNS = 12
MAX_SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class Unreadable:
    """A line that is no record at all."""

    line: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Reading:
    """What `source_rows` holds: column types, how many calls the file has, the lines that are no record, and how many
    records are no model call.
    """

    format: Format
    sniffed: Sniffed
    types: dict[str, str]
    records: int
    unreadable: list[Unreadable] = field(default_factory=list)
    ignored: int = 0


def read_requests(
    connection: duckdb.DuckDBPyConnection, file: Path, fields: tuple[Field, ...], format_name: str | None
) -> Reading:
    """Read a log; its format is taken from its content unless named. Raises LoadError in one sentence."""
    chosen = format_named(format_name) if format_name else None
    sniffed = sniff(file)
    try:
        return _read(connection, file, fields, sniffed, chosen)
    except (duckdb.Error, OSError, EOFError, zlib.error) as error:
        if chosen and isinstance(error, duckdb.BinderException):
            raise LoadError(
                f"{file.name} is no file of the format {chosen.name}: load it without naming one."
            ) from error
        raise LoadError(f"{file.name} cannot be read: {_why(error)}.") from error


def _read(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    fields: tuple[Field, ...],
    sniffed: Sniffed,
    chosen: Format | None,
) -> Reading:
    if sniffed.container in ("jsonl", "json"):
        found = _form(chosen, sniffed.names) or _recognise(sniffed.names)
        unreadable = _read_json(connection, file, fields, sniffed, found)
    else:
        unreadable = _read_table(connection, file, sniffed)
        names = frozenset(_types(connection, "file_rows"))
        found = _form(chosen, names) or _recognise(names)
    ignored = _separate_calls(connection, found)
    _shape(connection, fields, found)
    types = _types(connection, "source_rows")
    _require(file, fields, types, [name for name in _types(connection, "file_rows") if name != LINE])
    records = _count(connection, "source_rows") + len(unreadable)
    if ignored and not records:
        raise LoadError(
            f"{file.name} holds {ignored:,} records of the format {found.name}, but none is a model call: export those too."
        )
    return Reading(found, sniffed, types, records, unreadable, ignored)


def _form(chosen: Format | None, names: frozenset[str]) -> Format | None:
    """Of the forms in which a named format comes, the one that the file has."""
    forms = [known for known in FORMATS if chosen and known.name == chosen.name]
    return next((known for known in forms if known.signature <= names), chosen)


def _recognise(names: frozenset[str]) -> Format:
    return next((known for known in FORMATS if known.signature <= names), FORMATS[-1])


def _read_table(connection: duckdb.DuckDBPyConnection, file: Path, sniffed: Sniffed) -> list[Unreadable]:
    if sniffed.container == "parquet":
        connection.execute(
            f"CREATE TEMP VIEW file_rows AS SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS {LINE} "
            f"FROM read_parquet({quoted(file)}, file_row_number = true)"
        )
        return []
    connection.execute(
        f"CREATE TEMP TABLE csv_rows AS SELECT * FROM read_csv({quoted(file)}, header = true, all_varchar = true, "
        f"compression = '{sniffed.compression}', max_line_size = {MAX_LINE_BYTES}, store_rejects = true, rejects_limit = 0)"
    )
    bad = connection.execute(
        "SELECT line, any_value(error_type::VARCHAR), any_value(csv_line), any_value(error_message) FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    lines = [row[0] for row in bad]
    connection.execute("CREATE TEMP TABLE bad_lines AS SELECT unnest($lines::BIGINT[]) AS line", {"lines": lines})
    # The k-th good record stands below the header and below every refused line that comes before it.
    connection.execute(
        f"CREATE TEMP VIEW file_rows AS SELECT *, rowid + 2 + (SELECT count(*) FROM "
        f"(SELECT line - 1 - row_number() OVER (ORDER BY line) AS good_before FROM bad_lines) WHERE good_before <= csv_rows.rowid) AS {LINE} FROM csv_rows"
        if lines
        else f"CREATE TEMP VIEW file_rows AS SELECT *, rowid + 2 AS {LINE} FROM csv_rows"
    )
    return [Unreadable(line, f"the row is not valid CSV ({_words(kind)})", raw or "") for line, kind, raw, _ in bad]


def _read_json(
    connection: duckdb.DuckDBPyConnection, file: Path, fields: tuple[Field, ...], sniffed: Sniffed, chosen: Format
) -> list[Unreadable]:
    wanted = dict(chosen.record) or {known.name: "VARCHAR" for known in fields}
    lines = sniffed.container == "jsonl"
    if not chosen.record:
        wanted |= dict.fromkeys(_other_keys(connection, file, sniffed, wanted), "JSON")
    layout = "newline_delimited" if lines else "auto"
    compression = f"compression = '{sniffed.compression}', maximum_object_size = {2 * MAX_LINE_BYTES}"
    columns = "{" + ", ".join(f"{quoted_name(name)}: {quoted(kind)}" for name, kind in wanted.items()) + "}"
    connection.execute(
        f"CREATE TEMP TABLE json_rows AS SELECT * FROM read_json({quoted(file)}, format = '{layout}', "
        f"columns = {columns}, {compression}{', ignore_errors = true' if lines else ''})"
    )
    empty = " AND ".join(f"{quoted_name(name)} IS NULL" for name in wanted)
    broken = [row[0] for row in connection.execute(f"SELECT rowid FROM json_rows WHERE {empty}").fetchall()]
    where = f" WHERE NOT ({empty})" if broken else ""
    if not lines or not _has_blank_lines(file, sniffed):
        connection.execute(f"CREATE TEMP VIEW file_rows AS SELECT *, rowid + 1 AS {LINE} FROM json_rows{where}")
        numbers = {rowid: rowid + 1 for rowid in broken}
    else:
        connection.execute("CREATE TEMP TABLE text_lines (ordinal BIGINT, line BIGINT)")
        ordinals = _line_numbers(file, sniffed)
        connection.execute(
            "INSERT INTO text_lines SELECT unnest(range(len($lines::BIGINT[]))), unnest($lines::BIGINT[])",
            {"lines": ordinals},
        )
        connection.execute(
            f"CREATE TEMP VIEW file_rows AS SELECT json_rows.*, text_lines.line AS {LINE} "
            f"FROM json_rows JOIN text_lines ON json_rows.rowid = text_lines.ordinal{where}"
        )
        numbers = {rowid: ordinals[rowid] for rowid in broken}
    return _broken_lines(file, sniffed, sorted(numbers.values()))


def _other_keys(
    connection: duckdb.DuckDBPyConnection, file: Path, sniffed: Sniffed, known: dict[str, str]
) -> list[str]:
    """Keys outside the canonical ones: they are kept as tags."""
    layout = "newline_delimited" if sniffed.container == "jsonl" else "auto"
    ignore = ", ignore_errors = true" if layout == "newline_delimited" else ""
    found = connection.execute(
        f"SELECT DISTINCT unnest(json_keys(json)) FROM read_json_objects({quoted(file)}, format = '{layout}', "
        f"compression = '{sniffed.compression}', maximum_object_size = {2 * MAX_LINE_BYTES}{ignore})"
        " WHERE json_type(json) = 'OBJECT'"
    ).fetchall()
    return sorted(row[0] for row in found if row[0] not in known and row[0] != LINE)


def _has_blank_lines(file: Path, sniffed: Sniffed) -> bool:
    with open_text(file, sniffed.compression) as stream:
        return any(not line.strip() for line in stream)


def _line_numbers(file: Path, sniffed: Sniffed) -> list[int]:
    with open_text(file, sniffed.compression) as stream:
        return [number for number, line in enumerate(stream, start=1) if line.strip()]


def _broken_lines(file: Path, sniffed: Sniffed, numbers: list[int]) -> list[Unreadable]:
    if not numbers or sniffed.container != "jsonl":
        return [Unreadable(number, "the row has none of the log's fields", "") for number in numbers]
    wanted = set(numbers)
    found = []
    with open_text(file, sniffed.compression) as stream:
        for number, line in enumerate(stream, start=1):
            if number in wanted:
                text = line.decode("utf-8", errors="replace").rstrip("\r\n")
                found.append(Unreadable(number, "the row is not a JSON object in UTF-8 with the log's fields", text))
    return found


def _separate_calls(connection: duckdb.DuckDBPyConnection, chosen: Format) -> int:
    """Create `calls`, one row per model call; returns how many rows are none. Unwrapped calls are numbered anew."""
    rows = f"(SELECT *, row_number() OVER () AS {LINE} FROM ({chosen.rows}))" if chosen.rows else "file_rows"
    if not chosen.rows and not chosen.calls:
        connection.execute("CREATE TEMP VIEW calls AS FROM file_rows")
        return 0
    is_call = f"coalesce({chosen.calls}, false)" if chosen.calls else "true"
    connection.execute(f"CREATE TEMP TABLE all_rows AS SELECT *, {is_call} AS is_call FROM {rows}")
    connection.execute("CREATE TEMP VIEW calls AS SELECT * EXCLUDE (is_call) FROM all_rows WHERE is_call")
    return int(connection.execute("SELECT count(*) FROM all_rows WHERE NOT is_call").fetchall()[0][0])


def _shape(connection: duckdb.DuckDBPyConnection, fields: tuple[Field, ...], chosen: Format) -> None:
    if chosen.columns:
        shaped = ", ".join(f"{expression} AS {quoted_name(name)}" for name, expression in chosen.columns.items())
        connection.execute(f"CREATE TEMP VIEW source_rows AS SELECT {LINE}, {shaped} FROM calls")
        return
    names = _types(connection, "calls")
    known = {field.name for field in fields}
    extra = [name for name in names if name not in known and name != LINE]
    kept = ", ".join(quoted_name(name) for name in names if name in known and name != "tags")
    tags = "tags" if "tags" in names else ""
    if extra and "tags" in known:
        pairs = ", ".join(f"{quoted(name)}, {quoted_name(name)}" for name in extra)
        others = f"json_object({pairs})"
        tags = f"json_merge_patch(coalesce(TRY_CAST(tags AS JSON), '{{}}'::JSON), {others})" if tags else others
        tags = f"({tags})::VARCHAR AS tags"
    columns = ", ".join(part for part in (LINE, kept, tags) if part)
    connection.execute(f"CREATE TEMP VIEW source_rows AS SELECT {columns} FROM calls")


def _require(file: Path, fields: tuple[Field, ...], types: dict[str, str], found: list[str]) -> None:
    missing = [known.name for known in fields if known.required and known.name not in types]
    if missing:
        shown = ", ".join(name[:MAX_SHOWN_CHARACTERS] for name in found[:MAX_SHOWN_COLUMNS])
        needed = ", ".join(known.name for known in fields if known.required)
        raise LoadError(
            f"{file.name} has no column {' and no '.join(missing)}: it needs {needed}, and has {shown}"
            f"{', ...' if len(found) > MAX_SHOWN_COLUMNS else ''}."
        )


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {relation}").fetchall()}


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def _words(kind: str) -> str:
    return kind.replace("_", " ").lower()


def _why(error: Exception) -> str:
    """DuckDB's own words, without the query and without the file's content."""
    text = str(error)
    if "aximum line size" in text or "maximum_object_size" in text:
        return f"a line is longer than {MAX_LINE_BYTES // 2**20} MB, shorten or remove it"
    first = text.strip().split("\n")[0]
    return first.removeprefix("Invalid Input Error: ").removeprefix("IO Error: ").rstrip(". ")
