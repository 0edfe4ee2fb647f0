"""Re-pricing: the list cost of every stored call worked out again at today's price file and catalogue.

A load prices its rows once and they stay as they are: history does not change because a price did. This is the one
explicit way to change it: new segments with new list costs are written beside the old ones and swapped in together.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from analytics.errors import UsageError
from analytics.logs.load import drop_temporary
from analytics.logs.prices import refresh_prices
from analytics.logs.stage import create_price_table
from analytics.logs.stage_sql import price_join_sql
from analytics.prices import OwnPrices, ResolvedPrice, cache_saving_sql, list_cost_sql, own_prices_of, resolve_prices
from analytics.store import Store, Transaction, write_transaction
from analytics.store.catalogue import Kind
from analytics.store.connection import connect_memory
from analytics.store.patience import patiently
from analytics.store.segments import table_sql
from analytics.traffic import write_segment

Progress = Callable[[float, str], None]

OWN = "own"
# The price of a call: the same join as at load, over a stored row named `rated`.
_PRICED = f"LEFT JOIN resolved_prices AS price ON {price_join_sql('rated.provider')}"
_COST = f"CASE WHEN cache_hit THEN 0 ELSE {list_cost_sql('price')} + coalesce(other_cost_usd, 0) END"


@dataclass(frozen=True)
class ModelChange:
    """A model's list cost in USD before and after (None: it has no price), over how many calls."""

    model: str
    attempts: int
    before_usd: float | None
    after_usd: float | None


@dataclass(frozen=True)
class Repricing:
    """What re-pricing changes: list cost in USD and calls without a price, in total and per model whose cost changes."""

    attempts: int
    before_usd: float
    after_usd: float
    unpriced_before: int
    unpriced_after: int
    changes: tuple[ModelChange, ...]


def preview_reprice(store: Store) -> Repricing:
    """What `reprice` would change, without changing anything."""
    if store.remote is not None:
        raise _priced_there(store.remote.name)
    segments = [row[0] for row in store.rows("SELECT segment FROM segments ORDER BY load_id")]
    with connect_memory() as connection:
        pairs = _pairs(connection, store.path, segments)
        create_price_table(connection, _resolved(pairs, own_prices_of(store.path)))
        return _difference(connection, store.path, segments)


def reprice(database: Path, kind: Kind = "own", progress: Progress | None = None) -> Repricing:
    """Price every stored call again, at today's own prices, aliases, discounts and catalogue.

    Either all segments change or, on any error, none. Returns the difference it made.
    """
    tell = progress or (lambda fraction, what: None)
    with write_transaction(database, kind, "re-price the log", progress) as transaction:
        connection = transaction.catalogue
        for (name,) in connection.execute("SELECT name FROM warehouses").fetchall():
            raise _priced_there(name)
        segments = transaction.segments()
        own = own_prices_of(transaction.path)
        pairs = _pairs(connection, transaction.path, segments)
        create_price_table(connection, _resolved(pairs, own))
        tell(0.05, "comparing prices")
        found = _difference(connection, transaction.path, segments)
        transaction.detail = f"list cost {found.before_usd:,.2f} USD before, {found.after_usd:,.2f} after"
        for number, segment in enumerate(segments):
            _rewrite(transaction, segment, _part(tell, number, len(segments)))
        _renew_prices(connection, pairs, own)
        drop_temporary(connection)
    tell(1.0, "done")
    return found


def _priced_there(name: str) -> UsageError:
    return UsageError(
        f"The calls of this log are priced in the warehouse '{name}': run `routecast sync {name} --again` to price all of them anew."
    )


def _part(tell: Progress, number: int, parts: int) -> Progress:
    """Progress of one of several equal parts as progress of the whole, between 10% and all of it."""
    return lambda fraction, what: tell(0.1 + 0.9 * (number + fraction) / parts, what)


def _pairs(connection: duckdb.DuckDBPyConnection, path: Path, segments: list[str]) -> list[tuple[str, str | None]]:
    if not segments:
        return []
    rows = table_sql(connection, path, segments, "requests")
    found: list[tuple[str, str | None]] = connection.execute(
        f"SELECT DISTINCT model_logged, provider FROM {rows}"
    ).fetchall()
    return found


def _resolved(pairs: list[tuple[str, str | None]], own: OwnPrices | None) -> list[ResolvedPrice]:
    """Prices per stored spelling and provider; 'own' is no provider but stands where an own price was the only word on it."""
    found = resolve_prices([(model, None if provider == OWN else provider) for model, provider in pairs], own)
    return [replace(one, provider_logged=provider) for one, (_, provider) in zip(found, pairs, strict=True)]


def _difference(connection: duckdb.DuckDBPyConnection, path: Path, segments: list[str]) -> Repricing:
    if not segments:
        return Repricing(0, 0.0, 0.0, 0, 0, ())
    sql = (
        f"SELECT coalesce(price.canonical, rated.model), count(*), sum(list_cost_usd), sum({_COST}), "
        f"count(*) FILTER (list_cost_usd IS NULL), count(*) FILTER (({_COST}) IS NULL) "
        f"FROM {table_sql(connection, path, segments, 'requests')} AS rated {_PRICED} GROUP BY 1 ORDER BY 3 DESC NULLS LAST, 1"
    )
    rows = patiently(connection, lambda: connection.execute(sql).fetchall())
    changes = tuple(
        ModelChange(model, calls, before, after)
        for model, calls, before, after, unpriced, still in rows
        if unpriced != still or abs((before or 0.0) - (after or 0.0)) > 1e-9 * max(1.0, before or 0.0)
    )
    return Repricing(
        attempts=sum(row[1] for row in rows),
        before_usd=sum(row[2] or 0.0 for row in rows),
        after_usd=sum(row[3] or 0.0 for row in rows),
        unpriced_before=sum(row[4] for row in rows),
        unpriced_after=sum(row[5] for row in rows),
        changes=changes,
    )


def _rewrite(transaction: Transaction, segment: str, tell: Progress) -> None:
    connection = transaction.catalogue
    rows = table_sql(connection, transaction.path, [segment], "requests")
    stored = f"{rows} AS rated {_PRICED}"
    model = "coalesce(price.canonical, rated.model)"
    # Requests whose attempts went to several models; one load holds all of them. Few rows have a logical_id.
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE fell_back AS SELECT coalesce(logical_id, request_id) AS logical FROM {stored} "
        "WHERE origin IS NULL AND (logical_id IS NOT NULL OR request_id IN (SELECT logical_id FROM "
        f"{rows} WHERE logical_id IS NOT NULL)) "
        f"GROUP BY logical HAVING min({model}) <> max({model})"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW clean AS SELECT rated.* REPLACE ({model} AS model, "
        f"coalesce(price.canonical_provider, rated.provider) AS provider, {_COST} AS list_cost_usd, "
        f"{cache_saving_sql('price')} AS cache_saving_usd), "
        f"origin IS NULL AND coalesce(logical_id, request_id) IN (SELECT logical FROM fell_back) AS fell_back FROM {stored}"
    )
    folder = transaction.new_segment()
    write_segment(connection, folder, True, tell)
    transaction.replace_segments([segment], folder)


def _renew_prices(
    connection: duckdb.DuckDBPyConnection, pairs: list[tuple[str, str | None]], own: OwnPrices | None
) -> None:
    connection.execute("DELETE FROM prices")
    refresh_prices(connection, pairs, own)
