"""Reconciliation in words and as a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analytics.charts.format import money, share
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
    """One row per provider and month, amounts in the checks' currency; what is not known is null."""
    import polars as pl

    rows = [
        {
            "month": f"{one.month:%Y-%m}", "provider": one.provider,
            "list_total": one.currency.known_amount(one.list_usd), "billed_total": one.currency.known_amount(one.billed_usd),
            "invoice": one.currency.known_amount(one.invoice_usd), "captured": one.capture_rate, "verdict": CAPTURE[one.capture],
            "difference": one.currency.known_amount(one.difference_usd), "compared": one.basis, "calls": one.attempts,
        }
        for one in checks
    ]  # fmt: skip
    amounts = dict.fromkeys(("list_total", "billed_total", "invoice", "captured", "difference"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides=amounts)
