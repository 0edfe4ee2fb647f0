"""How numbers are written, everywhere. Unknown is "unknown", never 0."""

import math
from typing import TYPE_CHECKING

from analytics.currency import USD, Currency

if TYPE_CHECKING:
    import polars as pl

UNKNOWN = "unknown"


def money(usd: float | None, unknown: str = UNKNOWN, currency: Currency = USD) -> str:
    """$45,000 or €41,667; cents below 100, more digits below a cent; a minus before the sign."""
    if usd is None:
        return unknown
    amount = currency.amount(usd)
    size = abs(amount)
    digits = 0 if size >= 99.995 else 2 if size >= 0.01 or size == 0 else 5
    return f"{'-' if amount < 0 else ''}{currency.sign}{size:,.{digits}f}"


def money_each(usd: float | None, unknown: str = UNKNOWN, currency: Currency = USD) -> str:
    """What one answer costs: $0.0771, $0.00257; below 1 with the three digits that rounding to cents would hide."""
    size = 0.0 if usd is None else abs(currency.amount(usd))
    if usd is None or not 0 < size < 1:
        return money(usd, unknown, currency)
    return f"{'-' if usd < 0 else ''}{currency.sign}{size:.{2 - math.floor(math.log10(size))}f}"


def money_texts(amounts: "pl.Series", unknown: str = UNKNOWN, currency: Currency = USD) -> "pl.Series":
    """A column of amounts as text, for tooltips."""
    import polars as pl

    return pl.Series(amounts.name, [money(one, unknown, currency) for one in amounts], dtype=pl.String)


def money_axis(currency: Currency = USD) -> str:
    """The Vega expression that labels an axis of amounts already in `currency`: $12k, €1.5M, $0.20, $0.125, -$300.

    Below a thousand without d3's prefixes, which would write $0.20 as "$200m".
    """
    size = "abs(datum.value)"
    large = f"replace(format({size}, ',.3~s'), 'G', 'B')"
    cents = f"abs(round(100 * {size}) - 100 * {size}) < 1e-6 && {size} != floor({size})"
    small = f"({cents} ? format({size}, ',.2f') : format({size}, ',.3~r'))"
    return f"(datum.value < 0 ? '-' : '') + {currency.sign!r} + ({size} < 1000 ? {small} : {large})"


# The Vega expression that labels an axis of counts: 500, 12k, 1.5M; d3's prefixes alone would write 0.5k and 0k.
COUNT_AXIS = "datum.value < 1000 ? format(datum.value, ',.3~r') : replace(format(datum.value, ',.3~s'), 'G', 'B')"


def seconds(value: float | None) -> str:
    """0.6 s: what architectures are compared by; a thousandth below a tenth."""
    if value is None:
        return UNKNOWN
    return f"{value:,.1f} s" if abs(value) >= 0.095 else f"{value:,.3f} s"


def signed_seconds(value: float, beside: float | None = None) -> str:
    """A difference of waits with its sign: -1.5 s; `beside` a wait in tenths, in tenths, too: +0.0 s."""
    tenths = beside is not None and abs(beside) >= 0.095
    size = f"{abs(value):,.1f} s" if tenths else seconds(abs(value))
    return f"{'-' if value < 0 and not (tenths and size == '0.0 s') else '+'}{size}"


def share(value: float | None, digits: int = 1) -> str:
    """92.0%."""
    return UNKNOWN if value is None else f"{value * 100:.{digits}f}%"


def count(value: float | None) -> str:
    """1,000,000."""
    return UNKNOWN if value is None else f"{value:,.0f}"


def points(value: float | None) -> str:
    """A difference of shares in percentage points, with its sign."""
    return UNKNOWN if value is None else f"{value * 100:+.1f} points"


def change(value: float | None, base: float | None) -> str:
    """A relative change with its sign: -86%."""
    return UNKNOWN if value is None or not base else f"{value / base * 100:+.0f}%"


def interval(low: str, high: str) -> str:
    """88.1 to 90.2."""
    return UNKNOWN if UNKNOWN in (low, high) else f"{low} to {high}"
