"""Helicone's request rows: `POST /v1/request/query-clickhouse`, its export tool (JSON, JSONL, CSV).

Whether the prompt count contains the cache depends on the provider: Anthropic's does not, the others' does. Times are
ISO UTC, delays milliseconds, money USD. A cached answer came
from Helicone's own cache. https://docs.helicone.ai/rest/request/post-v1requestquery-clickhouse
"""

from analytics.logs.formats.format import Format
from analytics.logs.formats.sql import first, instant, member, milliseconds, number, record, tags, truth

_texts = (
    "request_id response_id request_created_at response_created_at response_status request_model response_model model model_override provider "
    "prompt_tokens completion_tokens prompt_cache_read_tokens prompt_cache_write_tokens reasoning_tokens delay_ms time_to_first_token cost costUSD "
    "request_user_id cache_reference_id cached prompt_id prompt_version"
)
_NO_CACHE = "00000000-0000-0000-0000-000000000000"
_read, _written = number("prompt_cache_read_tokens"), number("prompt_cache_write_tokens")
_apart = "(lower(provider) = 'anthropic' OR (lower(provider) IN ('aws', 'bedrock') AND contains(lower(coalesce(response_model, request_model, model)), 'claude')))"


def _property(*names: str) -> str:
    """A custom property under one of the names teams give it."""
    return first(*(member("request_properties", name) for name in names))


rows = Format(
    name="helicone",
    signature=frozenset({"request_id", "request_created_at", "response_status", "prompt_tokens"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    record=record(_texts, "request_properties scores"),
    columns={
        "request_id": "request_id",
        "timestamp": instant("request_created_at"),
        "model": first("response_model", "model_override", "request_model", "model"),
        "provider": "lower(provider)",
        "input_tokens": f"{number('prompt_tokens')} + CASE WHEN {_apart} THEN coalesce({_read}, 0) + coalesce({_written}, 0) ELSE 0 END",
        "output_tokens": "completion_tokens",
        "cache_read_tokens": "prompt_cache_read_tokens",
        "cache_write_tokens": "prompt_cache_write_tokens",
        "reasoning_tokens": "reasoning_tokens",
        "latency_ms": f"coalesce({number('delay_ms')}, {milliseconds('request_created_at', 'response_created_at')})",
        "ttft_ms": "time_to_first_token",
        "cost_usd": first("costUSD", "cost"),
        # Below 100: Helicone's own codes for requests that never got an answer.
        "status": f"CASE WHEN {number('response_status')} BETWEEN 200 AND 399 THEN 'ok' WHEN response_status IS NOT NULL THEN 'error' END",
        "error": f"CASE WHEN NOT {number('response_status')} BETWEEN 200 AND 399 THEN 'HTTP ' || response_status END",
        "cache_hit": f"coalesce({truth('cached')}, false) OR coalesce(cache_reference_id NOT IN ('', '{_NO_CACHE}'), false)",
        "use_case": _property("use_case", "UseCase", "Use-Case", "Helicone-Session-Name"),
        "team": _property("team", "Team"),
        "environment": _property("environment", "Environment", "env"),
        "user_id": "request_user_id",
        "session_id": _property("Helicone-Session-Id", "session_id"),
        "prompt_version": f"{first('prompt_id', member('request_properties', 'Helicone-Prompt-Id'))} || coalesce(':' || {first('prompt_version')}, '')",
        "tags": tags(properties="request_properties", scores="scores"),
    },
)  # fmt: skip
