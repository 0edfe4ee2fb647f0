"""Portkey's log export as JSON Lines.

Money is in cents, times are ISO UTC, `response_time` is in milliseconds. Counts are totals; the export does not tell
cached or reasoning tokens apart. A hit of its cache cost nothing. An export without ids gets one from its content.
https://portkey.ai/docs/product/observability/logs-export
"""

from analytics.logs.formats.format import Format
from analytics.logs.formats.sql import first, instant, member, number, record, tags, truth

_texts = (
    "id created_at is_success ai_org ai_model req_units res_units cost cost_currency response_status_code response_time cache_status stream_mode "
    "retry_success_count trace_id mode virtual_key config prompt_slug prompt_version_id"
)
_content = " || '/' || ".join(f"coalesce({name}, '')" for name in _texts.split()[1:])

rows = Format(
    name="portkey",
    signature=frozenset({"created_at", "ai_org", "ai_model", "req_units", "res_units"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    usd_per_unit=0.01,
    record=record(_texts, "metadata"),
    columns={
        "request_id": first("id", f"md5({_content})"),
        "timestamp": instant("created_at"),
        "model": "ai_model",
        "provider": "lower(ai_org)",
        "input_tokens": "req_units",
        "output_tokens": "res_units",
        "latency_ms": "response_time",
        # Another currency than USD is not money we can add up.
        "cost_usd": "CASE WHEN upper(coalesce(nullif(cost_currency, ''), 'USD')) IN ('USD', 'CENTS', 'USD_CENTS') THEN cost END",
        "status": f"CASE {truth('is_success')} WHEN true THEN 'ok' WHEN false THEN 'error' END",
        "error": f"CASE WHEN NOT {truth('is_success')} THEN 'HTTP ' || response_status_code END",
        "attempt": f"1 + greatest(coalesce({number('retry_success_count')}, 0), 0)",
        "cache_hit": "coalesce(lower(cache_status) LIKE '%hit%', false)",
        "use_case": first(member("metadata", "use_case"), "prompt_slug"),
        "team": member("metadata", "team"),
        "user_id": first(member("metadata", "_user"), member("metadata", "user_id")),
        "environment": first(member("metadata", "environment"), member("metadata", "env")),
        "session_id": "trace_id",
        "trace_id": "trace_id",
        "prompt_version": first("prompt_version_id", "prompt_slug"),
        "tags": tags(metadata="metadata", mode="mode", virtual_key="virtual_key", config="config"),
    },
)  # fmt: skip
