"""From a file to a relation `file_rows`: its records with a `record_line`, by DuckDB's own readers.

A format that says which columns its records have (`record`) gets just these from any container: a missing column is
NULL, and a JSON column holds JSON whether the file nests it, writes it as text, or writes JSON inside a JSON string.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analytics.logs.fields import Field, quoted_name
from analytics.logs.formats import Format
from analytics.logs.formats.sql import json_key
from analytics.logs.sniff import Sniffed, check_columns, text_lines
from analytics.settings import MAX_LINE_BYTES, MAX_RECORD_BYTES
from analytics.store.segments import path_sql, quoted

LINE = "record_line"
# A page of an API's answer is one JSON object; compressed ones do not tell their size.
MAX_PAGE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Unreadable:
    """A line that is no record at all."""

    line: int
    reason: str
    raw: str


def column_types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Name and DuckDB type of each column of a relation."""
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {relation}").fetchall()}


def read_table(connection: duckdb.DuckDBPyConnection, file: Path, sniffed: Sniffed) -> list[Unreadable]:
    """Create `table_rows` from CSV or Parquet, columns as they come."""
    if sniffed.container == "parquet":
        connection.execute(
            f"CREATE TEMP VIEW table_rows AS SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS {LINE} "
            f"FROM read_parquet({path_sql(file)}, file_row_number = true)"
        )
        return []
    connection.execute(
        f"CREATE TEMP TABLE csv_rows AS SELECT * FROM read_csv({path_sql(file)}, header = true, all_varchar = true, "
        f"compression = '{sniffed.compression}', max_line_size = {MAX_LINE_BYTES}, store_rejects = true, rejects_limit = 0)"
    )
    bad = connection.execute(
        "SELECT line, any_value(error_type::VARCHAR), any_value(csv_line), any_value(error_message) FROM reject_errors GROUP BY line ORDER BY line"
    ).fetchall()
    lines = [row[0] for row in bad]
    connection.execute("CREATE TEMP TABLE bad_lines AS SELECT unnest($lines::BIGINT[]) AS line", {"lines": lines})
    # The k-th good record stands below the header and below every refused line that comes before it.
    connection.execute(
        f"CREATE TEMP VIEW table_rows AS SELECT *, rowid + 2 + (SELECT count(*) FROM "
        f"(SELECT line - 1 - row_number() OVER (ORDER BY line) AS good_before FROM bad_lines) WHERE good_before <= csv_rows.rowid) AS {LINE} FROM csv_rows"
        if lines
        else f"CREATE TEMP VIEW table_rows AS SELECT *, rowid + 2 AS {LINE} FROM csv_rows"
    )
    return [Unreadable(line, f"the row is not valid CSV ({_words(kind)})", raw or "") for line, kind, raw, _ in bad]


def shape_table(connection: duckdb.DuckDBPyConnection, chosen: Format) -> None:
    """Create `file_rows` from `table_rows`: all columns, or those the format's record has."""
    if not chosen.record:
        connection.execute("CREATE TEMP VIEW file_rows AS FROM table_rows")
        return
    found = {name.lower(): kind for name, kind in column_types(connection, "table_rows").items()}
    columns = ", ".join(
        f"{_record_sql(name, kind, found.get(name.lower()))} AS {quoted_name(name)}"
        for name, kind in chosen.record.items()
    )
    connection.execute(f"CREATE TEMP VIEW file_rows AS SELECT {columns}, {LINE} FROM table_rows")


def _record_sql(name: str, kind: str, found: str | None) -> str:
    """A table's column in the type that the format's record gives it."""
    column = quoted_name(name)
    if found is None:
        return f"NULL::{kind}"
    if kind == "JSON":
        return _json_sql(f"coalesce(TRY_CAST({column} AS JSON), to_json({column}))" if found == "VARCHAR" else f"to_json({column})")  # fmt: skip
    if kind == "VARCHAR" or kind == found:
        return f"{column}::{kind}"
    return f"TRY_CAST({f'TRY_CAST({column} AS JSON)' if found == 'VARCHAR' else column} AS {kind})"


def _json_sql(value: str) -> str:
    """JSON null as NULL, and a JSON string that holds JSON as what it holds."""
    return (
        f"CASE json_type({value}) WHEN 'NULL' THEN NULL "
        f"WHEN 'VARCHAR' THEN coalesce(TRY_CAST(({value} ->> '$') AS JSON), {value}) ELSE {value} END"
    )


def read_json(
    connection: duckdb.DuckDBPyConnection, file: Path, fields: tuple[Field, ...], sniffed: Sniffed, chosen: Format
) -> list[Unreadable]:
    """Create `file_rows` from JSON Lines, an array, or objects over several lines."""
    blank_lines = sniffed.container == "jsonl" and _has_blank_lines(file, sniffed)
    wanted = dict(chosen.record) or {known.name: "VARCHAR" for known in fields}
    if not chosen.record:
        wanted |= dict.fromkeys(_other_keys(connection, file, sniffed, wanted), "JSON")
    if sniffed.container == "objects":
        columns = ", ".join(f"{_member_sql(name, kind)} AS {quoted_name(name)}" for name, kind in wanted.items())
        connection.execute(
            f"CREATE TEMP TABLE json_rows AS SELECT {columns} FROM {_records_sql(file, sniffed)} AS records (record)"
        )
    else:
        columns = "{" + ", ".join(f"{quoted_name(name)}: {quoted(kind)}" for name, kind in wanted.items()) + "}"
        connection.execute(
            f"CREATE TEMP TABLE json_rows AS SELECT * FROM read_json({path_sql(file)}, {_layout_sql(sniffed)}, columns = {columns})"
        )
    empty = " AND ".join(f"{quoted_name(name)} IS NULL" for name in wanted)
    broken = [row[0] for row in connection.execute(f"SELECT rowid FROM json_rows WHERE {empty}").fetchall()]
    where = f" WHERE NOT ({empty})" if broken else ""
    json_columns = [name for name, kind in chosen.record.items() if kind == "JSON"]
    parsed = ", ".join(f"{_json_sql(quoted_name(name))} AS {quoted_name(name)}" for name in json_columns)
    shown = f"json_rows.* REPLACE ({parsed})" if parsed else "json_rows.*"
    if not blank_lines:
        connection.execute(f"CREATE TEMP VIEW file_rows AS SELECT {shown}, rowid + 1 AS {LINE} FROM json_rows{where}")
        numbers = {rowid: rowid + 1 for rowid in broken}
    else:
        connection.execute("CREATE TEMP TABLE text_lines (ordinal BIGINT, line BIGINT)")
        ordinals = _line_numbers(file, sniffed)
        connection.execute(
            "INSERT INTO text_lines SELECT unnest(range(len($lines::BIGINT[]))), unnest($lines::BIGINT[])",
            {"lines": ordinals},
        )
        connection.execute(
            f"CREATE TEMP VIEW file_rows AS SELECT {shown}, text_lines.line AS {LINE} "
            f"FROM json_rows JOIN text_lines ON json_rows.rowid = text_lines.ordinal{where}"
        )
        numbers = {rowid: ordinals[rowid] for rowid in broken}
    return _broken_lines(file, sniffed, sorted(numbers.values()))


def _layout_sql(sniffed: Sniffed) -> str:
    """Arguments of DuckDB's JSON readers for lines or an array."""
    lines = sniffed.container == "jsonl"
    return (
        f"format = '{'newline_delimited' if lines else 'array'}', compression = '{sniffed.compression}', "
        f"maximum_object_size = {MAX_RECORD_BYTES}{', ignore_errors = true' if lines else ''}"
    )


def _records_sql(file: Path, sniffed: Sniffed) -> str:
    """A subquery of one JSON column: the records of a file of objects, unwrapped."""
    largest = MAX_PAGE_BYTES if sniffed.compression != "none" else max(MAX_RECORD_BYTES, file.stat().st_size + 1)
    objects = (
        f"read_json_objects({path_sql(file)}, format = 'unstructured', compression = '{sniffed.compression}', "
        f"maximum_object_size = {largest})"
    )
    if not sniffed.wrapper:
        return f"(SELECT json FROM {objects})"
    held, members = (f"json_extract(json, '$.\"{sniffed.wrapper}\"{part}')" for part in ("", "[*]"))
    return f"(SELECT unnest(CASE json_type({held}) WHEN 'ARRAY' THEN {members} ELSE [coalesce({held}, json)] END) FROM {objects})"


def _member_sql(name: str, kind: str) -> str:
    """A key of the column `record` in the type the reader of lines would give it."""
    path = quoted("$." + json_key(name))
    if kind == "VARCHAR":
        return f"json_extract_string(record, {path})"
    value = f"json_extract(record, {path})"
    return value if kind == "JSON" else f"TRY_CAST({value} AS {kind})"


def sample_records(
    connection: duckdb.DuckDBPyConnection, file: Path, sniffed: Sniffed, most: int
) -> list[dict[str, object]]:
    """The first records of a file as Python values, JSON texts decoded."""
    if sniffed.container in ("csv", "parquet"):
        read_table(connection, file, sniffed)
        names = [name for name in column_types(connection, "table_rows") if name != LINE]
        chosen = ", ".join(quoted_name(name) for name in names)
        rows = connection.execute(f"SELECT {chosen} FROM table_rows LIMIT {most}").fetchall()
        return [{name: _decoded(value) for name, value in zip(names, row, strict=True)} for row in rows]
    records = (
        _records_sql(file, sniffed) + " AS records (json)"
        if sniffed.container == "objects"
        else f"read_json_objects({path_sql(file)}, {_layout_sql(sniffed)})"
    )
    rows = connection.execute(
        f"SELECT json::VARCHAR FROM {records} WHERE json_type(json) = 'OBJECT' LIMIT {most}"
    ).fetchall()
    return [json.loads(text) for (text,) in rows]


def _decoded(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _other_keys(
    connection: duckdb.DuckDBPyConnection, file: Path, sniffed: Sniffed, known: dict[str, str]
) -> Sequence[str]:
    """Keys outside the canonical ones: they are kept as tags."""
    records = (
        _records_sql(file, sniffed) + " AS records (json)"
        if sniffed.container == "objects"
        else f"read_json_objects({path_sql(file)}, {_layout_sql(sniffed)})"
    )
    found = connection.execute(
        f"SELECT DISTINCT unnest(json_keys(json)) FROM {records} WHERE json_type(json) = 'OBJECT'"
    ).fetchall()
    check_columns(file, len(found))
    return sorted(row[0] for row in found if row[0] not in known and row[0] != LINE)


def _has_blank_lines(file: Path, sniffed: Sniffed) -> bool:
    return sum(not line.strip() for line in text_lines(file, sniffed.compression)) > 0


def _line_numbers(file: Path, sniffed: Sniffed) -> list[int]:
    return [number for number, line in enumerate(text_lines(file, sniffed.compression), start=1) if line.strip()]


def _broken_lines(file: Path, sniffed: Sniffed, numbers: list[int]) -> list[Unreadable]:
    if not numbers or sniffed.container != "jsonl":
        return [Unreadable(number, "the row has none of the log's fields", "") for number in numbers]
    wanted = set(numbers)
    found = []
    for number, line in enumerate(text_lines(file, sniffed.compression), start=1):
        if number in wanted:
            text = line.decode("utf-8", errors="replace").rstrip("\r\n")
            found.append(Unreadable(number, "the row is not a JSON object in UTF-8 with the log's fields", text))
    return found


def _words(kind: str) -> str:
    return kind.replace("_", " ").lower()
