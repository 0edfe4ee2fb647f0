"""LiteLLM: the StandardLoggingPayload of its callbacks, and the SpendLogs rows of its database and `/spend/logs/v2`.

Prompt and completion counts are totals, money is USD and includes tools and guardrails. The payload's times are epoch
seconds and `response_time` seconds; the rows' times are ISO UTC and `request_duration_ms` milliseconds. A retry keeps
`litellm_call_id`, a failed call costs 0 and says so itself. Rows answered from the response cache carry `_cache_hit`
in their id, the cost of a batch `_batch_cost`. https://docs.litellm.ai/docs/proxy/logging_spec, litellm/proxy/schema.prisma
"""

from analytics.logs.formats.format import Format
from analytics.logs.formats.sql import first, instant, member, milliseconds, number, record, tagged, tags, truth, value

_SOURCE = "litellm"
# Reading and managing what an earlier call made: never billed, no call of a model (LiteLLM's NON_INFERENCE_CALL_TYPES).
_MANAGEMENT = r"^_?a?(list|delete|cancel|create)_(batch|file|responses|input_items|thread|fine_tuning_job)|^a?file_|^a?(get|delete)_responses|^a?vector_store_(create|retrieve|list|update|delete|file)"

# A retrieved batch is no call, but the one place where its cost is known.
_is_call = f"""NOT regexp_matches(coalesce(call_type, ''), '{_MANAGEMENT}')
    AND NOT (coalesce(call_type, '') IN ('retrieve_batch', 'aretrieve_batch') AND coalesce({number("{cost}")}, 0) = 0)
    AND coalesce({member("metadata", "internal_call_origin")}, '') <> 'background_response_status_poll'"""

_details = ("prompt_tokens_details", "completion_tokens_details")
_usages = (("metadata", "usage_object"), ("metadata", "additional_usage_values"))


def _usage(*paths: tuple[str, ...]) -> str:
    """The largest of the counts at these paths: a provider fills some of them and leaves others at 0."""
    counts = [number(member(*usage, *path)) for usage in _usages for path in paths]
    return f"greatest({', '.join(counts)})"


def _origin() -> str:
    """Whose call it is; polling a background response for its cost bills the user's own call."""
    origin = member("metadata", "internal_call_origin")
    return f"""CASE WHEN {origin} LIKE '%judge%' THEN 'judge' WHEN {origin} LIKE '%shadow%' OR
        {truth(member("metadata", "is_silent_experiment"))} THEN 'shadow'
        WHEN {origin} <> 'background_response_cost_poll' THEN 'router' END"""


def _decision() -> str:
    """What the router decided and why, without what quotes the prompt. Its probabilities are predictions of a
    classifier, not the chance that the model was chosen: they are no propensity."""
    kept = ("routed_model", "cause", "tier", "score", "classifier_probabilities", "classifier_calibrated_p_solve", "classifier_cost", "savings_baseline_model")  # fmt: skip
    pairs = ", ".join(f"'{name}', {value('metadata', 'routing_decision', name)}" for name in kept)
    return f"CASE WHEN json_type({value('metadata', 'routing_decision')}) = 'OBJECT' THEN json_object({pairs}) END"


def _requester(name: str) -> str:
    """What the caller said about the request."""
    return first(member("metadata", "requester_metadata", name), member("metadata", "spend_logs_metadata", name))


def _other_cost(breakdown: tuple[str, ...]) -> str:
    tools, guardrails = (number(member(*breakdown, name)) for name in ("tool_usage_cost", "guardrail_cost"))
    return f"CASE WHEN {tools} IS NOT NULL OR {guardrails} IS NOT NULL THEN coalesce({tools}, 0) + coalesce({guardrails}, 0) END"


_shared = {
    "model": "model",
    "provider": first("custom_llm_provider"),
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "cache_read_tokens": _usage(("cache_read_input_tokens",), (_details[0], "cached_tokens")),
    "cache_write_tokens": _usage(("cache_creation_input_tokens",), (_details[0], "cache_creation_tokens")),
    "reasoning_tokens": _usage((_details[1], "reasoning_tokens")),
    "status": "CASE status WHEN 'success' THEN 'ok' WHEN 'failure' THEN 'error' ELSE status END",
    "use_case": f"coalesce({_requester('use_case')}, {tagged('request_tags', 'task:')})",
    "environment": f"coalesce({_requester('environment')}, {tagged('request_tags', 'env:')})",
    "prompt_version": _requester("prompt_version"),
    "origin": _origin(),
    "prompt": "CASE WHEN json_type(messages) = 'ARRAY' AND json_array_length(messages) > 0 THEN messages::VARCHAR END",
}
_team = (_requester("team"), member("metadata", "user_api_key_team_alias"))

payload = Format(
    name="litellm",
    signature=frozenset({"litellm_call_id", "response_cost", "startTime", "model"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    source=_SOURCE,
    record=record(
        "id call_type litellm_call_id trace_id session_id startTime completionStartTime response_time stream model custom_llm_provider status error_str "
        "prompt_tokens completion_tokens response_cost end_user cache_hit model_group",
        "request_tags messages metadata cost_breakdown",
    ),
    calls=_is_call.format(cost="response_cost"),
    columns=_shared
    | {
        "request_id": "id || CASE WHEN call_type IN ('retrieve_batch', 'aretrieve_batch') THEN '_batch_cost' ELSE '' END",
        "timestamp": instant("startTime"),
        "latency_ms": f"{number('response_time')} * 1000",
        "ttft_ms": f"CASE WHEN stream = 'true' THEN {milliseconds('startTime', 'completionStartTime')} END",
        "cost_usd": "response_cost",
        "other_cost_usd": _other_cost(("cost_breakdown",)),
        "error": "error_str",
        "logical_id": "litellm_call_id",
        "batch": "call_type IN ('retrieve_batch', 'aretrieve_batch')",
        "cache_hit": truth("cache_hit"),
        "team": first(*_team, member("metadata", "user_api_key_team_id")),
        "user_id": first("end_user", member("metadata", "user_api_key_user_id")),
        "session_id": first("session_id", _requester("session_id"), "trace_id"),
        "trace_id": "trace_id",
        "tags": tags(
            request_tags="request_tags", model_group="model_group", cache_hit="cache_hit", routing_decision=_decision()
        ),
    },
)  # fmt: skip

_retries = f"coalesce({number(member('metadata', 'attempted_retries'))}, 0) + coalesce({number(member('metadata', 'attempted_fallbacks'))}, 0)"

spend = Format(
    name="litellm-spend",
    signature=frozenset({"request_id", "call_type", "spend", "startTime", "endTime", "model"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    source=_SOURCE,
    record=record(
        "request_id call_type litellm_call_id session_id startTime endTime completionStartTime request_duration_ms model custom_llm_provider status "
        "prompt_tokens completion_tokens spend end_user user team_id cache_hit model_group agent_id",
        "request_tags messages metadata",
    ),
    calls=_is_call.format(cost="spend"),
    columns=_shared
    | {
        "request_id": "request_id",
        "timestamp": instant("startTime"),
        "latency_ms": f"coalesce({number('request_duration_ms')}, {milliseconds('startTime', 'endTime')})",
        # Without streaming the first token and the end are the same instant.
        "ttft_ms": f"CASE WHEN completionStartTime <> endTime THEN {milliseconds('startTime', 'completionStartTime')} END",
        "cost_usd": "spend",
        "other_cost_usd": _other_cost(("metadata", "cost_breakdown")),
        "status": f"CASE {first('status', member('metadata', 'status'))} WHEN 'success' THEN 'ok' WHEN 'failure' THEN 'error' ELSE nullif(status, '') END",
        "error": member("metadata", "error_information", "error_message"),
        "logical_id": first("litellm_call_id", member("metadata", "litellm_call_id")),
        "attempt": f"1 + {_retries}",
        "batch": "ends_with(request_id, '_batch_cost')",
        "cache_hit": f"coalesce({truth('cache_hit')}, false) OR contains(request_id, '_cache_hit')",
        "team": first(*_team, "team_id"),
        "user_id": first("end_user", '"user"'),
        "session_id": first("session_id", _requester("session_id")),
        "tags": tags(
            request_tags="request_tags", model_group="nullif(model_group, '')", agent_id="nullif(agent_id, '')",
            original_model_group=member("metadata", "original_model_group"), routing_decision=_decision(),
        ),
    },
)  # fmt: skip
