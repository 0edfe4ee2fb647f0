"""Other currencies than USD: the user's own dated rates, a TOML file beside the database, `PATH.rates.toml`.

[[rate]]
currency = "EUR"
from = 2026-10-01      # holds from this day on, until the next rate of the currency
usd = 1.08             # what one euro costs in USD

All amounts are kept and computed in USD. History is converted at the rate of its day (`Rates.factor_sql` in SQL,
`Rates.at` elsewhere), projections at the latest rate (`Rates.latest`). Before a currency's first rate the first holds.
"""

import math
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from analytics.errors import RateError

# Signs that no reader takes for another currency's; all others are written by their code.
SIGNS = {
    "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪", "VND": "₫", "AUD": "A$", "CAD": "C$",
    "NZD": "NZ$", "HKD": "HK$", "SGD": "S$", "TWD": "NT$", "BRL": "R$", "MXN": "MX$", "CNY": "CN¥",
}  # fmt: skip


@dataclass(frozen=True)
class Currency:
    """What amounts are shown in: its ISO code, the sign before amounts, the price of a unit in USD and since when it holds."""

    code: str = "USD"
    sign: str = "$"
    usd_per_unit: float = 1.0
    since: date | None = None

    def amount(self, usd: float) -> float:
        """`usd` in this currency."""
        return usd / self.usd_per_unit

    def known_amount(self, usd: float | None) -> float | None:
        """`usd` in this currency; None is unknown and stays so."""
        return None if usd is None else self.amount(usd)

    def cents(self, usd: float) -> str:
        """`usd` in this currency with two digits, whatever its size: €1,234.56."""
        amount = self.amount(usd)
        return f"{'-' if amount < 0 else ''}{self.sign}{abs(amount):,.2f}"

    @property
    def unit(self) -> "Currency":
        """The same for amounts that are already in it."""
        return replace(self, usd_per_unit=1.0)

    @property
    def note(self) -> str | None:
        """The rate in words; None for USD."""
        if self.code == "USD":
            return None
        return f"1 {self.code} = {self.usd_per_unit:,.6g} USD since {self.since}"


USD = Currency()


@dataclass(frozen=True)
class Rate:
    """One unit of `currency` costs `usd` from the day `start` on."""

    currency: str
    start: date
    usd: float


@dataclass(frozen=True)
class Rates:
    """Dated rates, ordered by currency and day."""

    rates: tuple[Rate, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """What can be chosen, USD first."""
        return ("USD", *dict.fromkeys(rate.currency for rate in self.rates))

    def of(self, code: str) -> tuple[Rate, ...]:
        """The rates of one currency; raises RateError for an unknown one."""
        found = tuple(rate for rate in self.rates if rate.currency == code)
        if not found and code != "USD":
            raise RateError(f"There is no rate of '{code}': add one to the rates file, or use {', '.join(self.codes)}.")
        return found

    def latest(self, code: str) -> Currency:
        """The currency at its latest rate: for projections and whatever has no date."""
        return self._currency(self.of(code)[-1]) if code != "USD" else USD

    def at(self, code: str, day: date) -> Currency:
        """The currency at the rate of a day."""
        if code == "USD":
            return USD
        found = self.of(code)
        return self._currency(found[max(bisect_right([rate.start for rate in found], day) - 1, 0)])

    def fixed(self, code: str) -> "Rates":
        """Only the latest rate, for all days: for comparing past spend with an amount that has no date, such as a budget."""
        return Rates(self.of(code)[-1:])

    def factor_sql(self, code: str, moment: str, zone: str | None) -> tuple[str, dict[str, object]]:
        """SQL for units of `code` per USD on the day of `moment`, and its parameters' values.

        `moment` is a column of instants whose days are those of the time zone `zone`, or of UTC days with None.
        `sum(list_cost_usd * factor)` over any rows is then the amount at the rates of their days.
        """
        if code == "USD":
            return "1.0", {}
        # The rates' first days become instants, so that no row has to be converted to a local day.
        starts = "${}" if zone is None else "(${}::TIMESTAMP AT TIME ZONE $rate_zone)"
        values: dict[str, object] = {}
        cases = ""
        found = self.of(code)
        for number, rate in enumerate(found):
            values[f"rate_{number}"] = 1 / rate.usd
            if number:
                values[f"rate_from_{number}"] = rate.start
                cases = f"WHEN {moment} >= {starts.format(f'rate_from_{number}')} THEN $rate_{number} {cases}"
        if cases and zone is not None:
            values["rate_zone"] = zone
        return (f"CASE {cases}ELSE $rate_0 END" if cases else "$rate_0"), values

    def note(self, code: str, first: date | None, last: date | None) -> str | None:
        """The rates that hold between two days, in words for a caption; None for USD."""
        if code == "USD":
            return None
        found = self.of(code)
        held = [
            rate for rate, ends in zip(found, [*found[1:], None], strict=True)
            if (last is None or rate.start <= last or rate is found[0]) and (first is None or ends is None or ends.start > first)
        ]  # fmt: skip
        return f"{code} at the rate of each day: " + "; ".join(
            f"1 {code} = {rate.usd:,.6g} USD from {rate.start}" for rate in held
        )

    @staticmethod
    def _currency(rate: Rate) -> Currency:
        return Currency(rate.currency, SIGNS.get(rate.currency, f"{rate.currency} "), rate.usd, rate.start)


NO_RATES = Rates()


def rates_of(database: Path) -> Rates:
    """The rates beside a database; none without a file. Raises RateError with file, entry and remedy."""
    file = database.with_name(database.name + ".rates.toml")
    return read_rates(file) if file.exists() else Rates()


def read_rates(file: Path) -> Rates:
    """Read a rates file; raises RateError."""
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise RateError(f"{file.name} cannot be read as UTF-8 text: save it again.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise RateError(f"{file.name} is not valid TOML: {error}.") from error
    entries = content.get("rate", [])
    if set(content) - {"rate"} or not isinstance(entries, list):
        raise RateError(f"{file.name}: only [[rate]] entries are known, each with currency, from and usd.")
    rates = [_rate(file, f"rate {number}", entry) for number, entry in enumerate(entries, start=1)]
    rates.sort(key=lambda rate: (rate.currency, rate.start))
    for one, other in pairwise(rates):
        if (one.currency, one.start) == (other.currency, other.start):
            raise RateError(f"{file.name}: {one.currency} has two rates from {one.start}: remove one of them.")
    return Rates(tuple(rates))


def _rate(file: Path, where: str, entry: Any) -> Rate:
    if not isinstance(entry, dict) or set(entry) != {"currency", "from", "usd"}:
        raise RateError(f"{file.name}, {where}: a rate has exactly currency, from and usd.")
    code, start, usd = str(entry["currency"]).upper(), entry["from"], entry["usd"]
    if len(code) != 3 or not code.isascii() or not code.isalpha() or code == "USD":
        raise RateError(f"{file.name}, {where}: '{entry['currency']}' is not a three-letter code other than USD.")
    if not isinstance(start, date) or isinstance(start, datetime):
        raise RateError(f"{file.name}, {where}: 'from' is not a day such as 2026-10-01.")
    if isinstance(usd, bool) or not isinstance(usd, int | float) or not math.isfinite(usd) or not 1e-9 < usd < 1e9:
        raise RateError(f"{file.name}, {where}: 'usd' is {usd!r}, not the price of one {code} in USD.")
    return Rate(code, start, float(usd))
