"""sync: logs, scores and costs from gateways and services, as often as it is called."""

import argparse
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, show_progress, writing_database
from analytics.errors import SourceError

if TYPE_CHECKING:
    from analytics.commands.shared import Commands
    from analytics.sources import SyncResult


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    sync = commands.add_parser("sync", parents=[common], help="load what is new at the gateways and services set up")
    sync.add_argument("names", nargs="*", metavar="NAME", help="the sources to sync (default: all)")
    sync.add_argument(
        "--again", action="store_true", help="read a warehouse from its beginning: late calls, new prices"
    )
    sync.set_defaults(run=_sync)


def _sync(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.sources import sync_sources

    try:
        results = sync_sources(writing_database(options), options.names, progress=show_progress, again=options.again)
    except KeyboardInterrupt:
        raise SourceError("stopped; what was loaded stays, and the next sync goes on from there.") from None
    found = {"sources": [_json(one) for one in results], "failed": sum(one.error is not None for one in results)}
    return found, "\n".join(_line(one) for one in results)


def _json(result: "SyncResult") -> JsonObject:
    counts = result.counts
    return {
        "name": result.name,
        "kind": result.kind,
        "read": counts.read,
        "loaded": counts.loaded,
        "duplicates": counts.duplicates,
        "rejected": counts.rejected,
        "pages": counts.pages,
        "cursor": result.until.isoformat() if result.until else None,
        "error": result.error,
        "warning": result.warning,
        **({} if result.transferred is None else {"transferred": result.transferred}),
    }


def _line(result: "SyncResult") -> str:
    counts = result.counts
    of = (
        f"{counts.pages:,} pages"
        if result.transferred is None
        else f"stay there; {result.transferred:,} rows of sums came here"
    )
    said = (
        f"{result.name}: {counts.read:,} read, {counts.loaded:,} loaded, {counts.duplicates:,} duplicates, "
        f"{counts.rejected:,} rejected ({of})"
    )
    said += f"\n  warning: {result.warning}" if result.warning else ""
    return f"{said}\n  stopped: {result.error}" if result.error else said
