"""OpenTelemetry spans as OTLP JSON, one export request a line: the collector's and the SDKs' file exporters.

Attributes are GenAI's or OpenInference's (see spans.py). Counts are totals that include cache and reasoning, times are
nanoseconds as text, time to the first chunk is seconds, the conventions know no money. Names are in camel case, or in
snake case where Protobuf's own JSON writer was told so.
https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
"""

from dataclasses import replace

from analytics.logs.formats.format import Format
from analytics.logs.formats.spans import CANONICAL, calls_sql

_pairs = '[{"key": "VARCHAR", "value": "JSON"}]'


def _resources(trace_id: str, span_id: str, parent: str, start: str, end: str, scopes: str) -> str:
    """The shape of a request, for DuckDB's from_json: what does not fit it becomes NULL."""
    return f"""[{{"resource": {{"attributes": {_pairs}}}, "{scopes}": [{{"spans": [{{"{trace_id}": "VARCHAR", "{span_id}": "VARCHAR",
        "{parent}": "VARCHAR", "name": "VARCHAR", "{start}": "VARCHAR", "{end}": "VARCHAR", "attributes": {_pairs},
        "events": [{{"name": "VARCHAR", "attributes": {_pairs}}}], "status": {{"code": "VARCHAR", "message": "VARCHAR"}}}}]}}]}}]"""


def _spans(requests: str, *names: str) -> str:
    """Unwrapped spans; an evaluation's attributes and the resource's stand behind the span's own."""
    trace_id, span_id, parent, start, end, scopes = names
    return f"""
    SELECT span.{trace_id} AS trace_id, span.{span_id} AS span_id, span.{parent} AS parent_id, span.name AS name,
        span.{start} AS started, span.{end} AS ended, span.status.code AS status, span.status.message AS message, NULL::VARCHAR AS kind,
        list_concat(span.attributes, flatten(list_transform(list_filter(span.events,
            lambda event: event.name = 'gen_ai.evaluation.result'), lambda event: event.attributes)), about) AS pairs
    FROM (SELECT unnest(scope.spans) AS span, about FROM (SELECT unnest(resource.{scopes}) AS scope, resource.resource.attributes AS about
        FROM (SELECT unnest(from_json({requests}, '{_resources(*names)}')) AS resource FROM file_rows)))"""


_camel = ("traceId", "spanId", "parentSpanId", "startTimeUnixNano", "endTimeUnixNano", "scopeSpans")
_snake = ("trace_id", "span_id", "parent_span_id", "start_time_unix_nano", "end_time_unix_nano", "scope_spans")

camel_case = Format(
    name="otel",
    signature=frozenset({"resourceSpans"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    record={"resourceSpans": "JSON", "resource_spans": "JSON"},
    rows=calls_sql(
        f"""SELECT * EXCLUDE (pairs), list_transform(pairs, lambda pair: pair.key) AS names,
        list_transform(pairs, lambda pair: CASE WHEN starts_with(pair.value::VARCHAR, '{{"array')
            THEN to_json(json_extract_string(pair.value, '$.*.values[*].*'))::VARCHAR
            ELSE json_extract_string(pair.value, '$.*')[1] END) AS texts
        FROM ({_spans("resourceSpans", *_camel)} UNION ALL {_spans("resource_spans", *_snake)})""",
        nanoseconds=True,
    ),
    calls="is_model_call",
    columns=CANONICAL,
)
snake_case = replace(camel_case, signature=frozenset({"resource_spans"}))
