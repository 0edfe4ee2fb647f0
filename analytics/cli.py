"""The command line: every page's number without a browser.

`--json` prints one object on standard output and nothing else. Exit status: 0 done, 1 the data or the request is at
fault (one clear line on standard error), 2 usage.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from analytics.commands import (
    backtest,
    backup,
    budgets,
    changes,
    evidence,
    export,
    forget,
    frontier,
    invoices,
    logs,
    prices,
    report,
    reprice,
    sensitivity,
    sidebyside,
    simulate,
    sync,
    tracking,
    train,
)
from analytics.errors import RoutecastError

STOPPED = "stopped; nothing was changed."


def command() -> None:
    """The console script."""
    sys.exit(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    # The options are accepted before and after the command; a default of theirs would overwrite the earlier one.
    options = build_parser().parse_args(arguments, argparse.Namespace(db=None, json=False))
    try:
        result, text = options.run(options)
    except RoutecastError as error:
        print(f"routecast: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"routecast: {STOPPED}", file=sys.stderr)
        return 1
    except Exception as error:
        if os.environ.get("ROUTECAST_TRACEBACK"):
            raise
        print(f"routecast: {_unforeseen(error)}", file=sys.stderr)
        return 1
    try:
        print(json.dumps(result, allow_nan=False) if options.json else text, flush=True)
    except BrokenPipeError:  # whoever was reading has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1 if result.get("failed") else 0


def _unforeseen(error: Exception) -> str:
    """A sentence for what no command foresaw: the disk's word for what it refused, else a defect to report."""
    if str(error) == "Query interrupted":  # Ctrl-C, as DuckDB says it
        return STOPPED
    if "No space left on device" in str(error):
        return "the disk is full (No space left on device): free some space, then run the command again."
    if isinstance(error, OSError) and error.filename:
        return (
            f"{error.filename} could not be read or written ({error.strerror}): mend that, then run the command again."
        )
    said = (str(error).splitlines() or [""])[0]
    return f"this should not have happened ({type(error).__name__}: {said}): ROUTECAST_TRACEBACK=1 shows where; please report it."


# In the order of the path a team takes, which is the order of the help.
GROUPS = (
    logs, sync, invoices, prices, reprice, budgets, simulate, sensitivity, evidence, frontier, train, backtest, sidebyside, export, report,
    tracking, changes, forget, backup,
)  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--db",
        type=Path,
        metavar="PATH",
        default=argparse.SUPPRESS,
        help="the database (default: $ROUTECAST_DB, else your own, else the demo)",
    )
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    parser = argparse.ArgumentParser(
        prog="routecast",
        description="What would another LLM routing policy cost, how fast and how good would it be?",
        parents=[common],
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add_commands(commands, common)
    return parser


if __name__ == "__main__":
    sys.exit(main())
