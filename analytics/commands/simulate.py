"""simulate: projections of architectures on the log's traffic."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, positive, reading_database, whole

if TYPE_CHECKING:
    from analytics.commands.shared import Commands


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    simulate = commands.add_parser("simulate", parents=[common], help="project architectures on the log's traffic")
    simulate.add_argument("files", nargs="+", type=Path, metavar="ARCH.toml")
    simulate.add_argument(
        "--requests-per-month", type=positive, metavar="N", help="volume (default: the log's daily mean)"
    )
    simulate.add_argument("--metric", help="the quality metric (default: the one most scored)")
    simulate.add_argument("--seed", type=whole, default=0, help="seed of the draws")
    simulate.add_argument(
        "--strategies",
        action="store_true",
        help="also compare rules, learned routing and cascades at equal quality and cost",
    )
    simulate.set_defaults(run=_simulate)


def _simulate(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.policies import load_architecture
    from analytics.simulation import Scenario, simulate
    from analytics.simulation.present import simulation_json, simulation_text
    from analytics.store import open_store

    architectures = [load_architecture(file) for file in options.files]
    store, scenario = open_store(reading_database(options)), Scenario(requests_per_month=options.requests_per_month)
    found = simulate(store, architectures, scenario, metric=options.metric, seed=options.seed)
    as_json, text = simulation_json(found), simulation_text(found)
    if options.strategies:
        from analytics.errors import SimulationError
        from analytics.simulation.present import strategies_json, strategies_text
        from analytics.simulation.strategies import compare_strategies

        try:
            compared = compare_strategies(store, scenario, metric=options.metric, seed=options.seed)
        except SimulationError as error:  # the projections stand all the same
            as_json["strategies"] = {"unknown": str(error)}
            return as_json, f"{text}\n\n{error}"
        as_json["strategies"] = strategies_json(compared)
        text += "\n\n" + strategies_text(compared)
    return as_json, text
