"""Scores that come after their requests: a plain table, and Langfuse's scores API (v2, v3) and blob storage export.

A score belongs to a request (Langfuse: an observation) or to a trace. Only numbers and booleans count as quality;
categories, texts and corrections are left out, and so are scores of sessions and dataset runs.
"""

from analytics.logs.formats.format import Format
from analytics.logs.formats.sql import first, instant, member, number, snake

canonical = Format(
    name="scores",
    signature=frozenset({"request_id", "quality", "quality_metric"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    holds="scores",
)


def _langfuse(name: str, camel: bool) -> Format:
    def column(title: str) -> str:
        return f'"{title if camel else snake(title)}"'

    texts = (
        "id",
        "name",
        "value",
        "stringValue",
        "dataType",
        "timestamp",
        "updatedAt",
        "traceId",
        "observationId",
        "sessionId",
    )
    kind = member("subject", "kind")
    observation = first(
        column("observationId"), f"CASE WHEN lower({kind}) = 'observation' THEN {member('subject', 'id')} END"
    )
    trace = first(
        column("traceId"),
        member("subject", "traceId"),
        f"CASE WHEN lower({kind}) = 'trace' THEN {member('subject', 'id')} END",
    )
    said = f"lower({first('value', column('stringValue'))})"
    value = f"CASE {said} WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE {number('value')} END"
    return Format(
        name=name,
        signature=frozenset({"id", "name", "value", "timestamp", "dataType" if camel else "data_type"}),
        input_includes_cache=True,
        output_includes_reasoning=True,
        source="langfuse",
        holds="scores",
        record={title if camel else snake(title): "VARCHAR" for title in texts} | {"subject": "JSON"},
        calls=f"upper({column('dataType')}) IN ('NUMERIC', 'BOOLEAN') AND coalesce({observation}, {trace}) IS NOT NULL",
        columns={
            "request_id": observation,
            "trace_id": trace,
            "quality": value,
            "quality_metric": "name",
            "scored_at": instant(first(column("updatedAt"), "timestamp")),
        },
    )  # fmt: skip


langfuse = _langfuse("langfuse-scores", camel=True)
langfuse_export = _langfuse("langfuse-scores-export", camel=False)
