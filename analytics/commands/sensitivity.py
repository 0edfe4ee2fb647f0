"""sensitivity: which assumptions an architecture's saving and quality hang on, and where they flip the decision."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, positive, reading_database, share, whole

if TYPE_CHECKING:
    from analytics.commands.shared import Commands


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    sensitivity = commands.add_parser("sensitivity", parents=[common], help="what would flip the decision")
    sensitivity.add_argument("file", type=Path, metavar="ARCH.toml")
    sensitivity.add_argument(
        "--requests-per-month", type=positive, metavar="N", help="volume (default: the log's daily mean)"
    )
    sensitivity.add_argument(
        "--quality-floor", type=share, metavar="Q", help="least quality, in [0, 1] (default: today's less 0.02)"
    )
    sensitivity.add_argument(
        "--fixed-cost", type=positive, default=0.0, metavar="USD", help="what running the architecture costs a month"
    )
    sensitivity.add_argument("--metric", help="the quality metric (default: the one most scored)")
    sensitivity.add_argument("--seed", type=whole, default=0, help="seed of the draws")
    sensitivity.set_defaults(run=_sensitivity)


def _sensitivity(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.policies import load_architecture
    from analytics.simulation import Scenario
    from analytics.simulation.present_sensitivity import tornado_json, tornado_text
    from analytics.simulation.sensitivity import find_sensitivity
    from analytics.simulation.study import open_study
    from analytics.store import open_store

    architecture = load_architecture(options.file)
    scenario = Scenario(
        options.requests_per_month, quality_floor=options.quality_floor, fixed_monthly_usd=options.fixed_cost
    )
    store = open_store(reading_database(options))
    study = open_study(store, architecture, scenario, metric=options.metric, seed=options.seed)
    found = find_sensitivity(study)
    return tornado_json(architecture.name, found), tornado_text(architecture.name, found)
