"""OpenInference spans as Arize Phoenix exports them: the records of its REST API and client, and its span frames.

(Sent over OTLP they are read by otel.py.) A frame is Parquet, CSV or JSON Lines with one column per attribute. Counts
are totals, cost is USD, times are ISO in UTC; whatever is not LLM or EMBEDDING is no model call.
https://arize.com/docs/phoenix/tracing/how-to-tracing/importing-and-exporting-traces
"""

from analytics.logs.formats.format import Format
from analytics.logs.formats.spans import CANONICAL, NAMES, calls_sql, spans_sql

records = Format(
    name="openinference",
    signature=frozenset({"context", "span_kind", "parent_id", "attributes"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    record={
        "context": "JSON",
        "name": "VARCHAR",
        "span_kind": "VARCHAR",
        "parent_id": "VARCHAR",
        "start_time": "VARCHAR",
        "end_time": "VARCHAR",
        "status_code": "VARCHAR",
        "status_message": "VARCHAR",
        "attributes": "JSON",
    },
    rows=calls_sql(
        """SELECT context->>'trace_id' AS trace_id, context->>'span_id' AS span_id, parent_id, name, start_time AS started,
        end_time AS ended, status_code AS status, status_message AS message, span_kind AS kind, json_keys(attributes) AS names,
        json_extract_string(attributes, '$.*') AS texts FROM file_rows""",
    ),
    calls="is_model_call",
    columns=CANONICAL,
)


# A frame in JSON has a key for every attribute of any span: only those that mean something are read.
_cells = [
    "context.trace_id",
    "context.span_id",
    "parent_id",
    "name",
    "start_time",
    "end_time",
    "status_code",
    "status_message",
    "span_kind",
]
_cells += [f"attributes.{name}" for names in NAMES.values() for name in names.split()]

frame = Format(
    name="openinference",
    signature=frozenset({"context.span_id", "context.trace_id", "span_kind"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    record=dict.fromkeys(_cells, "JSON"),
    rows=calls_sql(
        spans_sql(
            """SELECT list_transform(json_keys(record), lambda name: regexp_replace(name, '^attributes\\.', '')) AS names,
            json_extract_string(record, '$.*') AS texts FROM (SELECT to_json(file_rows) AS record FROM file_rows)""",
            trace_id="context.trace_id",
            span_id="context.span_id",
            parent_id="parent_id",
            name="name",
            started="start_time",
            ended="end_time",
            status="status_code",
            message="status_message",
            kind="span_kind",
        ),
    ),
    calls="is_model_call",
    columns=CANONICAL,
)
