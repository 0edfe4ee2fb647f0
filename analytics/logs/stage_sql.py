"""What a log's rows mean, as SQL text over `source_rows` and `resolved_prices`: their types, checks, costs and attempts.

The text is DuckDB's. A load runs it step by step (`stage.py`); a warehouse runs it translated, as one query
(`analytics.warehouse`). Nothing here runs anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.logs.fields import REQUEST_FIELDS, field_sql, problem_sql, quoted_name
from analytics.logs.formats import Format
from analytics.logs.texts import KeepPrompts, error_sql, prompt_sql, tags_sql
from analytics.prices import cache_saving_sql, context_thresholds, list_cost_sql
from analytics.traffic.complexity import complexity_bin_sql, complexity_sql

# A call made for a user; every other `origin` (router, judge, shadow) is overhead and no request of its own.
USER = "user"


def models_sql(types: Mapping[str, str]) -> str:
    """The distinct (model, provider) pairs of `source_rows`, as the log spells them."""
    model, provider = (field_sql(field, types) for field in REQUEST_FIELDS if field.name in ("model", "provider"))
    return (
        f"SELECT logged, provider FROM (SELECT DISTINCT {model} AS logged, {provider} AS provider FROM source_rows) AS pairs "
        "WHERE logged IS NOT NULL"
    )


def typed_sql(types: Mapping[str, str], line: str) -> str:
    """`source_rows` with canonical types; `value_problem` says which value is wrong. `line` numbers the rows."""
    branches = [branch for field in REQUEST_FIELDS for branch in problem_sql(field, types)]
    typed = ", ".join(
        f"{field_sql(field, types)} AS {quoted_name(_typed_name(field.name))}" for field in REQUEST_FIELDS
    )
    reason = f"CASE {' '.join(branches)} END" if branches else "NULL::VARCHAR"
    return f"SELECT {line} AS line, {typed}, {reason} AS value_problem FROM source_rows"


def _typed_name(name: str) -> str:
    return {"model": "model_logged", "provider": "provider_logged", "complexity": "given_complexity"}.get(name, name)


def counted_sql(chosen: Format) -> str:
    """The rows of `typed` with token counts as totals and money in USD, whatever the source's own habits."""
    replaced = []
    if not chosen.input_includes_cache:
        replaced.append(
            "input_tokens + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0) AS input_tokens"
        )
    if not chosen.output_includes_reasoning:
        replaced.append("output_tokens + coalesce(reasoning_tokens, 0) AS output_tokens")
    if chosen.usd_per_unit != 1.0:
        replaced.append(f"cost_usd * {chosen.usd_per_unit!r} AS cost_usd")
    return f"SELECT * REPLACE ({', '.join(replaced)}) FROM typed" if replaced else "SELECT * FROM typed"


RATED_SQL = (
    f"SELECT counted.*, CASE WHEN given_complexity IS NULL THEN {complexity_sql('use_case', 'input_tokens')} "
    "ELSE given_complexity END AS known_complexity FROM counted"
)


def price_join_sql(provider: str) -> str:
    """The join of `resolved_prices` as `price` to rows named `rated`, whose provider as logged is `provider`."""
    return f"""rated.model_logged = price.model_logged
        AND {provider} IS NOT DISTINCT FROM price.provider_logged
        AND (price.valid_from IS NULL OR rated.timestamp >= price.valid_from)
        AND (price.valid_to IS NULL OR rated.timestamp < price.valid_to)
        AND (price.above_tokens IS NULL OR price.above_tokens = 0 OR rated.input_tokens > price.above_tokens)
        AND (price.up_to_tokens IS NULL OR rated.input_tokens <= price.up_to_tokens)"""


def priced_sql(values: str, texts: Mapping[str, str], types: Mapping[str, str]) -> str:
    """`rated` rows with the reason why one is refused, if it is, and `values` (columns of `requests_columns`)."""
    return (
        f"SELECT line, {reason_sql(types)} AS reason, {values} FROM rated LEFT JOIN "
        f"(SELECT *, model_logged::{texts['model']} AS spelled_model, canonical::{texts['model']} AS model, "
        f"canonical_provider::{texts['provider']} AS provider FROM resolved_prices) AS price "
        f"ON {price_join_sql('rated.provider_logged')}"
    )


def reason_sql(types: Mapping[str, str]) -> str:
    """Why a row is refused: a wrong value first, then values that contradict each other."""
    tags = "WHEN tags IS NOT NULL AND json_type(TRY_CAST(tags AS JSON)) IS DISTINCT FROM 'OBJECT' THEN 'tags is not a JSON object'"
    return f"""CASE WHEN value_problem IS NOT NULL THEN value_problem
        WHEN coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0) > input_tokens
            THEN 'cache_read_tokens and cache_write_tokens add up to more than input_tokens'
        WHEN reasoning_tokens > output_tokens THEN 'reasoning_tokens exceed output_tokens'
        WHEN status IS NOT NULL AND status NOT IN ('ok', 'error')
            THEN 'status ''' || left(status, 40) || ''' is neither ok nor error'
        {tags if "tags" in types else ""} END"""


@dataclass(frozen=True)
class Column:
    """A column of `requests`: its value from a row, or the constant that stands when the file lacks `needs`."""

    name: str
    value: str
    needs: str | None = None
    constant: str | None = None


def requests_columns(keep_prompts: KeepPrompts, texts: Mapping[str, str], types: Mapping[str, str]) -> list[Column]:
    """The columns of `requests`, over `rated` rows joined with `price`; `texts` has the types of texts that repeat."""
    limits = context_thresholds()
    above = " + ".join(f"(rated.input_tokens > {limit})::UTINYINT" for limit in limits)
    # Nearly every request is below the lowest limit: the sum is worked out for the few others only.
    band = f"CASE WHEN rated.input_tokens <= {limits[0]} THEN 0 ELSE {above} END" if limits else "0"
    plain = [
        ("ttft_ms", "DOUBLE"),
        ("cost_usd", "DOUBLE"),
        ("use_case", "VARCHAR"),
        ("team", "VARCHAR"),
    ]
    plain += [
        ("user_id", "VARCHAR"),
        ("environment", "VARCHAR"),
        ("session_id", "VARCHAR"),
        ("trace_id", "VARCHAR"),
        ("prompt_version", "VARCHAR"),
    ]
    plain += [
        ("other_cost_usd", "DOUBLE"),
        ("latency_ms", "DOUBLE"),
        ("quality", "DOUBLE"),
        ("quality_metric", "VARCHAR"),
        ("propensity", "DOUBLE"),
    ]
    columns = [
        Column(name, f"{name}::{texts[name]}" if name in texts else name, name, f"NULL::{kind}") for name, kind in plain
    ]
    columns += [
        Column(name, f"coalesce({name}, 0)", name, "0::BIGINT")
        for name in ("cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    ]
    columns += [
        Column("request_id", "request_id"),
        Column("timestamp", "timestamp"),
        Column("model", f"coalesce(price.model, rated.model_logged::{texts['model']})"),
        Column("model_logged", f"coalesce(price.spelled_model, rated.model_logged::{texts['model']})"),
        Column("provider", f"coalesce(price.provider, rated.provider_logged::{texts['provider']})"),
        Column("input_tokens", "input_tokens"),
        Column("output_tokens", "output_tokens"),
        Column("list_cost_usd", _list_cost_sql(types)),
        Column(
            "cache_saving_usd",
            cache_saving_sql("price"),
            next((name for name in ("cache_read_tokens", "cache_write_tokens") if name in types), "cache_read_tokens"),
            "0::DOUBLE",
        ),
        Column("complexity", "known_complexity"),
        Column("complexity_bin", complexity_bin_sql("known_complexity")),
        Column("context_band", f"({band})::UTINYINT"),
        Column("complexity_given", "given_complexity IS NOT NULL", "complexity", "false"),
        Column("logical_id", "nullif(logical_id, request_id)", "logical_id", "NULL::VARCHAR"),
        Column("attempt", "attempt::INTEGER", "attempt", "NULL::INTEGER"),
        Column(
            "status",
            f"CASE WHEN status = 'error' THEN 'error' ELSE 'ok' END::{texts['status']}",
            "status",
            f"'ok'::{texts['status']}",
        ),
        *(
            Column(name, f"coalesce({name}, false)", name, "false")
            for name in ("batch", "cache_hit", "tokens_estimated")
        ),
        Column("origin", f"nullif(lower(origin), '{USER}')", "origin", "NULL::VARCHAR"),
        Column("prompt_chars", "length(prompt)", "prompt", "NULL::BIGINT"),
        Column("prompt_hash", "md5(prompt)", "prompt", "NULL::VARCHAR"),
        Column("prompt", prompt_sql(keep_prompts), "prompt" if keep_prompts else "", "NULL::VARCHAR"),
        Column("tags", tags_sql("tags", keep_prompts), "tags", "NULL::JSON"),
        Column("error", "error" if keep_prompts is True else error_sql("error", "prompt"), "error", "NULL::VARCHAR"),
    ]
    return columns


def _list_cost_sql(types: Mapping[str, str]) -> str:
    """Tokens at list price and what else was paid for; an answer from the gateway's own cache costs nothing."""
    cost = list_cost_sql("price") + (" + coalesce(other_cost_usd, 0)" if "other_cost_usd" in types else "")
    return f"CASE WHEN cache_hit THEN 0 ELSE {cost} END" if "cache_hit" in types else cost
