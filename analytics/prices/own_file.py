"""Changing the price file from a form: read its entries, change them, write it back in one rename.

The file is written anew each time, so that comments in it are lost; what is written is checked first by the same
rules as what is read.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from analytics.errors import PriceError
from analytics.prices.own import own_prices_file, parse_own_prices, read_own_prices
from analytics.store import file_change
from analytics.whole_file import write_whole

HEADER = "# Own prices, in USD per million tokens. Written by Routecast; comments are not kept."


@dataclass(frozen=True)
class OwnEntries:
    """The entries of a price file as they stand in it: prices in order, aliases (logged name -> model), discounts."""

    prices: tuple[Mapping[str, Any], ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    discounts: Mapping[str, float] = field(default_factory=dict)

    def with_price(self, entry: Mapping[str, Any], place: int | None = None) -> "OwnEntries":
        """Add a price, or put it in the place (from 0) of another; keys without a value are left out."""
        known = {key: value for key, value in entry.items() if value is not None and value != ""}
        prices = [*self.prices, known] if place is None else [*self.prices[:place], known, *self.prices[place + 1 :]]
        return replace(self, prices=tuple(prices))

    def without_price(self, place: int) -> "OwnEntries":
        """Take a price out."""
        return replace(self, prices=self.prices[:place] + self.prices[place + 1 :])

    def with_alias(self, name: str, model: str | None) -> "OwnEntries":
        """Say what `name` stands for; None takes the alias out."""
        rest = {known: target for known, target in self.aliases.items() if known != name}
        return replace(self, aliases=rest if model is None else rest | {name: model})

    def with_discount(self, provider: str, share: float | None) -> "OwnEntries":
        """Set a provider's share off list prices; None or 0 takes it out."""
        rest = {known: value for known, value in self.discounts.items() if known != provider}
        return replace(self, discounts=rest | {provider: share} if share else rest)


def own_entries(database: Path) -> OwnEntries:
    """The entries of the price file beside a database; none when there is no file. Raises PriceError when it is broken."""
    file = own_prices_file(database)
    if not file.exists():
        return OwnEntries()
    read_own_prices(file)
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    return OwnEntries(tuple(content.get("price", [])), content.get("aliases", {}), content.get("discounts", {}))


def save_own_entries(database: Path, entries: OwnEntries) -> None:
    """Check the entries and write the file; raises PriceError naming what is wrong, and then nothing has changed."""
    file = own_prices_file(database)
    text = own_entries_toml(entries)
    try:
        parse_own_prices(file, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PriceError(f"{file.name} cannot hold these entries: {error}.") from error
    counts = f"{len(entries.prices)} prices, {len(entries.aliases)} aliases, {len(entries.discounts)} discounts"
    try:
        with file_change(database, "change own prices", counts):
            write_whole(file, text)
    except OSError as error:
        raise PriceError(
            f"{file} could not be written ({error.strerror}): free space or mend its permissions."
        ) from error


def own_entries_toml(entries: OwnEntries) -> str:
    """The entries as TOML."""
    lines = [HEADER]
    for price in entries.prices:
        lines += ["", "[[price]]", *(f"{_key(key)} = {_value(value)}" for key, value in price.items())]
    for title, table in (("aliases", entries.aliases), ("discounts", entries.discounts)):
        if table:
            lines += ["", f"[{title}]", *(f"{_key(key)} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date | datetime) else repr(value)


def _text(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, except that TOML also refuses a bare DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
