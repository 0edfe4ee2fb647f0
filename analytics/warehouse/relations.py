"""What `requests` means in a warehouse: the steps of a load as relations over a table, each over those before it.

The text is that of `analytics.logs.stage_sql` and `attempts_sql`; here is only what a file has and a table has not (the
table's own names, a window of time), and what a load does in steps and a query at once (copies, numbered by their time).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from analytics.engines import Engine
from analytics.errors import SourceError
from analytics.logs.attempts_sql import clean_sql, dropped_sql, logical_sql, repeated_sql
from analytics.logs.fields import REQUEST_FIELDS, quoted_name
from analytics.logs.formats import CANONICAL
from analytics.logs.stage import PRICE_TABLE
from analytics.logs.stage_sql import RATED_SQL, counted_sql, priced_sql, requests_columns, typed_sql
from analytics.store.scores import scored_sql
from analytics.store.segments import quoted

Relations = tuple[tuple[str, str], ...]
# Texts that repeat are plain texts to an engine.
_TEXTS = dict.fromkeys(("use_case", "team", "environment", "quality_metric", "model", "provider", "status"), "VARCHAR")
# They stay where they are: no sum needs them, and engines keep them in as many ways as there are engines.
UNREAD = frozenset({"tags"})
_numbers = frozenset({"BIGINT", "DOUBLE", "DECIMAL"})
_fitting = {
    "text": frozenset({"VARCHAR", "UUID"}) | _numbers,
    "timestamp": frozenset({"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE"}),
    "count": _numbers, "number": _numbers, "share": _numbers, "boolean": frozenset({"BOOLEAN"}),
}  # fmt: skip


def source_rows_sql(
    table: str, relation: str, found: Mapping[str, str], names: Mapping[str, str], engine: Engine
) -> tuple[str, dict[str, str]]:
    """The table `relation` under canonical names in a window of time, and the types of its columns.

    `table`: how people call it; `found`: the table's columns and types; `names`: canonical names to its own, where they differ. Raises SourceError.
    """
    spelled = {name.lower(): name for name in found}
    columns, types = [], {}
    for field in REQUEST_FIELDS:
        own = spelled.get(names.get(field.name, field.name).lower())
        if own is None or field.name in UNREAD:
            if field.required or field.name in names:
                raise SourceError(f"{table} has no column '{names.get(field.name, field.name)[:60]}': name the column that holds {field.name} under [source.columns].")  # fmt: skip
            continue
        kind = "DECIMAL" if found[own].startswith("DECIMAL") else _plain(found[own])
        if kind not in _fitting[field.kind] and not (engine.casts and kind == "VARCHAR"):
            raise SourceError(f"{table}: column '{own[:60]}' is no {field.kind} ({found[own] or 'nested'}): make a view in which it is one.")  # fmt: skip
        # Texts are compared byte by byte, as here.
        value = f"log.{quoted_name(own)}"
        if field.kind == "text" and engine.collation:
            value = f'{value}::VARCHAR COLLATE "{engine.collation}"'
        columns.append(f"{value} AS {field.name}")
        types[field.name] = kind
    time = f"log.{quoted_name(spelled[names.get('timestamp', 'timestamp').lower()])}"
    moment = f"TRY_CAST({time} AS TIMESTAMPTZ)" if types["timestamp"] == "VARCHAR" else time
    return (
        f"SELECT {', '.join(columns)} FROM {relation} AS log WHERE ({moment} >= $read_from AND {moment} < $read_to) "
        f"OR ({moment} IS NULL AND $without_time)",
        types,
    )


def _plain(kind: str) -> str:
    """Whole numbers of any width are whole numbers."""
    if kind in ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT"):
        return "BIGINT"
    return "DOUBLE" if kind == "FLOAT" else kind


def prices_sql(rows: Sequence[Sequence[object]]) -> str:
    """The rows of `resolved_prices` as a relation; a log without a model has none."""
    columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in PRICE_TABLE)
    names = ", ".join(name for name, _ in PRICE_TABLE)
    if not rows:
        return "SELECT " + ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in PRICE_TABLE) + " WHERE false"
    listed = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
    return f"SELECT {columns} FROM (VALUES {listed}) AS listed({names})"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return quoted(value.isoformat()) if isinstance(value, datetime) else quoted(value) if isinstance(value, str) else quoted(repr(value))  # fmt: skip


def staged_relations(
    source_rows: str, types: Mapping[str, str], prices: str, keep_prompts: bool, source: str
) -> Relations:
    """Every row in the window with its canonical values and the reason why it is refused, if it is."""
    columns = requests_columns(keep_prompts, _TEXTS, types)
    values = ", ".join(
        f"{column.value if column.needs is None or column.needs in types else column.constant} AS {column.name}"
        for column in columns
    )
    return (
        ("source_rows", source_rows),
        ("resolved_prices", prices),
        ("typed", typed_sql(types, "0")),
        ("counted", counted_sql(CANONICAL)),
        ("rated", RATED_SQL),
        ("staged", priced_sql(f"{values}, {quoted(source)} AS source", _TEXTS, types)),
    )


def request_relations() -> Relations:
    """From `staged` to `clean`: copies apart, attempts told from requests, the margin of the window cut off."""
    return (
        ("good", "SELECT * FROM staged WHERE reason IS NULL"),
        ("often", "SELECT request_id FROM good GROUP BY request_id HAVING count(*) > 1"),
        # The earliest of several copies stands for all.
        ("copies", "SELECT good.* REPLACE (row_number() OVER (PARTITION BY good.request_id ORDER BY good.timestamp) AS line) "
                   "FROM good JOIN often ON good.request_id = often.request_id"),
        ("repeated", repeated_sql("copies")),
        ("dropped", dropped_sql("copies", "request_id, line")),
        ("entering", "SELECT good.* FROM good LEFT JOIN often ON good.request_id = often.request_id WHERE often.request_id IS NULL "
                     "UNION ALL SELECT copies.* FROM copies LEFT JOIN dropped ON copies.request_id = dropped.request_id "
                     "AND copies.line = dropped.line WHERE dropped.line IS NULL"),
        ("logical", logical_sql("SELECT * EXCLUDE (line, reason) FROM entering")),
        ("attempts", clean_sql("SELECT * EXCLUDE (line, reason) FROM entering")),
        ("clean", "SELECT * FROM attempts WHERE timestamp >= $window_from AND timestamp < $window_to"),
    )  # fmt: skip


def scored_relations(scores: str | None, requests: str, source: str) -> Relations:
    """`scored`: the rows of `requests` once per metric they were scored in, late scores from the table `scores` included."""
    if scores is None:
        return (("scored", f"SELECT * FROM {requests} WHERE quality IS NOT NULL"),)
    newest = (
        "SELECT request_id, coalesce(quality_metric, 'quality') AS metric, quality, row_number() OVER (PARTITION BY request_id, "
        f"coalesce(quality_metric, 'quality') ORDER BY scored_at DESC NULLS LAST) AS nth FROM ({scores}) AS late_rows "
        "WHERE quality BETWEEN 0 AND 1 AND request_id IS NOT NULL"
    )
    return (
        (
            "scores",
            f"SELECT {quoted(source)} AS source, request_id, metric, quality FROM ({newest}) AS newest WHERE nth = 1",
        ),
        ("scored", scored_sql(requests, "scores")),
    )
