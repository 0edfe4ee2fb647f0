"""TensorZero's ModelInference rows (ClickHouse or Postgres, any container), alone or joined with their ChatInference.

Counts are the provider's own, so cache counts are added where they come apart (Anthropic); output contains reasoning.
Money is USD and NULL when no price is configured; times are milliseconds. The time is in the id when the row has none
(UUIDv7). https://www.tensorzero.com/docs/gateway/data-model
"""

from analytics.logs.formats.format import Format
from analytics.logs.formats.sql import first, instant, member, number, record, tags, truth

_cache = ("provider_cache_read_input_tokens", "provider_cache_write_input_tokens")
_texts = (
    "id inference_id model_name model_provider_name input_tokens output_tokens cost response_time_ms ttft_ms finish_reason timestamp cached "
    "function_name variant_name episode_id " + " ".join(_cache)
)
# The first 48 bits of a UUIDv7 are milliseconds since 1970.
_from_id = "to_timestamp(TRY_CAST('0x' || left(replace(id, '-', ''), 12) AS BIGINT) / 1000.0)::VARCHAR"
_of_id = f"CASE WHEN regexp_matches(id, '^0[0-3][0-9a-fA-F]{{6}}-[0-9a-fA-F]{{4}}-7') THEN {_from_id} END"
_stated = "nullif(timestamp, '')"
_apart = f"CASE WHEN lower(model_provider_name) = 'anthropic' THEN coalesce({number(_cache[0])}, 0) + coalesce({number(_cache[1])}, 0) ELSE 0 END"

rows = Format(
    name="tensorzero",
    signature=frozenset({"id", "inference_id", "model_name", "model_provider_name", "input_tokens", "output_tokens"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
    record=record(_texts, "tags"),
    columns={
        "request_id": "id",
        "timestamp": f"coalesce({instant(_stated)}, {_of_id})",
        "model": "model_name",
        "provider": "model_provider_name",
        "input_tokens": f"{number('input_tokens')} + {_apart}",
        "output_tokens": "output_tokens",
        "cache_read_tokens": _cache[0],
        "cache_write_tokens": _cache[1],
        "latency_ms": "response_time_ms",
        "ttft_ms": "ttft_ms",
        "cost_usd": "cost",
        "cache_hit": truth("cached"),
        "use_case": first(member("tags", "use_case"), "function_name"),
        "team": member("tags", "team"),
        "environment": member("tags", "environment"),
        "user_id": member("tags", "user_id"),
        "session_id": first("episode_id", "inference_id"),
        "trace_id": "inference_id",
        "prompt_version": "variant_name",
        "tags": tags(tags="tags", finish_reason="finish_reason"),
    },
)  # fmt: skip
