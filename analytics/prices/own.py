"""The user's own prices, aliases and discounts: a TOML file beside the database, `PATH.prices.toml`.

[[price]]
model = "our-llama"          # USD per million tokens
input = 0.2
output = 0.6
from = 2026-07-01            # optional, as are to, provider, cache_read, cache_write, reasoning, batch_factor, above_tokens

[aliases]
"prod-deployment" = "gpt-4o"

[discounts]
anthropic = 0.1              # ten percent off the catalogue's prices
"""

import difflib
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from analytics.errors import PriceError
from analytics.prices.aliases import canonical_model
from analytics.prices.rows import PriceRow

_RATES = ("input", "output", "cache_read", "cache_write", "reasoning")
_KEYS = ("model", "provider", "from", "to", *_RATES, "batch_factor", "above_tokens")
_TABLES = ("price", "aliases", "discounts")


@dataclass(frozen=True)
class OwnPrices:
    """Own price rows by canonical model, aliases (logged name -> model), discounts (provider -> share off)."""

    rows: dict[str, tuple[PriceRow, ...]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    discounts: dict[str, float] = field(default_factory=dict)

    def alias(self, name: str) -> str:
        """What `name` stands for."""
        found = self.aliases.get(name.strip().lower())
        return name if found is None else self.alias(found)


def own_prices_of(database: Path) -> OwnPrices | None:
    """The price file beside a database, if there is one."""
    file = own_prices_file(database)
    return read_own_prices(file) if file.exists() else None


def own_prices_file(database: Path) -> Path:
    """Where the prices of a database are: `PATH.prices.toml`."""
    return database.with_name(database.name + ".prices.toml")


def read_own_prices(file: Path) -> OwnPrices:
    """Read a price file; raises PriceError with file, entry and remedy."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PriceError(f"{file.name} cannot be read as UTF-8 text: save it again.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PriceError(f"{file.name} is not valid TOML: {error}.") from error
    return parse_own_prices(file, content)


def parse_own_prices(file: Path, content: Mapping[str, Any]) -> OwnPrices:
    """The prices of a file's `content`; `file` names it in errors."""
    for key in content:
        _known(file, "the file", key, _TABLES)
    names, shares = (_kind(file, f"[{key}]", content.get(key, {}), dict, "a table") for key in ("aliases", "discounts"))
    aliases = {
        name.strip().lower(): _kind(file, f"the alias {name}", target, str, "the name of a model")
        for name, target in names.items()
    }
    _refuse_cycles(file, aliases)
    rows: dict[str, list[PriceRow]] = {}
    entries = _kind(file, "price", content.get("price", []), list, "a list of [[price]] tables")
    for number, entry in enumerate(entries, start=1):
        row = _row(file, f"price {number}", _kind(file, f"price {number}", entry, dict, "a [[price]] table"))
        rows.setdefault(row.model, []).append(row)
    discounts = {
        str(name): _number(file, f"the discount of {name}", share, below_one=True) for name, share in shares.items()
    }
    for model, of_model in rows.items():
        _refuse_overlaps(file, model, of_model)
    return OwnPrices({model: tuple(of_model) for model, of_model in rows.items()}, aliases, discounts)


def _kind(file: Path, where: str, value: Any, kind: type, name: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise PriceError(f"{file.name}, {where}: {str(value)[:60]!r} is not {name}.")
    return value


def _known(file: Path, where: str, key: str, keys: tuple[str, ...]) -> None:
    if key not in keys:
        near = difflib.get_close_matches(key, keys, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"known keys are {', '.join(keys)}."
        raise PriceError(f"{file.name}, {where}: unknown key '{key}'; {hint}")


def _refuse_cycles(file: Path, aliases: dict[str, str]) -> None:
    for start in aliases:
        path = [start]
        while path[-1] in aliases:
            path.append(aliases[path[-1]].strip().lower())
            if path[-1] in path[:-1]:
                raise PriceError(
                    f"{file.name}: aliases go round in a circle ({' -> '.join(path)}): remove one of them."
                )


def _row(file: Path, where: str, entry: dict[str, Any]) -> PriceRow:
    for key in entry:
        _known(file, where, key, _KEYS)
    for key in ("model", "input", "output"):
        if key not in entry:
            raise PriceError(f"{file.name}, {where}: '{key}' is missing; a price needs model, input and output.")
    rates = {key: _number(file, f"{where}, {key}", entry[key]) for key in _RATES if key in entry}
    model, provider = (
        _kind(file, f"{where}, {key}", entry.get(key, "own"), str, "a name").strip() for key in ("model", "provider")
    )
    if not model or not provider:
        raise PriceError(f"{file.name}, {where}: model and provider must not be empty.")
    above = _kind(file, f"{where}, above_tokens", entry.get("above_tokens", 0), int, "a whole number of tokens")
    start, end = (_instant(file, where, key, entry.get(key)) for key in ("from", "to"))
    if start and end and start >= end:
        raise PriceError(f"{file.name}, {where}: 'from' is not before 'to'.")
    return PriceRow(
        canonical_model(model), provider, start, end, int(_number(file, f"{where}, above_tokens", above)),
        rates["input"], rates["output"], rates.get("cache_read"), rates.get("cache_write"), rates.get("reasoning"),
        None, _number(file, where, entry["batch_factor"]) if "batch_factor" in entry else None, "own",
    )  # fmt: skip


def _number(file: Path, where: str, value: object, below_one: bool = False) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or value < 0
        or (below_one and value >= 1)
    ):
        rule = "a number in [0, 1)" if below_one else "a number of at least 0"
        raise PriceError(f"{file.name}, {where}: {value!r} is not {rule}.")
    return float(value)


def _instant(file: Path, where: str, key: str, value: object) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise PriceError(f"{file.name}, {where}: '{key}' is not a date such as 2026-07-01.")


def _refuse_overlaps(file: Path, model: str, entries: list[PriceRow]) -> None:
    for one in entries:
        for other in entries:
            if one is other or one.above_tokens != other.above_tokens:
                continue
            starts_in = one.valid_from is None or other.valid_to is None or one.valid_from < other.valid_to
            ends_in = one.valid_to is None or other.valid_from is None or other.valid_from < one.valid_to
            if starts_in and ends_in:
                raise PriceError(
                    f"{file.name}: two prices of {model} hold at the same time: end one with 'to' where the other starts."
                )
