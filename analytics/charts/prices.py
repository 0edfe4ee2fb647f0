"""Prices in words."""

from typing import TYPE_CHECKING

from analytics.charts.format import count, money, share
from analytics.charts.requests import rate
from analytics.currency import USD, Currency
from analytics.logs.reprice import Repricing

if TYPE_CHECKING:
    import polars as pl


def prices_answer(models: "pl.DataFrame", prices: "pl.DataFrame") -> str:
    """How many models have a price, and what the dearest of them costs; from `log_models` and `log_prices`."""
    if models.is_empty():
        return "The log is empty: load one on the Sources page."
    unpriced = models.filter(models["unpriced"] > 0)
    known = "Every model of the log has a price"
    if not unpriced.is_empty():
        known = f"{unpriced.height} of {models.height} models of the log have no price"
    first = models.row(0, named=True)
    row = prices.filter((prices["model"] == first["model"]) & prices["valid_to"].is_null())
    if first["list_usd"] is None or row.is_empty():
        return f"{known}."
    inward, outward = row.row(0, named=True)["input_usd_per_mtok"], row.row(0, named=True)["output_usd_per_mtok"]
    return (
        f"{known}; {first['model']}, {share(first['share'], 0)} of list cost, costs {rate(inward)} per million input tokens "
        f"and {rate(outward)} per million output tokens."
    )


def rate_digits(prices: "pl.DataFrame", column: str) -> int:
    """The fewest decimals, cents at least, that write every rate of a column as it is."""
    rates = prices[column].drop_nulls().to_list()
    return next((digits for digits in range(2, 6) if all(abs(one - round(one, digits)) < 1e-9 for one in rates)), 6)


def repricing_text(found: Repricing, done: bool, currency: Currency = USD) -> str:
    """What re-pricing changes, or has changed."""
    verb = "changed" if done else "would change"
    before, after = (money(usd, currency=currency) for usd in (found.before_usd, found.after_usd))
    text = f"Re-pricing {verb} the list cost of {count(found.attempts)} calls from {before} to {after}"
    if found.unpriced_before != found.unpriced_after:
        text += f", and calls without a price from {count(found.unpriced_before)} to {count(found.unpriced_after)}"
    return text + "."


def changes_table(found: Repricing, currency: Currency = USD) -> "pl.DataFrame":
    """One row per model whose list cost changes."""
    import polars as pl

    return pl.DataFrame(
        [
            (
                one.model,
                count(one.attempts),
                *(money(usd, "unpriced", currency) for usd in (one.before_usd, one.after_usd)),
            )
            for one in found.changes
        ],
        schema=dict.fromkeys(("Model", "Calls", "List cost now", "At today's prices"), pl.String),
        orient="row",
    )
