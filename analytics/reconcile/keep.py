"""Keeping invoices in the database: the newest word on a provider's days replaces what was known of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from analytics.reconcile.read import InvoiceLine, read_invoice
from analytics.store import open_store, write_transaction
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
    lines: list[InvoiceLine] = []
    rows: list[tuple[object, ...]] = []
    notes: dict[str, None] = {}
    now = datetime.now(UTC)
    for file in files:
        found, remarks = read_invoice(file, provider)
        lines += found
        notes |= dict.fromkeys(remarks)
        rows += [
            (one.provider, one.starts, one.ends, one.item, one.kind, one.amount_usd, file.name, now) for one in found
        ]
    open_store(database)  # an invoice alone makes no database: there must be a log to hold it against
    with write_transaction(database, kind) as transaction:
        connection = transaction.catalogue
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
        insert_rows(connection, "invoices", rows)
    amounts: dict[str, float] = {}
    for one in lines:
        amounts[one.provider] = amounts.get(one.provider, 0.0) + one.amount_usd
    return InvoiceResult(len(lines), replaced, amounts, list(notes))
