"""Logs of no known format: which column is what, saved under a name, so that the same kind of file is recognised.

A mapping is a table of PATH.mappings.toml beside the database:

    [our-gateway]
    signature = ["id", "created", "usage"]        # columns that give such files away
    input_includes_cache = true
    output_includes_reasoning = true

    [our-gateway.columns]
    request_id = { column = "id" }
    input_tokens = { column = "usage", key = "tokens.prompt" }    # inside a JSON column
    latency_ms = { column = "took", unit = "s" }
    model = { value = "our-llama" }               # the same for every row

Rows without an id get one from their content, so that loading them again changes nothing.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analytics.errors import LoadError, UsageError
from analytics.logs.fields import REQUEST_FIELDS, quoted_name
from analytics.logs.formats import FORMATS, Format
from analytics.logs.formats.sql import instant, member, number
from analytics.store import file_change
from analytics.store.segments import quoted
from analytics.whole_file import write_whole

# Per kind of value: unit -> SQL that makes the canonical unit of an expression {0}.
UNITS: dict[str, dict[str, str]] = {
    "duration": {"ms": "{0}", "s": "{0} * 1000", "us": "{0} / 1000", "ns": "{0} / 1000000"},
    "money": {"usd": "{0}", "cents": "{0} / 100", "microdollars": "{0} / 1000000", "nanodollars": "{0} / 1000000000"},
    "rate": {"share": "{0}", "percent": "{0} / 100", "stars": "({0} - 1) / 4"},
}
UNIT_KIND = {
    "latency_ms": "duration", "ttft_ms": "duration", "cost_usd": "money", "other_cost_usd": "money", "quality": "rate", "complexity": "rate",
}  # fmt: skip
CANONICAL_NAMES = tuple(known.name for known in REQUEST_FIELDS)
REQUIRED = tuple(known.name for known in REQUEST_FIELDS if known.required and known.name != "request_id")


@dataclass(frozen=True)
class Column:
    """A column of the file, the key inside it if it holds JSON, and the unit of its values; or one `value` for all rows."""

    column: str = ""
    key: str = ""
    unit: str = ""
    value: str = ""

    @property
    def label(self) -> str:
        """How a person names it."""
        return self.value or (f"{self.column}.{self.key}" if self.key else self.column)


@dataclass(frozen=True)
class Mapping:
    """What the columns of one kind of file mean. `columns`: canonical name -> where it stands."""

    name: str
    signature: tuple[str, ...]
    columns: MappingOf[str, Column] = field(default_factory=dict)
    input_includes_cache: bool = True
    output_includes_reasoning: bool = True

    @property
    def missing(self) -> tuple[str, ...]:
        """Required columns that nothing stands for."""
        return tuple(name for name in REQUIRED if name not in self.columns)

    def format(self) -> Format:
        """The mapping as a log format. Raises UsageError for names and units that do not exist, or columns that lack."""
        if self.missing:
            raise UsageError(f"The mapping '{self.name}' has no column for {', '.join(self.missing)}: name them.")
        nested = {one.column for one in self.columns.values() if one.key}
        plain = {one.column for one in self.columns.values() if one.column} - nested
        columns = {name: _column_sql(self.name, name, one, nested) for name, one in self.columns.items()}
        return Format(
            name=self.name,
            signature=frozenset(self.signature),
            input_includes_cache=self.input_includes_cache,
            output_includes_reasoning=self.output_includes_reasoning,
            record=dict.fromkeys(sorted(nested), "JSON") | dict.fromkeys(sorted(plain), "VARCHAR"),
            columns={"request_id": _content_id(columns.values())} | columns,
        )


def _column_sql(mapping: str, name: str, column: Column, nested: set[str]) -> str:
    if name not in CANONICAL_NAMES:
        raise UsageError(
            f"The mapping '{mapping}' names '{name}', which is no column of a log: see the README for those."
        )
    if column.value:
        return quoted(column.value)
    top = quoted_name(column.column)
    text = member(top, *column.key.split(".")) if column.key else f"({top} ->> '$')" if column.column in nested else top
    if name == "timestamp":
        return instant(text)
    if name == "status":
        return _status_sql(text)
    units = UNITS[UNIT_KIND[name]] if name in UNIT_KIND else {}
    if column.unit and column.unit not in units:
        offered = f"use one of {', '.join(units)}" if units else "leave the unit out"
        raise UsageError(f"The mapping '{mapping}' gives {name} the unit '{column.unit}': {offered}.")
    # What is no number stays as it is, so that the row is refused with the value in the reason.
    return f"coalesce(({units[column.unit].format(number(text))})::VARCHAR, {text})" if column.unit else text


def _content_id(columns: Iterable[str]) -> str:
    """An id of a row's content; rows that are the same in all are numbered."""
    content = "concat_ws('/', " + ", ".join(f"coalesce(({sql})::VARCHAR, '')" for sql in columns) + ")"
    return f"md5({content}) || '-' || row_number() OVER (PARTITION BY {content})"


def _status_sql(text: str) -> str:
    """HTTP codes, booleans and the usual words as ok or error."""
    return (
        f"CASE WHEN {number(text)} BETWEEN 200 AND 399 OR lower({text}) IN ('ok', 'success', 'succeeded', 'true', '1', 'completed', 'stop') THEN 'ok' "
        f"WHEN {text} IS NOT NULL AND {text} <> '' THEN 'error' END"
    )


def mappings_file(database: Path) -> Path:
    """The mappings of a database: PATH.mappings.toml."""
    return database.with_name(database.name + ".mappings.toml")


def saved_mappings(database: Path) -> dict[str, Mapping]:
    """The mappings saved beside a database, by name. Raises LoadError when the file cannot be understood."""
    file = mappings_file(database)
    if not file.exists():
        return {}
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        return {name: _parse(name, table) for name, table in tables.items()}
    except (
        tomllib.TOMLDecodeError,
        UnicodeDecodeError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        OSError,
        RecursionError,
    ) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise LoadError(f"{file.name} cannot be understood ({why}): mend it, or save the mapping again.") from error


def _parse(name: str, table: dict[str, Any]) -> Mapping:
    columns = {
        canonical: Column(**one) if isinstance(one, dict) else Column(str(one))
        for canonical, one in table["columns"].items()
    }
    return Mapping(
        name, tuple(table["signature"]), columns, bool(table.get("input_includes_cache", True)), bool(table.get("output_includes_reasoning", True))
    )  # fmt: skip


def saved_formats(database: Path) -> tuple[Format, ...]:
    """The formats that the mappings saved beside a database describe."""
    return tuple(mapping.format() for mapping in saved_mappings(database).values())


def save_mapping(database: Path, mapping: Mapping) -> Path:
    """Save a mapping beside the database, replacing one of the same name; returns the file.

    Raises UsageError when it is not complete, or when its name is that of a built-in format.
    """
    if any(mapping.name == known.name for known in FORMATS) or not mapping.name.strip():
        raise UsageError(
            f"'{mapping.name}' cannot name a mapping: choose a name of your own that no built-in format has."
        )
    mapping.format()
    every = saved_mappings(database) | {mapping.name: mapping}
    file = mappings_file(database)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file_change(database, "save a mapping", mapping.name):
            write_whole(file, "\n".join(mapping_toml(one) for one in every.values()))
    except OSError as error:
        raise UsageError(f"{file} cannot be written ({error.strerror}): choose another place with --db.") from error
    return file


def mapping_toml(mapping: Mapping) -> str:
    """A mapping as a table of PATH.mappings.toml."""
    name = mapping.name if re.fullmatch(r"[\w-]+", mapping.name, re.ASCII) else _toml_text(mapping.name)
    lines = [
        f"[{name}]",
        f"signature = [{', '.join(_toml_text(column) for column in mapping.signature)}]",
        f"input_includes_cache = {str(mapping.input_includes_cache).lower()}",
        f"output_includes_reasoning = {str(mapping.output_includes_reasoning).lower()}",
        "",
        f"[{name}.columns]",
    ]
    for canonical, one in mapping.columns.items():
        given = {"column": one.column, "key": one.key, "unit": one.unit, "value": one.value}
        pairs = ", ".join(f"{key} = {_toml_text(value)}" for key, value in given.items() if value)
        lines.append(f"{canonical} = {{ {pairs} }}")
    return "\n".join(lines) + "\n"


def _toml_text(text: str) -> str:
    """A basic string of TOML: JSON's escapes are valid there, except for what is not a Unicode scalar value."""
    return json.dumps(text.encode("utf-8", errors="replace").decode("utf-8"), ensure_ascii=False).replace(
        "\x7f", "\\u007f"
    )
