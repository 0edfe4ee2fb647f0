"""OpenRouter's list prices, for models that have none: `GET /api/v1/models`, which asks for no key.

They are what OpenRouter asks today; since when, it does not say. A price that is there already is never changed.
https://openrouter.ai/docs/api-reference/list-available-models
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from analytics.errors import SourceError
from analytics.prices import own_prices_of, resolve_prices
from analytics.prices.aliases import canonical_model
from analytics.prices.own_file import own_entries, save_own_entries
from analytics.sources.api import JsonObject, Limits, open_api
from analytics.sources.config import Source, read_sources
from analytics.sources.page import records_of
from analytics.store import open_store
from analytics.waiting import wait_for

# Our rate -> OpenRouter's, which are texts in USD per token.
RATES = {
    "input": "prompt", "output": "completion", "cache_read": "input_cache_read", "cache_write": "input_cache_write",
    "reasoning": "internal_reasoning",
}  # fmt: skip
Entry = dict[str, Any]


@dataclass(frozen=True)
class FetchedPrices:
    """Entries for the price file, as they stand in it, and the models that stay without a price, with the reason."""

    entries: tuple[Entry, ...]
    without: Mapping[str, str]


def fetch_prices(
    database: Path, models: Sequence[str] = (), start: date | None = None, keep: bool = True, limits: Limits = Limits()  # noqa: B008
) -> FetchedPrices:  # fmt: skip
    """Look the models up, or all of the log that have no price, and `keep` what is found among the own prices.

    `start`: from when the prices hold (None: always). Raises SourceError when OpenRouter cannot be read or nothing is wanted.
    """
    wanted = _unpriced(database, models)
    offers = wait_for(_offers(_server(database), limits))
    entries, without = list[Entry](), dict[str, str]()
    for model in wanted:
        found = _offer(model, offers)
        if isinstance(found, str):
            without[model] = found
        else:
            entries += [{"model": model, **entry} | ({"from": start} if start else {}) for entry in found]
    if entries and keep:
        own = own_entries(database)
        for entry in entries:
            own = own.with_price(entry)
        save_own_entries(database, own)
    return FetchedPrices(tuple(entries), without)


def _unpriced(database: Path, models: Sequence[str]) -> list[str]:
    """Canonical names of what has no price: of these models, or of the log's."""
    own = own_prices_of(database)
    names = models
    if not models and database.exists():
        names = [row[0] for row in open_store(database).rows("SELECT model FROM rollup WHERE unpriced > 0 GROUP BY model ORDER BY model")]  # fmt: skip
    found = [one.model for one in resolve_prices([(name, None) for name in names], own) if not one.rows]
    if not found:
        raise SourceError("There is nothing to look up: every model of the log, or every one named, has a price.")
    return list(dict.fromkeys(found))


def _server(database: Path) -> Source:
    """The OpenRouter that is set up as a source, else the public one."""
    own = [one for one in read_sources(database) if one.kind == "openrouter"]
    return own[0] if own else Source("openrouter", "openrouter")


async def _offers(source: Source, limits: Limits) -> list[JsonObject]:
    async with open_api(source.base, {}, (), source.allow_private, limits) as api:
        return records_of(await api.get("/api/v1/models"), "data")


def _offer(model: str, offers: Sequence[JsonObject]) -> list[Entry] | str:
    """Prices of a model, one for each length of prompt; a sentence's end when there is none to go by."""
    for name in ("id", "canonical_slug", "tail"):
        found = [one for one in offers if model == _name(one, name)]
        if len({one["id"] for one in found}) > 1:
            return f"OpenRouter has several of that name ({', '.join(str(one['id']) for one in found[:3])})"
        if found:
            return _entries(found[0].get("pricing"))
    return "OpenRouter does not offer it"


def _name(offer: JsonObject, which: str) -> str | None:
    """The canonical name of an offer; variants such as ':free' are no model's list price."""
    said = offer.get("id" if which == "tail" else which)
    if not isinstance(said, str) or not isinstance(offer.get("id"), str) or ":" in str(offer["id"]):
        return None
    return canonical_model(said.split("/")[-1] if which == "tail" else said)


def _entries(pricing: Any) -> list[Entry] | str:
    pricing = pricing if isinstance(pricing, dict) else {}
    base = _rates(pricing)
    if "input" not in base or "output" not in base:
        return "OpenRouter names no fixed price for it"
    if _number(pricing.get("request")):
        return "OpenRouter charges it per request too, which own prices cannot say"
    entries = [base]
    overrides = pricing.get("overrides")
    for override in overrides if isinstance(overrides, list) else []:
        if not isinstance(override, dict) or any(override.get(key) for key in ("utc_start", "utc_end", "utc_days")):
            continue  # an hour's price: the standard rate holds always
        longer, prices = _number(override.get("min_prompt_tokens")), override.get("prices")
        if longer:
            rates = base | _rates(prices if isinstance(prices, dict) else override)
            entries = [one for one in entries if one.get("above_tokens") != int(longer)]  # later ones win
            entries.append(rates | {"above_tokens": int(longer)})
    return entries


def _rates(pricing: Mapping[str, Any]) -> Entry:
    """Rates in USD per million tokens. A cache or reasoning rate of 0 says that there is none of its own."""
    found = {ours: _number(pricing.get(theirs)) for ours, theirs in RATES.items()}
    return {
        name: round(rate * 1e6, 9)
        for name, rate in found.items()
        if rate is not None and (rate > 0 or name in ("input", "output"))
    }


def _number(value: Any) -> float | None:
    """A price or count of at least 0; -1 is what OpenRouter puts where the price depends on the model it picks."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and number >= 0 else None
