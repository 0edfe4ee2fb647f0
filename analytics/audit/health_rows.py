"""The checks that need raw rows. Roll-ups say first whether there is anything to look for, so a clean log costs nothing."""

from analytics.audit.dimensions import RAW
from analytics.audit.health_finding import Finding, counted
from analytics.currency import Currency, Rates
from analytics.prices import PriceRow, prices_of
from analytics.scope import Scope
from analytics.store import Store

# OpenAI and most Claude models cache prompts from 1,024 tokens on, and keep them about five minutes:
# https://platform.openai.com/docs/guides/prompt-caching, https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching
LONG_PROMPT_TOKENS = 1024
CACHE_SECONDS = 300
LEAST_REPEATS = 20
Log = tuple[str, dict[str, object]]  # a relation with `per_usd`, and the values of its parameters


def row_findings(store: Store, scope: Scope, rates: Rates) -> list[Finding]:
    """Findings with the money they affect, from raw rows."""
    currency = rates.latest(scope.currency)
    log = RAW.log(scope, rates)
    free, estimated, failed = store.rows(
        "SELECT coalesce(sum(zero_billed), 0)::BIGINT, coalesce(sum(estimated), 0)::BIGINT, "
        "coalesce(sum(failed_attempts), 0)::BIGINT FROM rollup"
    )[0]
    return [
        *(_logged_free(store, log, currency.unit) if free else []),
        *(_estimated(store, log, currency.unit) if estimated else []),
        *(_failed_without_usage(store) if failed else []),
        *_lost_cache(store, currency),
    ]


def _logged_free(store: Store, log: Log, currency: Currency) -> list[Finding]:
    relation, values = log
    rows = store.rows(
        f"SELECT model, count(*), sum(list_cost_usd * per_usd) FROM {relation} WHERE cost_usd = 0 AND list_cost_usd > 0 "
        "GROUP BY model ORDER BY 3 DESC",
        values,
    )
    return [
        Finding(
            "wrong",
            f"{model} was logged at {currency.sign}0",
            f"{counted(calls, 'call costs', 'calls cost')} {currency.cents(cost)} at list price: the billed total is too low.",
            "Give the gateway a price for it; until then trust the list cost.",
            calls=calls,
            cost=cost,
        )
        for model, calls, cost in rows
    ]


def _estimated(store: Store, log: Log, currency: Currency) -> list[Finding]:
    relation, values = log
    calls, cost, usd = store.rows(
        f"SELECT count(*), sum(list_cost_usd * per_usd), sum(list_cost_usd) FROM {relation} WHERE tokens_estimated",
        values,
    )[0]
    total = store.rows("SELECT sum(list_cost_usd) FROM rollup")[0][0]
    share = usd / total if usd is not None and total else None
    part = "an unknown amount" if cost is None else currency.cents(cost)
    return [
        Finding(
            "missing",
            f"{counted(calls, 'call has', 'calls have')} estimated token counts",
            f"{part} of list cost{'' if share is None else f' ({share:.1%})'} rests on estimates, as when a stream sends no usage.",
            "Ask the provider for usage in streams (stream_options: include_usage).",
            calls=calls,
            cost=cost,
        )
    ]


def _failed_without_usage(store: Store) -> list[Finding]:
    calls = store.rows(
        "SELECT count(*) FROM requests WHERE status = 'error' AND input_tokens + output_tokens = 0 AND coalesce(cost_usd, 0) = 0"
    )[0][0]
    if not calls:
        return []
    return [
        Finding(
            "missing",
            f"{counted(calls, 'failed call says', 'failed calls say')} neither tokens nor cost",
            "A provider bills what ran before a timeout or an interrupted stream; here it counts as nothing.",
            "Compare with the invoice under Reconciliation; log the usage of failed calls where the provider sends it.",
            calls=calls,
        )
    ]


def _lost_cache(store: Store, currency: Currency) -> list[Finding]:
    """Models that can cache prompts but show no cached token on long prompts that come again within minutes.

    A session, or an identical prompt, counts as coming again; what is saved at least is its shortest prompt each time.
    """
    suspects = [
        row[0]
        for row in store.rows(
            "SELECT model FROM rollup GROUP BY model HAVING coalesce(sum(cache_read_tokens), 0) = 0 AND sum(attempts) > $least",
            {"least": LEAST_REPEATS},
        )
    ]
    prices = {model: _cached_price(rows) for model, rows in prices_of(store, suspects).items()}
    able = {model: price for model, price in prices.items() if price is not None}
    if not able:
        return []
    rows = store.rows(
        "SELECT model, sum(calls - 1)::BIGINT, sum((calls - 1) * shortest)::DOUBLE FROM (SELECT model, source, "
        "coalesce(session_id, prompt_hash) AS again, count(*) AS calls, min(input_tokens) AS shortest, "
        "epoch(max(timestamp) - min(timestamp)) AS span_s FROM requests WHERE list_contains($models, model) "
        "AND input_tokens >= $long AND coalesce(session_id, prompt_hash) IS NOT NULL AND NOT cache_hit "
        "GROUP BY ALL HAVING count(*) > 1) WHERE span_s <= $kept * (calls - 1) "
        "GROUP BY model HAVING sum(calls - 1) >= $least ORDER BY 3 DESC",
        {"models": list(able), "long": LONG_PROMPT_TOKENS, "kept": CACHE_SECONDS, "least": LEAST_REPEATS},
    )
    return [_lost(model, calls, tokens, able[model], currency) for model, calls, tokens in rows]


def _cached_price(rows: list[PriceRow]) -> PriceRow | None:
    able = [row for row in rows if row.cache_read_usd_per_mtok is not None and row.above_tokens == 0]
    return able[-1] if able else None


def _lost(model: str, calls: int, tokens: float, price: PriceRow, currency: Currency) -> Finding:
    usd = tokens * (price.input_usd_per_mtok - (price.cache_read_usd_per_mtok or 0.0)) / 1e6
    return Finding(
        "missing",
        f"{model} shows no cached tokens",
        f"{calls:,} long prompts came again within minutes and none was cached: either the log drops cached tokens, or "
        f"caching is off. At the cached rate up to {currency.cents(usd)} less.",
        "Compare one request's usage with the provider's console; if it is cached there, log cache_read_tokens.",
        calls=calls,
        cost=currency.amount(usd),
    )
