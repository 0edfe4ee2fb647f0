"""OpenRouter: generation objects, the activity CSV (one row per generation), and the activity API (totals of a day).

Native counts are what is billed; cached and reasoning tokens are subsets of them. A replayed cache can count more cached
than prompt tokens: the surplus is no token of this request. Money is USD and contains web search and files; what was paid
to a provider with one's own key comes on top. Times are ISO UTC, latencies milliseconds.
https://openrouter.ai/docs/api-reference/get-a-generation, https://openrouter.ai/docs/api-reference/analytics
"""

from analytics.logs.formats.format import Format
from analytics.logs.formats.sql import first, instant, number, record, tags, truth


def _no_more_than(count: str, total: str) -> str:
    return f"CASE WHEN {number(count)} > {number(total)} THEN {number(total)} ELSE {number(count)} END"


def _sum(*amounts: str) -> str:
    """Amounts that are there, added; NULL when none is."""
    return f"CASE WHEN coalesce({', '.join(amounts)}) IS NOT NULL THEN {' + '.join(f'coalesce({amount}, 0)' for amount in amounts)} END"


_prompt, _answer = (f"coalesce(native_tokens_{kind}, tokens_{kind})" for kind in ("prompt", "completion"))
_own_key = f"CASE WHEN {truth('is_byok')} THEN {number('upstream_inference_cost')} END"

generation = Format(
    name="openrouter",
    signature=frozenset({"id", "created_at", "model", "native_tokens_prompt", "native_tokens_completion"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    record=record(
        "id created_at model provider_name native_tokens_prompt native_tokens_completion native_tokens_cached native_tokens_reasoning tokens_prompt "
        "tokens_completion total_cost usage upstream_inference_cost is_byok latency generation_time finish_reason cancelled external_user session_id "
        "request_id workspace_id preset_id router"
    ),
    columns={
        "request_id": "id",
        "timestamp": instant("created_at"),
        "model": "model",
        "provider": "'openrouter'",
        "input_tokens": _prompt,
        "output_tokens": _answer,
        "cache_read_tokens": _no_more_than("native_tokens_cached", _prompt),
        "reasoning_tokens": _no_more_than("native_tokens_reasoning", _answer),
        "latency_ms": f"greatest({number('latency')}, {number('generation_time')})",
        "cost_usd": _sum(f"coalesce({number('total_cost')}, {number('usage')})", _own_key),
        "status": f"CASE WHEN {truth('cancelled')} OR finish_reason = 'error' THEN 'error' ELSE 'ok' END",
        "error": f"CASE WHEN {truth('cancelled')} THEN 'cancelled' WHEN finish_reason = 'error' THEN 'error' END",
        "user_id": "external_user",
        "session_id": first("session_id", "request_id"),
        "tags": tags(provider_name="provider_name", workspace_id="workspace_id", preset_id="preset_id", router="router"),
    },
)  # fmt: skip

activity = Format(
    name="openrouter-activity",
    signature=frozenset({"generation_id", "created_at", "cost_total", "tokens_prompt", "tokens_completion"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    source="openrouter",
    record=record(
        "generation_id created_at model_permaslug provider_name tokens_prompt tokens_completion tokens_cached tokens_reasoning cost_total cost_web_search "
        "cost_file_processing byok_usage_inference finish_reason_normalized generation_time_ms time_to_first_token_ms cancelled user api_key_name app_name"
    ),
    columns={
        "request_id": "generation_id",
        "timestamp": instant("created_at"),
        "model": "model_permaslug",
        "provider": "'openrouter'",
        "input_tokens": "tokens_prompt",
        "output_tokens": "tokens_completion",
        "cache_read_tokens": _no_more_than("tokens_cached", "tokens_prompt"),
        "reasoning_tokens": _no_more_than("tokens_reasoning", "tokens_completion"),
        "latency_ms": f"greatest({number('generation_time_ms')}, {number('time_to_first_token_ms')})",
        "ttft_ms": "time_to_first_token_ms",
        "cost_usd": _sum(number("cost_total"), number("byok_usage_inference")),
        "other_cost_usd": _sum(number("cost_web_search"), number("cost_file_processing")),
        "status": f"CASE WHEN {truth('cancelled')} OR finish_reason_normalized = 'error' THEN 'error' ELSE 'ok' END",
        "error": f"CASE WHEN {truth('cancelled')} THEN 'cancelled' WHEN finish_reason_normalized = 'error' THEN 'error' END",
        "user_id": '"user"',
        "tags": tags(provider_name="provider_name", api_key_name="api_key_name", app_name="app_name"),
    },
)  # fmt: skip

# A day's total of many requests: good for comparing with the bill, no request of its own.
daily = Format(
    name="openrouter-daily",
    signature=frozenset({"date", "model_permaslug", "requests", "usage"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    source="openrouter",
    holds="totals",
)
