"""invoice, reconcile: what providers billed, against our totals."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, reading_database, writing_database

if TYPE_CHECKING:
    from analytics.commands.shared import Commands
    from analytics.reconcile import MonthCheck


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add these commands to the parser."""
    invoice = commands.add_parser("invoice", parents=[common], help="load invoices or providers' cost reports")
    invoice.add_argument("files", nargs="+", type=Path, metavar="FILE")
    invoice.add_argument("--provider", help="whose invoice it is, where the file does not say")
    invoice.set_defaults(run=_invoice)
    reconcile = commands.add_parser("reconcile", parents=[common], help="our totals against the invoices")
    reconcile.set_defaults(run=_reconcile)


def _invoice(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.reconcile import load_invoices

    result = load_invoices(writing_database(options), options.files, options.provider)
    lines = [f"{provider}: ${amount:,.2f}" for provider, amount in result.amount_usd.items()]
    lines += [f"{result.lines:,} lines loaded, {result.replaced:,} earlier ones replaced", *result.notes]
    return asdict(result), "\n".join(lines)


def _reconcile(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.reconcile import reconcile
    from analytics.store import open_store

    found = reconcile(open_store(reading_database(options)))
    lines = [line for one in found for line in _lines(one)]
    return {"months": [_json(one) for one in found]}, "\n".join(lines or ["The log is empty and there is no invoice."])


def _json(check: "MonthCheck") -> JsonObject:
    return {
        "provider": check.provider,
        "month": check.month.strftime("%Y-%m"),
        "attempts": check.attempts,
        "list_usd": check.list_usd,
        "billed_usd": check.billed_usd,
        "ours_usd": check.ours_usd,
        "basis": check.basis,
        "invoice_usd": check.invoice_usd,
        "difference_usd": check.difference_usd,
        "capture_rate": check.capture_rate,
        "capture": check.capture,
        "explanations": list(check.explanations),
    }


def _lines(check: "MonthCheck") -> list[str]:
    def usd(value: float | None) -> str:
        return "unknown" if value is None else f"${value:,.2f}"

    rate = "no invoice" if check.invoice_usd is None else "unknown"
    rate = rate if check.capture_rate is None else f"{check.capture_rate:.1%} captured ({check.capture})"
    head = f"{check.month:%Y-%m} {check.provider}: ours {usd(check.ours_usd)} ({check.basis}), invoice {usd(check.invoice_usd)}, {rate}"
    return [head, *(f"  {one}" for one in check.explanations)]
