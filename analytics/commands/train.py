"""train: a router learned from the log's own scores and pairs."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, reading_database, show_progress

if TYPE_CHECKING:
    from analytics.commands.shared import Commands


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    train = commands.add_parser("train", parents=[common], help="train a router on the log's scores and pairs")
    train.add_argument("--name", default="default", help="the router's name; each training is a new version")
    train.add_argument("--metric", help="the quality metric (default: the one most scored)")
    train.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.learning import train_router
    from analytics.learning.describe import findings_text

    found = train_router(reading_database(options), options.name, options.metric, show_progress)
    return asdict(found), findings_text(found)
