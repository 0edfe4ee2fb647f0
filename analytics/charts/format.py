"""How numbers are written, everywhere. Unknown is "unknown", never 0."""

UNKNOWN = "unknown"


def money(usd: float | None, unknown: str = UNKNOWN) -> str:
    """$45,000; cents below $100, more digits below a cent; a minus before the sign."""
    if usd is None:
        return unknown
    size = abs(usd)
    digits = 0 if size >= 100 else 2 if size >= 0.01 or size == 0 else 5
    return f"{'-' if usd < 0 else ''}${size:,.{digits}f}"


def seconds(value: float | None) -> str:
    """0.6 s: what architectures are compared by; a thousandth below a tenth."""
    if value is None:
        return UNKNOWN
    return f"{value:,.1f} s" if abs(value) >= 0.095 else f"{value:,.3f} s"


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
