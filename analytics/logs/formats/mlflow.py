"""MLflow traces (version 3): `Trace.to_json` a line, an array of `Trace.to_dict`, and the frame of `mlflow.search_traces`.

A trace holds its spans, whose attributes are JSON in text. `mlflow.chat.tokenUsage` counts totals that include the cache
(the integrations add Anthropic's), `mlflow.llm.cost` is USD, times are nanoseconds. The sums that a trace keeps of its
spans are not read. A score of a whole trace counts where its outermost span is the model call.
https://mlflow.org/docs/latest/genai/tracing/concepts/trace/
"""

from dataclasses import replace

from analytics.logs.formats.format import Format
from analytics.logs.formats.spans import CANONICAL, NAMES, calls_sql

_attributes = {
    "model": '$."mlflow.llm.model"',
    "asked_model": "$.model",
    "provider": '$."mlflow.llm.provider"',
    "type": '$."mlflow.spanType"',
    "inputs": '$."mlflow.spanInputs"',
    "outputs": '$."mlflow.spanOutputs"',
}
_usage = {
    "input": "$.input_tokens",
    "output": "$.output_tokens",
    "cache_read": "$.cache_read_input_tokens",
    "cache_write": "$.cache_creation_input_tokens",
}
# What an answer of OpenAI's says itself: MLflow notes no usage of embeddings and no reasoning.
_answer = {
    "answer_input": "$.usage.prompt_tokens",
    "answer_output": "$.usage.completion_tokens",
    "reasoning": "$.usage.completion_tokens_details.reasoning_tokens",
    "reasoning_of_response": "$.usage.output_tokens_details.reasoning_tokens",
}
_trace = {
    "session": '$.trace_metadata."mlflow.trace.session"',
    "user": '$.trace_metadata."mlflow.trace.user"',
    "use_case": "$.tags.use_case",
    "team": "$.tags.team",
    "environment": "$.tags.environment",
}
_own = dict.fromkeys(NAMES, "none") | {
    "model": "model asked_model",
    "provider": "provider",
    "input_tokens": "input answer_input",
    "output_tokens": "output answer_output",
    "cache_read_tokens": "cache_read",
    "cache_write_tokens": "cache_write",
    "reasoning_tokens": "reasoning reasoning_of_response",
    "cost_usd": "cost",
    "operation": "type",
    "prompt": "inputs",
    "answer": "outputs",
    "conversation": "session",
    "user_id": "user",
    "use_case": "use_case",
    "team": "team",
    "environment": "environment",
    "score": "score",
    "score_name": "score_name",
}
_names = [*_attributes, *_usage, *_answer, *_trace, "cost", "score", "score_name"]
_shape = """[{"trace_id": "VARCHAR", "span_id": "VARCHAR", "parent_span_id": "VARCHAR", "name": "VARCHAR", "start_time_unix_nano": "VARCHAR",
    "end_time_unix_nano": "VARCHAR", "status": {"code": "VARCHAR", "message": "VARCHAR"}, "attributes": "JSON"}]"""
_assessments = (
    '[{"assessment_name": "VARCHAR", "span_id": "VARCHAR", "valid": "VARCHAR", "feedback": {"value": "VARCHAR"}}]'
)


def _picked(json: str, paths: dict[str, str]) -> str:
    return f"json_extract_string(coalesce({json}, '{{}}'::JSON), {list(paths.values())})"


def _calls(traces: str) -> str:
    """The calls of a query that gives `info` and `data` of each trace."""
    within = "lambda text: TRY_CAST(span.attributes->>text AS JSON)"
    return calls_sql(
        f"""SELECT span.trace_id AS trace_id, span.span_id AS span_id, span.parent_span_id AS parent_id, span.name AS name,
        span.start_time_unix_nano AS started, span.end_time_unix_nano AS ended, span.status.code AS status, span.status.message AS message,
        NULL::VARCHAR AS kind, {_names} AS names,
        list_concat(list_transform({_picked("span.attributes", _attributes)}, lambda text: coalesce(TRY_CAST(text AS JSON)->>'$', text)),
            {_picked("parts[1]", _usage)}, {_picked("parts[2]", _answer)}, {_picked("info", _trace)}, [parts[3]->>'$.total_cost',
            CASE lower(score.feedback.value) WHEN 'true' THEN '1' WHEN 'yes' THEN '1' WHEN 'false' THEN '0' WHEN 'no' THEN '0'
                ELSE score.feedback.value END, score.assessment_name]) AS texts
        FROM (SELECT *, list_transform(['$."mlflow.chat.tokenUsage"', '$."mlflow.spanOutputs"', '$."mlflow.llm.cost"'], {within}) AS parts,
            list_filter(from_json(info->'assessments', '{_assessments}'), lambda one: coalesce(one.valid, 'true') <> 'false'
                AND one.feedback.value IS NOT NULL AND coalesce(one.span_id = span.span_id, span.parent_span_id IS NULL))[1] AS score
            FROM (SELECT info, unnest(from_json(data->'spans', '{_shape}')) AS span FROM ({traces})))""",
        _own,
        nanoseconds=True,
    )


records = Format(
    name="mlflow",
    signature=frozenset({"info", "data"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    record={"info": "JSON", "data": "JSON"},
    rows=_calls("SELECT info, data FROM file_rows"),
    calls="is_model_call",
    columns=CANONICAL,
)
frame = replace(
    records,
    signature=frozenset({"trace_id", "trace", "execution_duration"}),
    record={"trace_id": "VARCHAR", "trace": "VARCHAR"},
    rows=_calls("SELECT trace->'info' AS info, trace->'data' AS data FROM (SELECT TRY_CAST(trace AS JSON) AS trace FROM file_rows)"),
)  # fmt: skip
