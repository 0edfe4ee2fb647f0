"""Keeping the catalogue's `prices` table: every maker's models, and every model the log names."""

from collections.abc import Sequence

import duckdb

from analytics.prices import OwnPrices, PriceRow, price_values, resolve_prices
from analytics.store.insert import insert_rows


def refresh_prices(
    connection: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[str, str | None]], own: OwnPrices | None
) -> None:
    """Put the price rows of these (model, provider) pairs into `prices`, so that a projection reads them there."""
    from analytics.prices.catalogue import maker_rows

    rows: dict[tuple[str, str, object, int], PriceRow] = {}
    empty = connection.execute("SELECT count(*) = 0 FROM prices").fetchall()[0][0]
    logged = [row for resolved in resolve_prices(pairs, own) for row in resolved.rows]
    mine = [row for entries in (own.rows.values() if own else ()) for row in entries]
    for row in [*(maker_rows() if empty else ()), *logged, *mine]:
        rows[(row.model, row.provider, row.valid_from, row.above_tokens)] = row
    if not rows:
        return
    replaced = sorted({(row.model, row.provider) for row in rows.values()})
    connection.execute(
        "DELETE FROM prices WHERE (model, provider) IN (SELECT unnest($models::TEXT[]), unnest($providers::TEXT[]))",
        {"models": [model for model, _ in replaced], "providers": [provider for _, provider in replaced]},
    )
    insert_rows(connection, "prices", [price_values(row) for row in rows.values()])
