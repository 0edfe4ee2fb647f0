"""From a file to rows with canonical names, by DuckDB's own readers.

Whatever the container, the result is a relation `source_rows` with a `record_line` and the canonical columns it has.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from analytics.errors import LoadError, UnknownFormatError
from analytics.logs.containers import LINE, Unreadable, column_types, read_json, read_table, shape_table
from analytics.logs.fields import SCORE_FIELDS, Field, quoted_name
from analytics.logs.formats import CANONICAL, FORMATS, Format, format_named
from analytics.logs.sniff import Sniffed, sniff
from analytics.settings import MAX_LINE_BYTES
from analytics.store.segments import quoted

MAX_SHOWN_COLUMNS = 12
_FIELDS: dict[str, tuple[Field, ...]] = {"scores": SCORE_FIELDS, "totals": ()}
MAX_SHOWN_CHARACTERS = 40


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
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    fields: tuple[Field, ...],
    format_name: str | None,
    mappings: Sequence[Format] = (),
    part: bool = False,
) -> Reading:
    """Read a log; its format is taken from its content unless named. Raises LoadError in one sentence.

    `mappings` are formats that the user described: they can be named, and are recognised like the built-in ones.
    A `part` of a log may hold no model call.
    """
    chosen = format_named(format_name, mappings) if format_name else None
    sniffed = sniff(file)
    try:
        return _read(connection, file, fields, sniffed, chosen, mappings, part)
    except (duckdb.Error, OSError, EOFError, zlib.error) as error:
        if chosen and isinstance(error, duckdb.BinderException):
            raise _other_format(file, chosen) from error
        raise LoadError(f"{file.name} cannot be read: {_why(error)}.") from error


def _read(
    connection: duckdb.DuckDBPyConnection,
    file: Path,
    fields: tuple[Field, ...],
    sniffed: Sniffed,
    chosen: Format | None,
    mappings: Sequence[Format],
    part: bool,
) -> Reading:
    if sniffed.container in ("csv", "parquet"):
        unreadable = read_table(connection, file, sniffed)
        names = frozenset(column_types(connection, "table_rows")) - {LINE}
        found = _form(chosen, names) or recognise(names, mappings) or CANONICAL
        shape_table(connection, found)
    else:
        names = sniffed.names
        found = _form(chosen, names) or recognise(names, mappings) or CANONICAL
        if found is CANONICAL and not chosen and names - {known.name for known in fields}:
            _require(file, fields, dict.fromkeys(names, ""), sorted(names), UnknownFormatError)
        unreadable = read_json(connection, file, fields, sniffed, found)
    if names and found is not CANONICAL and not found.signature & names:
        raise _other_format(file, found)
    fields = _FIELDS.get(found.holds, fields)
    ignored = _separate_calls(connection, found)
    _shape(connection, fields, found)
    types = column_types(connection, "source_rows")
    _require(file, fields, types, sorted(names), UnknownFormatError if found is CANONICAL and not chosen else LoadError)
    records = _count(connection, "source_rows") + len(unreadable)
    if ignored and not records and not part:
        raise LoadError(
            f"{file.name} holds {ignored:,} records of the format {found.name}, but none is {_wanted(found)}: export those too."
        )
    return Reading(found, sniffed, types, records, unreadable, ignored)


def _other_format(file: Path, chosen: Format) -> LoadError:
    return LoadError(f"{file.name} is no file of the format {chosen.name}: load it without naming one.")


def _form(chosen: Format | None, names: frozenset[str]) -> Format | None:
    """Of the forms in which a named format comes, the one that the file has."""
    forms = [known for known in FORMATS if chosen and known.name == chosen.name]
    return next((known for known in forms if known.signature <= names), chosen)


def recognise(names: frozenset[str], mappings: Sequence[Format] = ()) -> Format | None:
    """The format whose signature these column names have; a built-in one before one that the user described."""
    return next((known for known in (*FORMATS, *mappings) if known.signature <= names), None)


def _wanted(chosen: Format) -> str:
    return "a numeric score of a request" if chosen.holds == "scores" else "a model call"


def _separate_calls(connection: duckdb.DuckDBPyConnection, chosen: Format) -> int:
    """Create `calls`, one row per model call; returns how many rows are none. Unwrapped calls are numbered anew."""
    if not chosen.rows and not chosen.calls:
        connection.execute("CREATE TEMP VIEW calls AS FROM file_rows")
        return 0
    is_call = f"coalesce({chosen.calls}, false)" if chosen.calls else "true"
    rows = "file_rows"
    if chosen.rows:
        connection.execute(
            f"CREATE TEMP TABLE all_rows AS SELECT *, row_number() OVER () AS {LINE} FROM ({chosen.rows})"
        )
        rows = "all_rows"
    connection.execute(f"CREATE TEMP VIEW calls AS SELECT * FROM {rows} WHERE {is_call}")
    return int(connection.execute(f"SELECT count(*) FROM {rows} WHERE NOT {is_call}").fetchall()[0][0])


def _shape(connection: duckdb.DuckDBPyConnection, fields: tuple[Field, ...], chosen: Format) -> None:
    if chosen.columns:
        shaped = ", ".join(f"{expression} AS {quoted_name(name)}" for name, expression in chosen.columns.items())
        # Once, not again in each of the passes that follow: taking JSON apart is most of the work.
        connection.execute(f"CREATE TEMP TABLE source_rows AS SELECT {LINE}, {shaped} FROM calls")
        return
    names = column_types(connection, "calls")
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


def _require(
    file: Path, fields: tuple[Field, ...], types: dict[str, str], found: list[str], error: type[LoadError]
) -> None:
    missing = [known.name for known in fields if known.required and known.name not in types]
    if missing:
        shown = ", ".join(name[:MAX_SHOWN_CHARACTERS] for name in found[:MAX_SHOWN_COLUMNS])
        needed = ", ".join(known.name for known in fields if known.required)
        raise error(
            f"{file.name} has no column {' and no '.join(missing)}: it needs {needed}, and has {shown}"
            f"{', ...' if len(found) > MAX_SHOWN_COLUMNS else ''}. `routecast map` describes other columns."
        )


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {relation}").fetchall()[0][0])


def _why(error: Exception) -> str:
    """DuckDB's own words, without the query and without the file's content."""
    text = str(error)
    if "aximum line size" in text or "maximum_object_size" in text:
        return f"a line is longer than {MAX_LINE_BYTES // 2**20} MB, shorten or remove it"
    first = text.strip().split("\n")[0]
    return first.removeprefix("Invalid Input Error: ").removeprefix("IO Error: ").rstrip(". ")
