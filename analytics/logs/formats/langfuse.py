"""Langfuse observations: `GET /api/public/v2/observations` (camelCase) and its blob storage export (snake_case).

Usage buckets are disjoint: `input` leaves out `input_cached_tokens`, `output` leaves out `output_reasoning_tokens`; what
has "input" in its name is input, as Langfuse itself sums it. Some integrations write totals instead; then `total` gives
them away. Money is USD; an empty `costDetails` with a cost of 0 means that no price was known. Only generations and
embeddings are calls: agents and chains repeat the usage of what they contain. Latency is taken from start and end,
because the API counts it in seconds and other exports in milliseconds.
https://langfuse.com/docs/observability/features/token-and-cost-tracking
"""

from analytics.logs.formats.format import Format
from analytics.logs.formats.sql import first, instant, member, milliseconds, number, snake, tags

_SOURCE = "langfuse"


def _sum(counts: str, condition: str) -> str:
    """Sum of the counts whose name meets a condition, from a map of name to number; NULL without a map."""
    return (
        f"list_sum(list_transform(list_filter(map_entries({counts}), lambda one: {condition}), lambda one: one.value))"
    )


def _observations(name: str, camel: bool) -> Format:
    """The format of one spelling of the column names."""

    def column(title: str) -> str:
        return f'"{title if camel else snake(title)}"'

    usage = f"TRY_CAST({column('usageDetails')} AS MAP(VARCHAR, DOUBLE))"
    costs = f"TRY_CAST({column('costDetails')} AS MAP(VARCHAR, DOUBLE))"
    cached = "contains(one.key, 'cache') AND NOT contains(one.key, 'output')"
    written = "(contains(one.key, 'creation') OR contains(one.key, 'write'))"
    read_tokens = f"coalesce({_sum(usage, f'{cached} AND NOT {written}')}, 0)"
    write_tokens = f"coalesce({_sum(usage, f'{cached} AND {written}')}, 0)"
    thought = "contains(one.key, 'reasoning') OR contains(one.key, 'thought') OR contains(one.key, 'thinking')"
    reasoning = f"coalesce({_sum(usage, thought)}, 0)"
    plain_input = _sum(usage, f"contains(one.key, 'input') AND NOT ({cached})")
    plain_output = _sum(usage, f"contains(one.key, 'output') AND NOT ({thought})")
    total = number(member(column("usageDetails"), "total"))
    details = f"{read_tokens} + {write_tokens} + {reasoning}"
    # Totals where buckets belong: they already add up to the total without the details.
    inclusive = f"({details} > 0 AND coalesce({plain_input}, 0) + coalesce({plain_output}, 0) = {total})"
    # A side that is not told is what the total leaves. Without a total an answer may be empty (an embedding has none), but a
    # prompt is not, unless all of it came from the cache.
    left_input, left_output = (
        f"CASE WHEN {total} >= {side} + {details} THEN {total} - {side} - {details} END"
        for side in (plain_output, plain_input)
    )
    all_cached = f"CASE WHEN {read_tokens} + {write_tokens} > 0 THEN 0 END"
    # A call that failed before it used anything says nothing about usage.
    nothing = "CASE WHEN upper(level) = 'ERROR' THEN 0 END"
    priced = f"list_sum(map_values({costs}))"
    billed = f"coalesce({number(column('totalCost'))}, {number(member(column('costDetails'), 'total'))}, {priced})"
    start, end, began = column("startTime"), column("endTime"), column("completionStartTime")
    # Seconds in the API and in the export, milliseconds where the name says so.
    stated = f"coalesce({number(column('latencyMs'))}, {number(column('latency'))} * 1000)"
    stated_first = f"coalesce({number(column('timeToFirstTokenMs'))}, {number(column('timeToFirstToken'))} * 1000)"
    texts = [
        "id",
        "type",
        "startTime",
        "endTime",
        "completionStartTime",
        "latency",
        "latencyMs",
        "timeToFirstToken",
        "timeToFirstTokenMs",
    ]
    texts += [
        "providedModelName",
        "internalModelId",
        "modelId",
        "model",
        "totalCost",
        "level",
        "statusMessage",
        "environment",
        "userId",
    ]
    texts += ["sessionId", "traceId", "traceName", "name", "promptName", "promptVersion", "usagePricingTierName"]
    nested = ["usageDetails", "costDetails", "metadata", "tags", "input"]
    name_of = {title: title if camel else snake(title) for title in texts + nested}
    return Format(
        name=name,
        signature=frozenset(name_of[title] for title in ("id", "traceId", "type", "startTime") + (() if camel else ("usageDetails",))),
        input_includes_cache=False,
        output_includes_reasoning=False,
        source=_SOURCE,
        record={name_of[title]: "VARCHAR" for title in texts} | {name_of[title]: "JSON" for title in nested},
        calls="upper(type) IN ('GENERATION', 'EMBEDDING')",
        columns={
            "request_id": "id",
            "timestamp": instant(start),
            "model": first(column("providedModelName"), "model", column("internalModelId")),
            "input_tokens": f"CASE WHEN {inclusive} THEN {plain_input} - {read_tokens} - {write_tokens} ELSE coalesce({plain_input}, {left_input}, {all_cached}, {nothing}) END",
            "output_tokens": f"CASE WHEN {inclusive} THEN {plain_output} - {reasoning} ELSE coalesce({plain_output}, {left_output}, {plain_input} * 0, {nothing}) END",
            "cache_read_tokens": read_tokens,
            "cache_write_tokens": write_tokens,
            "reasoning_tokens": reasoning,
            "latency_ms": f"coalesce({milliseconds(start, end)}, {stated})",
            "ttft_ms": f"coalesce({milliseconds(start, began)}, {stated_first})",
            "cost_usd": f"CASE WHEN {billed} <> 0 OR coalesce({priced}, 0) <> 0 OR cardinality({costs}) > 0 THEN {billed} END",
            "status": "CASE WHEN upper(level) = 'ERROR' THEN 'error' ELSE 'ok' END",
            "error": f"CASE WHEN upper(level) = 'ERROR' THEN {column('statusMessage')} END",
            "use_case": first(member("metadata", "use_case"), column("traceName"), "name"),
            "team": member("metadata", "team"),
            "user_id": column("userId"),
            "environment": "environment",
            "session_id": first(column("sessionId"), column("traceId")),
            "trace_id": column("traceId"),
            "prompt_version": f"{column('promptName')} || coalesce(':' || {column('promptVersion')}, '')",
            "prompt": "nullif(input::VARCHAR, 'null')",
            "tags": tags(tags="tags", type="type", pricing_tier=f"nullif({column('usagePricingTierName')}, '')"),
        },
    )  # fmt: skip


observations = _observations("langfuse", camel=True)
export = _observations("langfuse-export", camel=False)
