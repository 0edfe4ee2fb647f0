"""From a model as a log spells it to its canonical name and its prices; the user's own come first."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analytics.prices.aliases import canonical_model
from analytics.prices.own import OwnPrices
from analytics.prices.rows import PriceRow, ResolvedPrice

if TYPE_CHECKING:
    from analytics.store import Store


def resolve_prices(pairs: Iterable[tuple[str, str | None]], own: OwnPrices | None = None) -> list[ResolvedPrice]:
    """Resolve distinct (model, provider) pairs of a log; no rows means unpriced."""
    from analytics.prices.catalogue import provider_name

    resolved = []
    for logged, provider_logged in pairs:
        name = own.alias(logged) if own else logged
        provider = provider_name(provider_logged, logged)
        rows = _rows(name, provider, own)
        canonical = canonical_model(name)
        resolved.append(
            ResolvedPrice(logged, provider_logged, canonical, provider or (rows[0].provider if rows else None), rows)
        )
    return resolved


def _rows(name: str, provider: str | None, own: OwnPrices | None) -> tuple[PriceRow, ...]:
    from analytics.prices.catalogue import catalogue_rows

    if own:
        mine = [row for row in own.rows.get(canonical_model(name), ()) if row.provider in ("own", provider)]
        if mine:
            return tuple(mine)
    rows = catalogue_rows(name, provider)
    share = (own.discounts.get(rows[0].provider, 0.0) if own else 0.0) if rows else 0.0
    return tuple(_discounted(row, 1 - share) for row in rows) if share else rows


def _discounted(row: PriceRow, factor: float) -> PriceRow:
    def less(rate: float | None) -> float | None:
        return None if rate is None else rate * factor

    return replace(
        row,
        input_usd_per_mtok=row.input_usd_per_mtok * factor,
        output_usd_per_mtok=row.output_usd_per_mtok * factor,
        cache_read_usd_per_mtok=less(row.cache_read_usd_per_mtok),
        cache_write_usd_per_mtok=less(row.cache_write_usd_per_mtok),
        reasoning_usd_per_mtok=less(row.reasoning_usd_per_mtok),
        request_usd=less(row.request_usd),
    )


PRICE_COLUMNS = (
    "model, provider, valid_from, valid_to, above_tokens, input_usd_per_mtok, output_usd_per_mtok, cache_read_usd_per_mtok, "
    "cache_write_usd_per_mtok, reasoning_usd_per_mtok, request_usd, batch_factor, source"
)


def price_values(row: PriceRow) -> tuple[object, ...]:
    """A price row in the order of PRICE_COLUMNS."""
    return tuple(getattr(row, name) for name in PRICE_COLUMNS.split(", "))


def prices_of(store: "Store", models: Sequence[str]) -> dict[str, list[PriceRow]]:
    """Price rows of canonical models: from the store's `prices`, else from the catalogue; an unpriced model has none."""
    from datetime import UTC, datetime

    columns = PRICE_COLUMNS.replace("valid_from", "epoch_ms(valid_from)").replace("valid_to", "epoch_ms(valid_to)")
    found: dict[str, list[PriceRow]] = {model: [] for model in models}
    for row in store.rows(
        f"SELECT {columns} FROM prices WHERE list_contains($models, model)", {"models": list(models)}
    ):
        start, end = (None if at is None else datetime.fromtimestamp(at / 1000, UTC) for at in row[2:4])
        found[row[0]].append(PriceRow(row[0], row[1], start, end, *row[4:]))
    for model in models:
        if not found[model]:
            found[model] = list(resolve_prices([(model, None)])[0].rows)
    return found
