"""changes: who changed what, and when."""

import argparse
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, reading_database

if TYPE_CHECKING:
    from analytics.commands.shared import Commands


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    changes = commands.add_parser("changes", parents=[common], help="who changed what, and when")
    changes.add_argument("--containing", default="", metavar="TEXT", help="only those that name this")
    changes.set_defaults(run=_changes)


def _changes(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.store import list_changes, open_store

    rows = list_changes(open_store(reading_database(options)), options.containing).rows()
    found = [
        {"at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "who": who, "what": what, "detail": detail} for at, who, what, detail in rows
    ]
    lines = [f"{one['at']}  {one['who']}  {one['what']}{one['detail'] and ': '}{one['detail']}" for one in found]
    return {"changes": found}, "\n".join(lines) or "Nothing was changed yet."
