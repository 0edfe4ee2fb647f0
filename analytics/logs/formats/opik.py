"""Opik's spans: records of its SDK and REST API, pages of them, and the files of `opik export` (JSON and CSV).

Usage is OpenAI's for every provider: prompt_tokens include what came from the cache, completion_tokens the reasoning;
`original_usage.*` repeats the provider's own counts. Cost is USD, times are ISO in UTC, `ttft` is milliseconds; only
spans of type llm are model calls.
https://www.comet.com/docs/opik/reference/rest-api/spans/get-spans-by-project
"""

from dataclasses import replace

from analytics.logs.formats.format import Format
from analytics.logs.formats.spans import CANONICAL, NAMES, calls_sql, picked_sql, spans_sql

_original = "usage_original_usage."
_cached = "prompt_tokens_details.cached_tokens input_tokens_details.cached_tokens cache_read_input_tokens cacheReadInputTokens cached_content_token_count"
_written = "cache_creation_input_tokens cacheWriteInputTokens"
_reasoned = "completion_tokens_details.reasoning_tokens output_tokens_details.reasoning_tokens thoughts_token_count"
_own = {
    "model": "model",
    "provider": "provider",
    "input_tokens": "usage_prompt_tokens",
    "output_tokens": "usage_completion_tokens",
    **{
        column: " ".join(f"{_original}{name}" for name in names.split())
        for column, names in {"cache_read_tokens": _cached, "cache_write_tokens": _written, "reasoning_tokens": _reasoned}.items()
    },
    "cost_usd": "total_estimated_cost",
    "use_case": "metadata_use_case",
    "team": "metadata_team",
    "environment": "environment metadata_environment",
    "user_id": "metadata_user_id",
    "conversation": "trace_thread_id metadata_thread_id",
    "prompt": "input",
    "answer": "output",
    "first_chunk": "ttft",
    "error_type": "error_info_exception_type",
    "operation": "type",
    "score": "feedback_scores_value",
    "score_name": "feedback_scores_name",
    "service": "project_name",
    "labels": "tags",
}  # fmt: skip
_nested = {
    "error_info_exception_type": "$.error_info.exception_type",
    "error_info_message": "$.error_info.message",
    "feedback_scores_value": "$.feedback_scores[0].value",
    "feedback_scores_name": "$.feedback_scores[0].name",
    "metadata_user_id": "$.metadata.user_id",
    "metadata_thread_id": "$.metadata.thread_id",
}
_plain = ("id", "trace_id", "parent_span_id", "name", "start_time", "end_time", "metadata")


def _paths() -> dict[str, str]:
    """Where the JSON record has what `opik export` flattens into CSV columns of these names."""
    names = [*_plain, *(name for names in _own.values() for name in names.split()), "error_info_message"]
    return {
        name: _nested.get(name) or (f'$.usage."{name[6:]}"' if name.startswith("usage_") else f"$.{name}")
        for name in names
    }


def _calls(pairs: str) -> str:
    spans = spans_sql(
        pairs,
        trace_id="trace_id",
        span_id="id",
        parent_id="parent_span_id",
        name="name",
        started="start_time",
        ended="end_time",
        status="status",
        message="error_info_message",
        kind="type",
    )
    return calls_sql(spans, {**NAMES, **_own}, first_chunk_unit_ms=1)


records = Format(
    name="opik",
    signature=frozenset({"id", "trace_id", "start_time", "type"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    record=dict.fromkeys(("id", "trace_id", "parent_span_id", "name", "type", "start_time", "end_time", "input", "output", "metadata", "model", "provider", "tags", "usage", "error_info", "feedback_scores", "total_estimated_cost", "ttft", "environment", "project_name", "spans", "content"), "JSON"),
    # An exported trace wraps its spans, a page its content; otherwise the record is the span.
    rows=_calls(f"""SELECT {picked_sql("span", _paths())} FROM (SELECT unnest(CASE WHEN spans IS NOT NULL OR content IS NOT NULL
        THEN json_extract(coalesce(spans, content), '$[*]') ELSE [to_json(file_rows)] END) AS span FROM file_rows)"""),
    calls="is_model_call",
    columns=CANONICAL,
)  # fmt: skip
exported = replace(records, signature=frozenset({"trace", "spans"}))
page = replace(records, signature=frozenset({"content", "page", "size", "total"}))
exported_table = replace(
    records,
    signature=frozenset({"span_id", "span_trace_id", "span_type", "span_start_time"}),
    record={},
    rows=_calls("""SELECT list_transform(json_keys(record), lambda name: regexp_replace(name, '^span_', '')) AS names,
        json_extract_string(record, '$.*') AS texts FROM (SELECT to_json(file_rows) AS record FROM file_rows)"""),
)
