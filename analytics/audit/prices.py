"""What a token costs: price rows of the log's models, and of any model by a part of its name."""

from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.audit.dimensions import ROLLUP
from analytics.audit.totals import log_totals
from analytics.currency import Currency, Rates
from analytics.scope import Scope
from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

MOST_FOUND = 200
_ROWS = """model, provider, input_usd_per_mtok, output_usd_per_mtok, cache_read_usd_per_mtok, cache_write_usd_per_mtok,
    reasoning_usd_per_mtok, batch_factor, request_usd, nullif(above_tokens, 0) AS above_tokens,
    strftime(valid_from, '%Y-%m-%d') AS valid_from, strftime(valid_to, '%Y-%m-%d') AS valid_to, source"""


def log_models(store: Store) -> "pl.DataFrame":
    """The log's models, dearest first: model, provider, calls, list_usd, share of list cost, unpriced calls."""
    return store.frame(
        "SELECT model, string_agg(DISTINCT provider, ', ' ORDER BY provider) AS provider, sum(attempts)::BIGINT AS calls, "
        "sum(list_cost_usd) AS list_usd, sum(list_cost_usd) / nullif(sum(sum(list_cost_usd)) OVER (), 0) AS share, "
        "sum(unpriced)::BIGINT AS unpriced FROM rollup GROUP BY model ORDER BY list_usd DESC NULLS LAST, model"
    )


def log_prices(store: Store) -> "pl.DataFrame":
    """Every price row of the log's models: rates in USD per million tokens, the tier's limit, dates, source."""
    return store.frame(
        f"SELECT {_ROWS} FROM prices JOIN (SELECT model, sum(list_cost_usd) AS usd FROM rollup GROUP BY model) USING (model) "
        "ORDER BY usd DESC NULLS LAST, model, provider, prices.valid_from NULLS FIRST, prices.above_tokens"
    )


def find_prices(store: Store, text: str) -> "pl.DataFrame":
    """Price rows of models whose name contains `text`, at most MOST_FOUND."""
    return store.frame(
        f"SELECT {_ROWS} FROM prices WHERE contains(model, lower($text)) "
        "ORDER BY model, provider, prices.valid_from NULLS FIRST, prices.above_tokens LIMIT $most",
        {"text": text.strip(), "most": MOST_FOUND},
    )


def overhead_by_origin(store: Store, scope: Scope, rates: Rates) -> dict[str, float | None]:
    """List cost of calls of the whole log that no user made (router, judge, shadow), per kind, in the scope's currency."""
    log, values = ROLLUP.log(scope, rates)
    return dict(
        store.rows(
            f"SELECT origin, sum(list_cost_usd * per_usd) FROM {log} WHERE origin IS NOT NULL GROUP BY origin "
            "ORDER BY 2 DESC NULLS LAST, 1",
            values,
        )
    )


def mean_rate(store: Store, scope: Scope, rates: Rates) -> Currency:
    """The scope's currency at the mean rate of the whole log: its list cost is then the sum of its days at their rates."""
    latest = rates.latest(scope.currency)
    usd, amount = (
        log_totals(store, Scope(time_zone=scope.time_zone, currency=code), rates).list_cost
        for code in ("USD", latest.code)
    )
    return latest if latest.code == "USD" or not usd or not amount else replace(latest, usd_per_unit=usd / amount)
