"""reprice: list costs of the stored log at today's prices, the one explicit way to change them."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, show_progress, writing_database

if TYPE_CHECKING:
    from analytics.commands.shared import Commands
    from analytics.logs.reprice import ModelChange


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    command = commands.add_parser("reprice", parents=[common], help="work out list costs again at today's prices")
    command.add_argument("--dry-run", action="store_true", help="show the difference and change nothing")
    command.set_defaults(run=_reprice)


def _reprice(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.logs.reprice import preview_reprice, reprice
    from analytics.store import open_store

    store = open_store(writing_database(options))
    if options.dry_run:
        found = preview_reprice(store)
    else:
        found = reprice(store.path, "demo" if store.kind == "demo" else "own", show_progress)
    done = "would change" if options.dry_run else "changed"
    lines = [
        f"List cost of {found.attempts:,} calls {done} from ${found.before_usd:,.2f} to ${found.after_usd:,.2f}; "
        f"without a price: {found.unpriced_before:,} before, {found.unpriced_after:,} after.",
        *map(_line, found.changes),
    ]
    return asdict(found) | {"changed": not options.dry_run}, "\n".join(lines)


def _line(change: "ModelChange") -> str:
    before, after = ("unpriced" if usd is None else f"${usd:,.2f}" for usd in (change.before_usd, change.after_usd))
    return f"  {change.model}: {before} to {after} ({change.attempts:,} calls)"
