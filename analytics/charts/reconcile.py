"""Reconciliation in words and as a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analytics.charts.format import count, money, share
from analytics.reconcile import MonthCheck

if TYPE_CHECKING:
    import polars as pl

CAPTURE = {"low": "too low", "good": "agrees", "high": "too high", "unknown": "no invoice"}


def reconcile_answer(checks: Sequence[MonthCheck]) -> str:
    """How much of what was billed the log captures, over all invoices, and where it does not."""
    billed = [check for check in checks if check.capture_rate is not None]
    if not billed:
        return "No invoice is loaded: our totals are not checked against any bill."
    ours, invoice = (
        sum(check.currency.amount(getattr(check, side) or 0.0) for check in billed)
        for side in ("ours_usd", "invoice_usd")
    )
    off = [
        f"{check.provider} {check.month:%Y-%m} at {share(check.capture_rate, 0)}"
        for check in billed
        if check.capture != "good"
    ]
    rest = (
        f"off by more than 10%: {', '.join(off[:3])}{' and more' if len(off) > 3 else ''}"
        if off
        else "every month agrees within 10%"
    )
    return f"The log captures {share(ours / invoice)} of {money(invoice, currency=billed[0].currency.unit)} invoiced; {rest}."


def reconcile_table(checks: Sequence[MonthCheck]) -> "pl.DataFrame":
    """One row per provider and month."""
    import polars as pl

    names = (
        "Month",
        "Provider",
        "List total",
        "Billed total",
        "Invoice",
        "Captured",
        "Verdict",
        "Difference",
        "Compared",
        "Calls",
    )
    return pl.DataFrame(
        [
            (
                f"{one.month:%Y-%m}", one.provider, money(one.list_usd, "unpriced", one.currency),
                money(one.billed_usd, currency=one.currency), money(one.invoice_usd, "no invoice", one.currency),
                "" if one.capture_rate is None else share(one.capture_rate), CAPTURE[one.capture],
                "" if one.difference_usd is None else money(one.difference_usd, currency=one.currency), one.basis, count(one.attempts),
            )
            for one in checks
        ],
        schema=dict.fromkeys(names, pl.String),
        orient="row",
    )  # fmt: skip
