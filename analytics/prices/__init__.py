"""What a token cost, and when: dated list prices, the user's own, and the one alias function for model names."""

from analytics.prices.aliases import canonical_model
from analytics.prices.own import OwnPrices, own_prices_of, read_own_prices
from analytics.prices.resolve import PRICE_COLUMNS, price_values, prices_of, resolve_prices
from analytics.prices.rows import PriceRow, ResolvedPrice, cache_saving_sql, list_cost_sql, price_usd

__all__ = [
    "PRICE_COLUMNS",
    "OwnPrices",
    "PriceRow",
    "ResolvedPrice",
    "cache_saving_sql",
    "canonical_model",
    "context_thresholds",
    "list_cost_sql",
    "own_prices_of",
    "price_usd",
    "price_values",
    "prices_of",
    "read_own_prices",
    "resolve_prices",
]


def context_thresholds() -> tuple[int, ...]:
    """All long-context limits in tokens, ascending; a request's band is how many of them its input exceeds."""
    from analytics.prices.catalogue import context_thresholds as thresholds

    return thresholds()
