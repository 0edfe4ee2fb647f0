"""frontier: the best rules for every budget, and the best under a limit."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, positive, reading_database, share, whole, write_out
from analytics.errors import UsageError

if TYPE_CHECKING:
    from analytics.commands.shared import Commands


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    frontier = commands.add_parser("frontier", parents=[common], help="the best rules for every budget")
    frontier.add_argument("--max-cost", type=positive, metavar="USD", help="at most this much a month")
    frontier.add_argument("--min-quality", type=share, metavar="Q", help="at least this quality, in [0, 1]")
    frontier.add_argument("--max-latency", type=positive, metavar="SECONDS", help="at most this mean latency")
    frontier.add_argument(
        "--requests-per-month", type=positive, metavar="N", help="volume (default: the log's daily mean)"
    )
    frontier.add_argument(
        "--out", type=Path, metavar="ARCH.toml", help="write the best architecture under the limits here"
    )
    frontier.add_argument("--metric", help="the quality metric (default: the one most scored)")
    frontier.add_argument("--seed", type=whole, default=0, help="seed of the draws and of the halves of the evidence")
    frontier.set_defaults(run=_frontier)


def _frontier(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.policies import architecture_toml
    from analytics.simulation.frontier import find_frontier
    from analytics.simulation.present import frontier_json, frontier_text
    from analytics.simulation.results import Scenario
    from analytics.simulation.search import Limits
    from analytics.store import open_store

    limits = Limits(options.max_cost, options.min_quality, options.max_latency)
    if options.out and limits == Limits():
        raise UsageError("--out needs a limit to choose by: add --max-cost, --min-quality or --max-latency.")
    store = open_store(reading_database(options))
    found = find_frontier(store, limits, Scenario(options.requests_per_month), metric=options.metric, seed=options.seed)
    if options.out and found.chosen is not None:
        write_out(options.out, architecture_toml(found.chosen.architecture))
    return frontier_json(found), frontier_text(found)
