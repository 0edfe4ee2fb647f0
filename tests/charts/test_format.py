"""How numbers are written."""

import polars as pl
import pytest

from analytics.charts.format import change, count, interval, money, money_each, points, seconds, share, signed_seconds
from analytics.charts.prices import rate_digits


@pytest.mark.parametrize(
    ("usd", "text"),
    [(45_000, "$45,000"), (99.994, "$99.99"), (0.04, "$0.04"), (0.00123, "$0.00123"), (0, "$0.00"), (-1234, "-$1,234")],
)
def test_money(usd: float, text: str) -> None:
    assert money(usd) == text


def test_unknown_is_never_zero() -> None:
    assert {money(None), seconds(None), share(None), count(None), points(None), change(None, 1)} == {"unknown"}
    assert change(1.0, None) == "unknown"
    assert interval("unknown", "1") == "unknown"


def test_the_rest() -> None:
    assert (seconds(0.61), seconds(2.14), seconds(0.0123)) == ("0.6 s", "2.1 s", "0.012 s")
    assert (share(0.9208), count(1_000_000)) == ("92.1%", "1,000,000")
    assert (points(-0.0153), change(-86, 100)) == ("-1.5 points", "-86%")
    assert interval("88.1", "90.2") == "88.1 to 90.2"


def test_a_difference_has_the_digits_of_the_wait_beside_it() -> None:
    assert (signed_seconds(-1.52, 0.61), signed_seconds(0.31, 2.0)) == ("-1.5 s", "+0.3 s")
    assert (signed_seconds(-0.028, 2.9), signed_seconds(-0.028, 0.05), signed_seconds(0.028)) == (
        "+0.0 s",
        "-0.028 s",
        "+0.028 s",
    )


def test_what_an_answer_costs_has_three_digits() -> None:
    assert [money_each(usd) for usd in (0.08224, 0.002571, 0.5, 3.456, 0.0, None)] == [
        "$0.0822", "$0.00257", "$0.500", "$3.46", "$0.00", "unknown",
    ]  # fmt: skip


def test_prices_have_the_decimals_their_column_needs() -> None:
    prices = pl.DataFrame({"input": [15.0, 0.3, None], "cached": [0.075, 0.0375, 1.0], "batch": [None, None, None]})
    assert [rate_digits(prices, column) for column in prices.columns] == [2, 4, 2]
