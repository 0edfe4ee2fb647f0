"""Keeping invoices in the database: the newest word on a provider's days replaces what was known of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from analytics.reconcile.read import InvoiceLine, read_invoice, report_lines
from analytics.store import Transaction, open_store, write_transaction
from analytics.store.catalogue import Kind
from analytics.store.insert import insert_rows


@dataclass(frozen=True)
class InvoiceResult:
    """What was loaded: lines and USD by provider, lines replaced, and what a reader should know."""

    lines: int
    replaced: int
    amount_usd: dict[str, float]
    notes: list[str] = field(default_factory=list)


def load_invoices(
    database: Path, files: Sequence[Path], provider: str | None = None, kind: Kind = "own"
) -> InvoiceResult:
    """Load the files together, all or none. Per provider, earlier lines of days they cover are replaced.

    Raises LoadError when one of them cannot be read, StoreError when there is no database; then nothing has changed.
    """
    read = [(file.name, *read_invoice(file, provider)) for file in files]
    open_store(database)  # an invoice alone makes no database: there must be a log to hold it against
    with write_transaction(database, kind, "load invoices") as transaction:
        replaced = enter_invoices(transaction, [(name, lines) for name, lines, _ in read])
        transaction.detail = ", ".join(name for name, _, _ in read)
    lines = [line for _, found, _ in read for line in found]
    amounts: dict[str, float] = {}
    for one in lines:
        amounts[one.provider] = amounts.get(one.provider, 0.0) + one.amount_usd
    notes = dict.fromkeys(note for _, _, remarks in read for note in remarks)
    return InvoiceResult(len(lines), replaced, amounts, list(notes))


def enter_invoices(transaction: Transaction, files: Sequence[tuple[str, Sequence[InvoiceLine]]]) -> int:
    """Enter the lines of files (name, lines) in place of earlier ones of their days; returns how many were replaced."""
    connection = transaction.catalogue
    now = datetime.now(UTC)
    lines = [line for _, found in files for line in found]
    before = connection.execute("SELECT count(*) FROM invoices").fetchall()[0][0]
    # A month's invoice replaces its daily report and the other way round: the same money is never kept twice.
    connection.execute(
        "DELETE FROM invoices USING (SELECT unnest($providers::TEXT[]) AS provider, unnest($starts::DATE[]) AS starts, "
        "unnest($ends::DATE[]) AS ends) AS fresh WHERE invoices.provider = fresh.provider "
        "AND invoices.starts < fresh.ends AND fresh.starts < invoices.ends",
        {
            "providers": [one.provider for one in lines],
            "starts": [one.starts for one in lines],
            "ends": [one.ends for one in lines],
        },
    )
    replaced = before - connection.execute("SELECT count(*) FROM invoices").fetchall()[0][0]
    rows = [
        (one.provider, one.starts, one.ends, one.item, one.kind, one.amount_usd, name, now)
        for name, found in files
        for one in found
    ]
    insert_rows(connection, "invoices", rows)
    return int(replaced)


def enter_daily_costs(transaction: Transaction, file: Path) -> tuple[int, int]:
    """Enter a cost report that is read again and again: (lines read, lines that are new or changed).

    Days that a longer invoice covers are left alone: it is the last word on them. A report without amounts is none.
    """
    lines = report_lines(file)
    connection = transaction.catalogue
    kept = {
        (row[0], row[1], row[2], row[3], row[4])
        for row in connection.execute("SELECT provider, starts, item, kind, amount_usd FROM invoices").fetchall()
    }
    longer = connection.execute("SELECT provider, starts, ends FROM invoices WHERE ends - starts > 1").fetchall()
    billed = [
        line
        for line in lines
        if not any(line.provider == who and starts <= line.starts < ends for who, starts, ends in longer)
    ]
    new = [line for line in billed if (line.provider, line.starts, line.item, line.kind, line.amount_usd) not in kept]
    if new:
        enter_invoices(transaction, [(file.name, billed)])
    return len(lines), len(new)
