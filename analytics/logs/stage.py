"""From rows with canonical names to rows that are typed, checked, priced and free of duplicates.

`stage` makes two temporary tables: `staged`, every record once with its canonical values and the reason why it is
refused, if it is; and `dropped`, the lines among the good ones that do not enter (duplicates, or ids that contradict
each other). `clean` is what remains, in the shape of the store's `requests`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from analytics.logs.containers import LINE
from analytics.logs.fields import REQUEST_FIELDS, field_sql, problem_sql, quoted_name
from analytics.logs.formats import Format
from analytics.logs.read import Reading
from analytics.logs.repeated import create_repeated
from analytics.logs.texts import REDACTED, KeepPrompts, add_redaction, error_sql, prompt_sql, tags_sql
from analytics.prices import ResolvedPrice, cache_saving_sql, context_thresholds, list_cost_sql
from analytics.store.insert import insert_rows
from analytics.store.segments import quoted
from analytics.traffic.complexity import complexity_bin_sql, complexity_sql

# A call made for a user; every other `origin` (router, judge, shadow) is overhead and no request of its own.
USER = "user"
_CONTENT = (
    "logical_id, attempt, timestamp, model_logged, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, "
    "latency_ms, cost_usd, status, use_case, team, user_id, environment, session_id, quality, propensity"
)


def distinct_models(connection: duckdb.DuckDBPyConnection, types: dict[str, str]) -> list[tuple[str, str | None]]:
    """The distinct (model, provider) pairs of `source_rows`, as the log spells them."""
    provider = field_sql(_field("provider"), types)
    found = connection.execute(
        f"FROM (SELECT DISTINCT {field_sql(_field('model'), types)} AS logged, {provider} AS provider FROM source_rows) "
        "WHERE logged IS NOT NULL"
    ).fetchall()
    return [(row[0], row[1]) for row in found]


def _field(name: str):  # type: ignore[no-untyped-def]
    return next(known for known in REQUEST_FIELDS if known.name == name)


def create_price_table(connection: duckdb.DuckDBPyConnection, resolved: Sequence[ResolvedPrice]) -> None:
    """`resolved_prices`: per spelling of a model and provider its canonical name and each price period and tier."""
    connection.execute(
        "CREATE TEMP TABLE resolved_prices (model_logged TEXT, provider_logged TEXT, canonical TEXT, canonical_provider TEXT, "
        "valid_from TIMESTAMPTZ, valid_to TIMESTAMPTZ, above_tokens BIGINT, up_to_tokens BIGINT, "
        "input_usd_per_mtok DOUBLE, output_usd_per_mtok DOUBLE, cache_read_usd_per_mtok DOUBLE, "
        "cache_write_usd_per_mtok DOUBLE, reasoning_usd_per_mtok DOUBLE, request_usd DOUBLE, batch_factor DOUBLE)"
    )
    rows: list[tuple[object, ...]] = []
    for entry in resolved:
        name = (entry.model_logged, entry.provider_logged, entry.model, entry.provider)
        if not entry.rows:
            rows.append((*name, *[None] * 11))
        for price in entry.rows:
            tiers = sorted(
                other.above_tokens
                for other in entry.rows
                if (other.valid_from, other.valid_to) == (price.valid_from, price.valid_to)
                and other.above_tokens > price.above_tokens
            )
            rows.append((*name, *_price_values(price, tiers[0] if tiers else None)))
    if rows:
        insert_rows(connection, "resolved_prices", rows)


def _price_values(price, up_to: int | None) -> tuple[object, ...]:  # type: ignore[no-untyped-def]
    return (
        price.valid_from,
        price.valid_to,
        price.above_tokens,
        up_to,
        price.input_usd_per_mtok,
        price.output_usd_per_mtok,
        price.cache_read_usd_per_mtok,
        price.cache_write_usd_per_mtok,
        price.reasoning_usd_per_mtok,
        price.request_usd,
        price.batch_factor,
    )


def stage(connection: duckdb.DuckDBPyConnection, reading: Reading, source: str, keep_prompts: KeepPrompts) -> None:
    """Create `staged` from `source_rows` in one pass."""
    if keep_prompts == REDACTED:
        add_redaction(connection)
    types = reading.types
    branches = [branch for field in REQUEST_FIELDS for branch in problem_sql(field, types)]
    typed = ", ".join(
        f"{field_sql(field, types)} AS {quoted_name(_typed_name(field.name))}" for field in REQUEST_FIELDS
    )
    reason = f"CASE {' '.join(branches)} END" if branches else "NULL::VARCHAR"
    texts = create_repeated(connection, types)
    columns = _columns(keep_prompts, texts, types)
    varying = [column for column in columns if column.needs is None or column.needs in types]
    values = ", ".join(f"{column.value} AS {column.name}" for column in varying)
    connection.execute(
        f"CREATE TEMP TABLE staged AS WITH typed AS (SELECT {LINE} AS line, {typed}, {reason} AS value_problem FROM source_rows), "
        f"counted AS ({_counted_sql(reading.format)}), "
        f"rated AS (SELECT counted.*, CASE WHEN given_complexity IS NULL THEN {complexity_sql('use_case', 'input_tokens')} "
        "ELSE given_complexity END AS known_complexity FROM counted) "
        f"SELECT line, {_reason_sql()} AS reason, {values} "
        f"FROM rated LEFT JOIN (SELECT *, model_logged::{texts['model']} AS spelled_model, canonical::{texts['model']} AS model, "
        f"canonical_provider::{texts['provider']} AS provider FROM resolved_prices) AS price ON rated.model_logged = price.model_logged "
        "AND rated.provider_logged IS NOT DISTINCT FROM price.provider_logged "
        "AND (price.valid_from IS NULL OR rated.timestamp >= price.valid_from) "
        "AND (price.valid_to IS NULL OR rated.timestamp < price.valid_to) "
        "AND (price.above_tokens IS NULL OR price.above_tokens = 0 OR rated.input_tokens > price.above_tokens) "
        "AND (price.up_to_tokens IS NULL OR rated.input_tokens <= price.up_to_tokens)"
    )
    # What is the same for every row takes no room in the table of millions.
    same = [f"{quoted(source)}::ENUM({quoted(source)}) AS source"]
    same += [f"{column.constant} AS {column.name}" for column in columns if column not in varying]
    connection.execute(f"CREATE TEMP VIEW checked AS SELECT *, {', '.join(same)} FROM staged")


def _typed_name(name: str) -> str:
    return {"model": "model_logged", "provider": "provider_logged", "complexity": "given_complexity"}.get(name, name)


def _counted_sql(chosen: Format) -> str:
    """Token counts as totals and money in USD, whatever the source's own habits."""
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


def _reason_sql() -> str:
    """Why a row is refused: a wrong value first, then values that contradict each other."""
    return """CASE WHEN value_problem IS NOT NULL THEN value_problem
        WHEN coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0) > input_tokens
            THEN 'cache_read_tokens and cache_write_tokens add up to more than input_tokens'
        WHEN reasoning_tokens > output_tokens THEN 'reasoning_tokens exceed output_tokens'
        WHEN status IS NOT NULL AND status NOT IN ('ok', 'error')
            THEN 'status ''' || left(status, 40) || ''' is neither ok nor error'
        WHEN tags IS NOT NULL AND json_type(TRY_CAST(tags AS JSON)) IS DISTINCT FROM 'OBJECT' THEN 'tags is not a JSON object' END"""


@dataclass(frozen=True)
class _Column:
    """A column of `requests`: its value from a row, or the constant that stands when the file lacks `needs`."""

    name: str
    value: str
    needs: str | None = None
    constant: str | None = None


def _columns(keep_prompts: KeepPrompts, texts: dict[str, str], types: dict[str, str]) -> list[_Column]:
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
        _Column(name, f"{name}::{texts[name]}" if name in texts else name, name, f"NULL::{kind}")
        for name, kind in plain
    ]
    columns += [
        _Column(name, f"coalesce({name}, 0)", name, "0::BIGINT")
        for name in ("cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    ]
    columns += [
        _Column("request_id", "request_id"),
        _Column("timestamp", "timestamp"),
        _Column("model", f"coalesce(price.model, rated.model_logged::{texts['model']})"),
        _Column("model_logged", f"coalesce(price.spelled_model, rated.model_logged::{texts['model']})"),
        _Column("provider", f"coalesce(price.provider, rated.provider_logged::{texts['provider']})"),
        _Column("input_tokens", "input_tokens"),
        _Column("output_tokens", "output_tokens"),
        _Column("list_cost_usd", _list_cost_sql(types)),
        _Column(
            "cache_saving_usd",
            cache_saving_sql("price"),
            next((name for name in ("cache_read_tokens", "cache_write_tokens") if name in types), "cache_read_tokens"),
            "0::DOUBLE",
        ),
        _Column("complexity", "known_complexity"),
        _Column("complexity_bin", complexity_bin_sql("known_complexity")),
        _Column("context_band", f"({band})::UTINYINT"),
        _Column("complexity_given", "given_complexity IS NOT NULL", "complexity", "false"),
        _Column("logical_id", "nullif(logical_id, request_id)", "logical_id", "NULL::VARCHAR"),
        _Column("attempt", "attempt::INTEGER", "attempt", "NULL::INTEGER"),
        _Column(
            "status",
            f"CASE WHEN status = 'error' THEN 'error' ELSE 'ok' END::{texts['status']}",
            "status",
            f"'ok'::{texts['status']}",
        ),
        *(
            _Column(name, f"coalesce({name}, false)", name, "false")
            for name in ("batch", "cache_hit", "tokens_estimated")
        ),
        _Column("origin", f"nullif(lower(origin), '{USER}')", "origin", "NULL::VARCHAR"),
        _Column("prompt_chars", "length(prompt)", "prompt", "NULL::BIGINT"),
        _Column("prompt_hash", "md5(prompt)", "prompt", "NULL::VARCHAR"),
        _Column("prompt", prompt_sql(keep_prompts), "prompt" if keep_prompts else "", "NULL::VARCHAR"),
        _Column("tags", tags_sql("tags", keep_prompts), "tags", "NULL::JSON"),
        _Column("error", "error" if keep_prompts is True else error_sql("error", "prompt"), "error", "NULL::VARCHAR"),
    ]
    return columns


def _list_cost_sql(types: dict[str, str]) -> str:
    """Tokens at list price and what else was paid for; an answer from the gateway's own cache costs nothing."""
    cost = list_cost_sql("price") + (" + coalesce(other_cost_usd, 0)" if "other_cost_usd" in types else "")
    return f"CASE WHEN cache_hit THEN 0 ELSE {cost} END" if "cache_hit" in types else cost


def drop_repeated(connection: duckdb.DuckDBPyConnection, existing: str | None) -> None:
    """Create `dropped`: lines already stored (`existing`: a relation of stored request_ids of this source, if any),
    repeated lines of the same content, and ids that stand for different content (all of them: none can be trusted).
    """
    connection.execute("CREATE TEMP TABLE dropped (line BIGINT, reason TEXT)")
    if existing is not None:
        connection.execute(
            "INSERT INTO dropped SELECT line, NULL FROM staged WHERE reason IS NULL "
            f"AND request_id IN (SELECT request_id FROM {existing})"
        )
    good = "(SELECT * FROM checked WHERE reason IS NULL AND line NOT IN (SELECT line FROM dropped))"
    rows, ids = connection.execute(f"SELECT count(*), count(DISTINCT request_id) FROM {good}").fetchall()[0]
    if rows == ids:
        return
    connection.execute(
        # A batch is logged again, at another time, whenever somebody fetches it: it is paid for once.
        "CREATE TEMP TABLE repeated AS SELECT request_id, min(line) AS first_line, "
        "count(DISTINCT content) FILTER (NOT batch) AS contents FROM "
        f"(SELECT request_id, line, batch, hash({_CONTENT}) AS content FROM {good}) GROUP BY request_id HAVING count(*) > 1"
    )
    connection.execute(
        f"INSERT INTO dropped SELECT line, CASE WHEN contents > 1 THEN 'request_id ''' || left(request_id, 40) || "
        "''' stands for different rows of this file: ids must be unique' END "
        f"FROM {good} JOIN repeated USING (request_id) WHERE contents > 1 OR line <> first_line"
    )


def create_clean(connection: duckdb.DuckDBPyConnection, stored_logical: str | None) -> None:
    """Create the view `clean`: what enters the store, attempts told apart from logical requests.

    The last attempt stands for its request and carries the end-to-end latency. Attempts of a request that an earlier
    load already counted (`stored_logical`: a relation of logical_ids) add cost but are not counted again.
    """
    dropped = connection.execute("SELECT count(*) FROM dropped").fetchall()[0][0]
    good = "SELECT * EXCLUDE (line, reason) FROM checked WHERE reason IS NULL"
    good += " AND line NOT IN (SELECT line FROM dropped)" if dropped else ""
    grouped = connection.execute("SELECT count(logical_id) FROM checked").fetchall()[0][0]
    if not grouped:
        connection.execute(
            f"CREATE TEMP VIEW clean AS SELECT * REPLACE (coalesce(attempt, 1) AS attempt), origin IS NULL AS is_request, "
            f"latency_ms AS request_latency_ms, false AS fell_back FROM ({good})"
        )
        return
    connection.execute(
        f"CREATE TEMP TABLE logical AS WITH good AS (SELECT * REPLACE (coalesce(logical_id, request_id) AS logical_id) FROM ({good}) WHERE origin IS NULL), "
        "multiple AS (SELECT logical_id FROM good GROUP BY logical_id "
        "HAVING count(*) > 1 OR bool_or(logical_id <> request_id)), ranked AS (SELECT request_id, logical_id, timestamp, latency_ms, "
        "row_number() OVER (PARTITION BY logical_id ORDER BY attempt NULLS LAST, timestamp, request_id) AS nth, "
        "count(*) OVER (PARTITION BY logical_id) AS attempts, "
        "max(epoch_ms(timestamp) + coalesce(latency_ms, 0)) OVER whole - min(epoch_ms(timestamp)) OVER whole AS span_ms, "
        "min(model) OVER whole <> max(model) OVER whole AS fell_back, min(timestamp) OVER whole = max(timestamp) OVER whole AS together, sum(latency_ms) OVER whole AS total_ms "
        "FROM good JOIN multiple USING (logical_id) WINDOW whole AS (PARTITION BY logical_id)) "
        "SELECT request_id, nth, nth = attempts"
        + (f" AND logical_id NOT IN (SELECT logical_id FROM {stored_logical})" if stored_logical else "")
        + " AS is_request, CASE WHEN attempts = 1 THEN latency_ms WHEN together THEN total_ms "
        "WHEN latency_ms IS NOT NULL THEN span_ms END AS request_latency_ms, fell_back FROM ranked"
    )
    connection.execute(
        f"CREATE TEMP VIEW clean AS SELECT good.* REPLACE (coalesce(good.attempt, logical.nth, 1)::INTEGER AS attempt), "
        f"coalesce(logical.is_request, good.origin IS NULL) AS is_request, coalesce(logical.fell_back, false) AS fell_back, "
        f"CASE WHEN logical.request_id IS NULL THEN latency_ms ELSE logical.request_latency_ms END AS request_latency_ms "
        f"FROM ({good}) AS good LEFT JOIN logical USING (request_id)"
    )
