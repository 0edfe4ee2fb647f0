"""The canonical request log: its columns, their types, and what makes a value wrong.

`field_sql` turns any column of a file into the canonical type, `problem_sql` says in a sentence why a value was
refused. Both are SQL text, so that checking millions of rows is one vectorised pass.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "timestamp", "count", "number", "share", "boolean"]

MAX_QUOTED_CHARACTERS = 40
FIRST_YEAR, LAST_YEAR = 2000, 2100
MAX_COUNT = 1_000_000_000_000


@dataclass(frozen=True)
class Field:
    """One column of a canonical file."""

    name: str
    kind: Kind
    required: bool = False
    above: float | None = None
    rule: str = ""


REQUEST_FIELDS: tuple[Field, ...] = (
    Field("request_id", "text", required=True),
    Field("timestamp", "timestamp", required=True, rule=f"a time in UTC between {FIRST_YEAR} and {LAST_YEAR}"),
    Field("model", "text", required=True),
    Field("input_tokens", "count", required=True, rule="a whole number of at least 0"),
    Field("output_tokens", "count", required=True, rule="a whole number of at least 0"),
    Field("cache_read_tokens", "count", rule="a whole number of at least 0"),
    Field("cache_write_tokens", "count", rule="a whole number of at least 0"),
    Field("reasoning_tokens", "count", rule="a whole number of at least 0"),
    Field("latency_ms", "number", rule="a number of at least 0"),
    Field("ttft_ms", "number", rule="a number of at least 0"),
    Field("cost_usd", "number", rule="a number of at least 0"),
    Field("other_cost_usd", "number", rule="a number of at least 0"),
    Field("status", "text"),
    Field("error", "text"),
    Field("provider", "text"),
    Field("use_case", "text"),
    Field("team", "text"),
    Field("user_id", "text"),
    Field("environment", "text"),
    Field("session_id", "text"),
    Field("trace_id", "text"),
    Field("prompt_version", "text"),
    Field("logical_id", "text"),
    Field("attempt", "count", above=0, rule="a whole number of at least 1"),
    Field("batch", "boolean", rule="true or false"),
    Field("origin", "text"),
    Field("cache_hit", "boolean", rule="true or false"),
    Field("tokens_estimated", "boolean", rule="true or false"),
    Field("complexity", "share", rule="a number in [0, 1]"),
    Field("quality", "share", rule="a number in [0, 1]"),
    Field("quality_metric", "text"),
    Field("propensity", "share", above=0, rule="a number in (0, 1]"),
    Field("prompt", "text"),
    Field("tags", "text"),
)

OUTCOME_FIELDS: tuple[Field, ...] = (
    Field("prompt_id", "text", required=True),
    Field("model", "text", required=True),
    Field("quality", "share", required=True, rule="a number in [0, 1]"),
    Field("use_case", "text"),
    Field("complexity", "share", rule="a number in [0, 1]"),
    Field("prompt", "text"),
    Field("input_tokens", "count", rule="a whole number of at least 0"),
    Field("output_tokens", "count", rule="a whole number of at least 0"),
    Field("latency_ms", "number", rule="a number of at least 0"),
    Field("cost_usd", "number", rule="a number of at least 0"),
    Field("quality_metric", "text"),
    Field("judge_score", "share", rule="a number in [0, 1]"),
    Field("inclusion_probability", "share", above=0, rule="a number in (0, 1]"),
)

# Late scores: of a request (`request_id`), or of a whole trace, whose last answer they then judge.
SCORE_FIELDS: tuple[Field, ...] = (
    Field("request_id", "text"),
    Field("trace_id", "text"),
    Field("quality", "share", required=True, rule="a number in [0, 1]"),
    Field("quality_metric", "text"),
    Field("scored_at", "timestamp", rule=f"a time in UTC between {FIRST_YEAR} and {LAST_YEAR}"),
)

_types = {
    "text": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "count": "BIGINT",
    "number": "DOUBLE",
    "share": "DOUBLE",
    "boolean": "BOOLEAN",
}
_integers = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}


def field_sql(field: Field, source_types: Mapping[str, str]) -> str:
    """The column `field` in its canonical type; NULL where it is absent, empty or not of that type."""
    if field.name not in source_types:
        return f"NULL::{_types[field.kind]}"
    name = quoted_name(field.name)
    if field.kind == "text":
        return f"nullif({name}::VARCHAR, '')"
    # A count beyond all reason is none: sums of such numbers would overflow before the row is refused.
    if field.kind == "count" and source_types[field.name] in _integers:
        return f"CASE WHEN {name} BETWEEN -{MAX_COUNT} AND {MAX_COUNT} THEN {name}::BIGINT END"
    if field.kind == "count":
        number = f"TRY_CAST({name} AS DOUBLE)"
        return f"CASE WHEN {number} % 1 = 0 AND abs({number}) <= {MAX_COUNT} THEN {number}::BIGINT END"
    return f"TRY_CAST({name} AS {_types[field.kind]})"


def problem_sql(field: Field, source_types: Mapping[str, str]) -> list[str]:
    """WHEN branches that catch what is wrong with one value, for a CASE over the file's columns and `field_sql`."""
    if field.name not in source_types:
        return []
    raw, value = quoted_name(field.name), field_sql(field, source_types)
    branches = []
    if field.required:
        branches.append(f"WHEN {raw} IS NULL OR {raw}::VARCHAR = '' THEN '{field.name} is missing'")
    wrong = _wrong(field, raw, value, source_types[field.name])
    if wrong:
        shown = f"left({raw}::VARCHAR, {MAX_QUOTED_CHARACTERS})"
        branches.append(f"WHEN {wrong} THEN '{field.name} ''' || {shown} || ''' is not {field.rule}'")
    return branches


def _wrong(field: Field, raw: str, value: str, source_type: str) -> str:
    if field.kind == "text":
        return ""
    given = f"{raw} IS NOT NULL" + (f" AND {raw} <> ''" if source_type == "VARCHAR" else "")
    if field.kind == "boolean":
        return f"{given} AND ({value}) IS NULL"
    if field.kind == "timestamp":
        bad = f"{value} < TIMESTAMPTZ '{FIRST_YEAR}-01-01' OR {value} >= TIMESTAMPTZ '{LAST_YEAR}-01-01'"
        return f"({given} AND ({value}) IS NULL) OR {bad}"
    lower = f"({value}) <= 0" if field.above is not None else f"({value}) < 0"
    upper = f" OR ({value}) > 1" if field.kind == "share" else ""
    upper += f" OR ({value}) > {MAX_COUNT}" if field.kind == "count" else f" OR NOT isfinite({value})"
    return f"({given} AND ({value}) IS NULL) OR {lower}{upper}"


def quoted_name(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
