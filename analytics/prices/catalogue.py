"""List prices from the `genai-prices` package, as dated rows.

A price that changes by the hour (DeepSeek's off-peak rates) is taken at its standard, always valid rate. Tiers are
genai-prices' own: the whole request switches, strictly above the limit.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Any

from analytics.prices.aliases import canonical_model
from analytics.prices.rows import PriceRow

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

PROVIDER_NAMES = {
    "azure_ai": "azure", "bedrock": "aws", "bedrock_converse": "aws", "vertex_ai": "google", "vertex": "google",
    "gemini": "google", "xai": "x-ai", "together_ai": "together", "fireworks_ai": "fireworks", "cohere_chat": "cohere",
    "google-vertex": "google", "text-completion-openai": "openai", "mistralai": "mistral", "moonshot": "moonshotai",
}  # fmt: skip
FIRST_PARTIES = (
    "anthropic",
    "openai",
    "google",
    "mistral",
    "deepseek",
    "x-ai",
    "cohere",
    "meta",
    "moonshotai",
    "perplexity",
    "zai",
    "minimax",
    "voyageai",
)


@cache
def _providers() -> "dict[str, Provider]":
    from genai_prices.data_snapshot import get_snapshot

    return {provider.id: provider for provider in get_snapshot().providers}


def provider_name(logged: str | None, model_logged: str) -> str | None:
    """The provider's name: as the log says, else from the prefix of the model's name, else unknown."""
    candidates = [logged] if logged else model_logged.lower().split("/")[:-1]
    for candidate in candidates:
        name = candidate.strip().lower()
        return PROVIDER_NAMES.get(name, name) if name else None
    return None


@cache
def catalogue_rows(model_logged: str, provider: str | None) -> tuple[PriceRow, ...]:
    """Price rows of a model at a provider, else at its maker; empty when the catalogue does not know it."""
    canonical = canonical_model(model_logged)
    found = _find(model_logged.lower(), canonical, provider)
    if found is None:
        return ()
    owner, info = found
    return tuple(_rows(canonical, owner, info))


def _find(logged: str, canonical: str, provider: str | None) -> "tuple[str, ModelInfo] | None":
    tail = logged.split("/", 1)[-1]
    places = [provider] if provider else []
    for place in [*places, *FIRST_PARTIES]:
        known = _providers().get(place or "")
        for name in (logged, tail, canonical) if known else ():
            info = known.find_model(name) if known else None
            if info is not None and known is not None:
                return known.id, info
    return None


def _rows(canonical: str, provider: str, info: "ModelInfo") -> Iterable[PriceRow]:
    periods = _periods(info)
    for number, (start, prices) in enumerate(periods):
        end = periods[number + 1][0] if number + 1 < len(periods) else None
        for above in (0, *_tier_starts(prices)):
            rates = {
                f"{name}_usd_per_mtok": _rate(getattr(prices, key), above)
                for name, key in (
                    ("input", "input_mtok"), ("output", "output_mtok"), ("cache_read", "cache_read_mtok"),
                    ("cache_write", "cache_write_mtok"), ("reasoning", "output_reasoning_mtok"),
                )
            }  # fmt: skip
            per_thousand = _rate(prices.requests_kcount, above)
            yield PriceRow(
                canonical, provider, start, end, above,
                rates["input_usd_per_mtok"] or 0.0, rates["output_usd_per_mtok"] or 0.0,
                rates["cache_read_usd_per_mtok"], rates["cache_write_usd_per_mtok"], rates["reasoning_usd_per_mtok"],
                None if per_thousand is None else per_thousand / 1000, _batch_factor(info, prices),
            )  # fmt: skip


def _periods(info: "ModelInfo") -> "list[tuple[datetime | None, ModelPrice]]":
    from genai_prices.types import ModelPrice, StartDateConstraint

    if isinstance(info.prices, ModelPrice):
        return [(None, info.prices)]
    periods: list[tuple[datetime | None, ModelPrice]] = [
        (None, next((one.prices for one in info.prices if one.constraint is None), info.prices[0].prices))
    ]
    dated = [one for one in info.prices if isinstance(one.constraint, StartDateConstraint)]
    for one in dated:
        start = one.constraint.start_date  # type: ignore[union-attr]
        periods.append((datetime.combine(start, time(), UTC), one.prices))
    return periods


def _tier_starts(prices: "ModelPrice") -> list[int]:
    from genai_prices.types import TieredPrices

    return sorted(
        {tier.start for price in prices.__dict__.values() if isinstance(price, TieredPrices) for tier in price.tiers}
    )


def _rate(price: Any, above: int) -> float | None:
    from genai_prices.types import TieredPrices

    if isinstance(price, TieredPrices):
        applicable = [tier.price for tier in price.tiers if tier.start <= above and above]
        return float(applicable[-1] if applicable else price.base)
    return None if price is None else float(price)


def _batch_factor(info: "ModelInfo", prices: "ModelPrice") -> float | None:
    for variant in info.price_variants or ():
        if variant.when == {"processing": "batch"}:
            plain, batch = _rate(prices.output_mtok, 0), _rate(variant.prices.output_mtok, 0)
            if plain and batch is not None:
                return batch / plain
    return None


@cache
def context_thresholds() -> tuple[int, ...]:
    """All long-context limits of the makers' catalogues, in tokens, ascending."""
    starts = {start for _, info in _makers() for _, prices in _periods(info) for start in _tier_starts(prices)}
    return tuple(sorted(starts))


@cache
def maker_rows() -> tuple[PriceRow, ...]:
    """Price rows of every text model at its own maker, as `catalogue_rows` finds them under the model's canonical name.

    Many entries share one (gpt-4o, its dated releases, a reseller's copy): a model that no entry is named for takes its
    "-latest" one, else the first.
    """
    rows: dict[str, tuple[PriceRow, ...]] = {}
    for place, info in _makers():
        model = canonical_model(info.id)
        if model not in rows:
            named = catalogue_rows(model, None) or catalogue_rows(f"{model}-latest", None)
            rows[model] = named or tuple(_rows(model, place, info))
    priced = (row for of_model in rows.values() for row in of_model)
    return tuple(row for row in priced if row.output_usd_per_mtok or row.input_usd_per_mtok)


def _makers() -> "Iterable[tuple[str, ModelInfo]]":
    """Every model of the makers' catalogues."""
    return ((place, info) for place in FIRST_PARTIES if place in _providers() for info in _providers()[place].models)
