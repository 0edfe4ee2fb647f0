"""backtest: how far to trust projections, on a file that knows every model's answer."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, share, show_progress, whole

if TYPE_CHECKING:
    from analytics.commands.shared import Commands


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    backtest = commands.add_parser(
        "backtest",
        parents=[common],
        help="replay a file where every model answered every prompt, and check projections",
    )
    backtest.add_argument("file", type=Path, metavar="OUTCOMES")
    backtest.add_argument("--replays", type=whole, default=50, metavar="R", help="replays of each way of logging")
    backtest.add_argument(
        "--pairs", type=whole, metavar="N", help="prompts side by side (default: as each way of logging says)"
    )
    backtest.add_argument("--scored", type=share, default=0.3, metavar="SHARE", help="share of the log that is scored")
    backtest.add_argument("--logging", metavar="NAME", help="only this way of logging")
    backtest.add_argument("--without", nargs="*", default=[], metavar="USE_CASE", help="use cases to leave out")
    backtest.add_argument("--metric", help="the quality metric (default: the one most scored)")
    backtest.add_argument("--seed", type=whole, default=0, help="seed of the replays")
    backtest.set_defaults(run=_backtest)


def _backtest(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.backtest import behaviours_named, read_full_information, run_backtest
    from analytics.backtest.present import backtest_json, backtest_text

    behaviours = behaviours_named(options.logging)
    full = read_full_information(options.file, options.metric).without(options.without)
    verdicts = run_backtest(
        full, max(1, options.replays), behaviours, options.seed, options.pairs, options.scored, show_progress
    )
    return backtest_json(full, verdicts), backtest_text(full, verdicts)
