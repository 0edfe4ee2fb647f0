"""What all trace formats share: the names of a model call's attributes, and which spans are the calls.

A trace format makes a relation `spans` (span_id, trace_id, parent_id, name, started, ended, status, message, kind; names
and texts, the lists of attribute names and their values), and `calls_sql` makes of it one row per span with canonical
columns. Of several names for one thing the first that is present counts. `NAMES` are those of OpenTelemetry's GenAI
conventions, new and old, of OpenInference and of instrumentations that have their own.
https://github.com/open-telemetry/semantic-conventions-genai https://github.com/Arize-ai/openinference
"""

from collections.abc import Mapping

from analytics.store.segments import quoted

# Of English prose, as OpenAI puts it: https://help.openai.com/en/articles/4936856
CHARACTERS_PER_TOKEN = 4
MAX_SPANS_BETWEEN = 32

NAMES: Mapping[str, str] = {
    "model": "gen_ai.response.model llm.response.model_name llm.model_name embedding.model_name gen_ai.request.model llm.request.model_name",
    "provider": "gen_ai.provider.name gen_ai.system llm.provider llm.system",
    "input_tokens": "gen_ai.usage.input_tokens gen_ai.usage.prompt_tokens llm.token_count.prompt llm.usage.prompt_tokens",
    "output_tokens": "gen_ai.usage.output_tokens gen_ai.usage.completion_tokens llm.token_count.completion llm.usage.completion_tokens",
    "cache_read_tokens": "gen_ai.usage.cache_read.input_tokens gen_ai.usage.cache_read_input_tokens "
    "gen_ai.usage.details.cache_read_tokens llm.token_count.prompt_details.cache_read",
    "cache_write_tokens": "gen_ai.usage.cache_write.input_tokens gen_ai.usage.cache_creation.input_tokens "
    "gen_ai.usage.cache_creation_input_tokens gen_ai.usage.details.cache_write_tokens llm.token_count.prompt_details.cache_write",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens gen_ai.usage.reasoning_tokens "
    "gen_ai.usage.details.reasoning_tokens llm.usage.reasoning_tokens llm.token_count.completion_details.reasoning",
    "cost_usd": "llm.cost.total gen_ai.usage.cost gen_ai.cost.total_cost operation.cost",
    "use_case": "use_case metadata.use_case",
    "team": "team metadata.team",
    "environment": "deployment.environment.name deployment.environment metadata.environment",
    "user_id": "user.id enduser.id gen_ai.user.id llm.user",
    "conversation": "gen_ai.conversation.id session.id",
    "prompt_version": "gen_ai.prompt.version llm.prompt_template.version",
    "prompt": "gen_ai.input.messages gen_ai.prompt gen_ai.prompt.0.content input.value",
    "answer": "gen_ai.output.messages gen_ai.completion gen_ai.completion.0.content output.value",
    "first_chunk": "gen_ai.response.time_to_first_chunk gen_ai.server.time_to_first_token",
    "error_type": "error.type",
    "operation": "gen_ai.operation.name openinference.span.kind llm.request.type traceloop.span.kind",
    "score": "gen_ai.evaluation.score.value annotations.0.annotation.score",
    "score_name": "gen_ai.evaluation.name annotations.0.annotation.name",
    "service": "service.name",
    "response_id": "gen_ai.response.id",
    "labels": "tag.tags",
    "parameters": "llm.invocation_parameters",
    "metadata": "metadata",
}
# The columns of `calls_sql`, which speaks canonically: every one is what its name says.
CANONICAL = {name: name for name in (
    "request_id", "timestamp", "model", "provider", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
    "reasoning_tokens", "tokens_estimated", "latency_ms", "ttft_ms", "cost_usd", "status", "error", "use_case", "team", "user_id",
    "environment", "session_id", "prompt_version", "prompt", "tags", "quality", "quality_metric",
)}  # fmt: skip
_calls = "'chat', 'text_completion', 'completion', 'generate_content', 'embeddings', 'embedding', 'inference', 'responses', 'llm', 'chat_model'"
# A model call inside one of these is a call of its own, whatever stands around it.
_steps = "'invoke_agent', 'invoke_workflow', 'execute_tool', 'agent', 'tool', 'workflow', 'task'"


def attribute_sql(names: str) -> str:
    """The value of the first attribute that is present, of names separated by blanks."""
    found = [f"texts[list_position(names, {quoted(name)})]" for name in names.split()]
    return f"coalesce({', '.join(found)})" if len(found) > 1 else found[0]


def picked_sql(json: str, paths: Mapping[str, str]) -> str:
    """`names` and `texts` of a JSON object: attribute name -> path in it."""
    names, listed = (", ".join(map(quoted, texts)) for texts in (paths, paths.values()))
    return f"[{names}] AS names, json_extract_string({json}, [{listed}]) AS texts"


def spans_sql(pairs: str, **columns: str) -> str:
    """The relation `spans` of a query that gives names and texts, its own columns being among these."""
    own = ", ".join(f"{attribute_sql(name)} AS {column}" for column, name in columns.items())
    return f"SELECT {own}, names, texts FROM ({pairs})"


def calls_sql(
    spans: str, names: Mapping[str, str] = NAMES, nanoseconds: bool = False, first_chunk_unit_ms: int = 1000
) -> str:
    """One row per span of the query `spans`, with canonical columns and `is_model_call`; times are ISO or nanoseconds.

    Of two model calls of which one stands inside the other with nothing but plain spans between (a framework's around the
    client's) one is the other's repetition: the inner one counts, unless only the outer one knows its tokens. A streamed
    answer that nobody counted is estimated from its texts, where these were kept.
    """
    read = ", ".join(f"{attribute_sql(known)} AS {name}" for name, known in names.items())
    start, duration = _times(nanoseconds)
    score = "CASE WHEN TRY_CAST(score AS DOUBLE) BETWEEN 0 AND 1 THEN"
    return f"""
WITH RECURSIVE read AS (SELECT row_number() OVER () AS ordinal, trace_id, span_id, parent_id, name, message, status, kind, {start} AS timestamp, {duration} AS latency_ms,
    {read} FROM ({spans})),
told AS (SELECT * REPLACE (lower(coalesce(operation, kind)) AS operation, TRY_CAST(metadata AS JSON) AS metadata,
        coalesce(model, TRY_CAST(parameters AS JSON)->>'model') AS model),
    regexp_matches(coalesce(status, ''), '(?i)^(2|(status_code_)?error)$') OR error_type IS NOT NULL AS failed,
    input_tokens IS NOT NULL AS counted FROM read),
known AS MATERIALIZED (SELECT *, CASE WHEN operation IS NULL THEN model IS NOT NULL AND counted ELSE operation IN ({_calls}) END AS called
    FROM told),
around AS (
    SELECT trace_id, parent_id AS span_id, span_id AS inner_id, counted AS inner_counted, failed AS inner_failed, 0 AS between_them FROM known
    WHERE called AND parent_id <> ''
    UNION
    SELECT known.trace_id, parent_id, inner_id, inner_counted, inner_failed, between_them + 1 FROM around JOIN known USING (trace_id, span_id)
    WHERE NOT called AND parent_id <> '' AND between_them < {MAX_SPANS_BETWEEN} AND coalesce(operation NOT IN ({_steps}), true)),
nested AS (SELECT around.*, counted FROM around JOIN known USING (trace_id, span_id) WHERE called AND span_id <> inner_id),
repeated AS (SELECT trace_id, span_id FROM nested WHERE inner_counted OR NOT counted
    UNION SELECT trace_id, inner_id FROM nested WHERE counted AND NOT inner_counted AND NOT inner_failed),
weighed AS (SELECT *, called AND NOT counted AND NOT failed AND prompt <> '' AND answer <> '' AS tokens_estimated FROM known)
SELECT span_id AS request_id, timestamp, model, provider,
    coalesce(input_tokens, CASE WHEN failed THEN '0' WHEN tokens_estimated THEN {_estimate("prompt")} END) AS input_tokens,
    coalesce(output_tokens, CASE WHEN failed OR starts_with(operation, 'embedding') THEN '0'
        WHEN tokens_estimated THEN {_estimate("answer")} END) AS output_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, tokens_estimated, latency_ms,
    TRY_CAST(first_chunk AS DOUBLE) * {first_chunk_unit_ms} AS ttft_ms, cost_usd, CASE WHEN failed THEN 'error' ELSE 'ok' END AS status,
    CASE WHEN failed THEN coalesce(nullif(message, ''), error_type) END AS error, coalesce(use_case, metadata->>'use_case') AS use_case,
    coalesce(team, metadata->>'team') AS team, user_id, coalesce(environment, metadata->>'environment') AS environment,
    coalesce(conversation, trace_id) AS session_id, prompt_version, prompt,
    json_merge_patch('{{}}'::JSON, json_object('service', service, 'span', name, 'response_id', response_id,
        'tags', coalesce(TRY_CAST(labels AS JSON), to_json(labels))))::VARCHAR AS tags,
    {score} score END AS quality, {score} score_name END AS quality_metric, called AND repeated.span_id IS NULL AS is_model_call
FROM weighed LEFT JOIN repeated USING (trace_id, span_id) ORDER BY ordinal"""


def _estimate(text: str) -> str:
    """Tokens of a text, or of the contents of messages in JSON, by its length."""
    contents = f"array_to_string(json_extract_string(TRY_CAST({text} AS JSON), '$..content'), '')"
    return f"ceil(coalesce(nullif(length({contents}), 0), length({text})) / {CHARACTERS_PER_TOKEN})::BIGINT::VARCHAR"


def _times(nanoseconds: bool) -> tuple[str, str]:
    """The start, as a time or as it stands where it is none, and the duration in milliseconds."""
    kind = "BIGINT" if nanoseconds else "TIMESTAMPTZ"
    start, end = f"TRY_CAST(started AS {kind})", f"TRY_CAST(ended AS {kind})"
    if nanoseconds:
        instant = f"coalesce(TRY(to_timestamp({start} // 1000 / 1e6))::VARCHAR, started)"
        return instant, f"CASE WHEN {end} >= {start} THEN ({end}::HUGEINT - {start}) / 1e6 END"
    return "started", f"CASE WHEN {end} >= {start} THEN TRY(epoch_us({end}) - epoch_us({start})) / 1e3 END"
