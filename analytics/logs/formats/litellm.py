"""LiteLLM's StandardLoggingPayload as JSON Lines (its callbacks, its S3 and GCS loggers).

Times are epoch seconds, `response_time` seconds, money USD; prompt and completion counts are totals. A retry keeps
`litellm_call_id`, a failed call costs 0 and says so itself. https://docs.litellm.ai/docs/proxy/logging_spec
"""

from analytics.logs.formats.format import Format

_usage = "metadata.usage_object"
_cache_write = f"{_usage}.cache_creation_input_tokens, {_usage}.prompt_tokens_details.cache_creation_tokens"

payload = Format(
    name="litellm",
    signature=frozenset({"litellm_call_id", "response_cost", "startTime", "model"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    record={
        "id": "VARCHAR",
        "litellm_call_id": "VARCHAR",
        "trace_id": "VARCHAR",
        "session_id": "VARCHAR",
        "startTime": "VARCHAR",
        "endTime": "VARCHAR",
        "completionStartTime": "VARCHAR",
        "response_time": "VARCHAR",
        "stream": "VARCHAR",
        "model": "VARCHAR",
        "custom_llm_provider": "VARCHAR",
        "status": "VARCHAR",
        "error_str": "VARCHAR",
        "prompt_tokens": "VARCHAR",
        "completion_tokens": "VARCHAR",
        "response_cost": "VARCHAR",
        "end_user": "VARCHAR",
        "request_tags": "VARCHAR[]",
        "messages": "JSON",
        "cache_hit": "VARCHAR",
        "model_group": "VARCHAR",
        "metadata": """STRUCT(
            user_api_key_team_alias VARCHAR, user_api_key_team_id VARCHAR, user_api_key_user_id VARCHAR,
            user_api_key_alias VARCHAR, requester_metadata STRUCT(use_case VARCHAR, environment VARCHAR,
                session_id VARCHAR, team VARCHAR, prompt_version VARCHAR),
            usage_object STRUCT(prompt_tokens_details STRUCT(cached_tokens BIGINT, cache_creation_tokens BIGINT),
                completion_tokens_details STRUCT(reasoning_tokens BIGINT),
                cache_creation_input_tokens BIGINT, cache_read_input_tokens BIGINT))""",
    },
    columns={
        "request_id": "id",
        "timestamp": "coalesce(to_timestamp(TRY_CAST(startTime AS DOUBLE))::VARCHAR, startTime)",
        "model": "model",
        "provider": "custom_llm_provider",
        "input_tokens": "prompt_tokens",
        "output_tokens": "completion_tokens",
        "cache_read_tokens": f"coalesce({_usage}.cache_read_input_tokens, {_usage}.prompt_tokens_details.cached_tokens)",
        "cache_write_tokens": f"coalesce({_cache_write})",
        "reasoning_tokens": f"{_usage}.completion_tokens_details.reasoning_tokens",
        "latency_ms": "TRY_CAST(response_time AS DOUBLE) * 1000",
        "ttft_ms": "CASE WHEN stream = 'true' THEN (TRY_CAST(completionStartTime AS DOUBLE) - TRY_CAST(startTime AS DOUBLE)) * 1000 END",
        "cost_usd": "response_cost",
        "status": "CASE status WHEN 'success' THEN 'ok' WHEN 'failure' THEN 'error' ELSE status END",
        "error": "error_str",
        "logical_id": "litellm_call_id",
        "use_case": "metadata.requester_metadata.use_case",
        "team": "coalesce(metadata.requester_metadata.team, metadata.user_api_key_team_alias, metadata.user_api_key_team_id)",
        "user_id": "coalesce(nullif(end_user, ''), metadata.user_api_key_user_id)",
        "environment": """coalesce(metadata.requester_metadata.environment,
            list_filter(request_tags, lambda tag: starts_with(tag, 'env:'))[1][5:])""",
        "session_id": "coalesce(nullif(session_id, ''), metadata.requester_metadata.session_id, trace_id)",
        "prompt_version": "metadata.requester_metadata.prompt_version",
        "prompt": "nullif(messages::VARCHAR, 'null')",
        "tags": "to_json({'request_tags': request_tags, 'model_group': model_group, 'cache_hit': cache_hit})::VARCHAR",
    },
)
