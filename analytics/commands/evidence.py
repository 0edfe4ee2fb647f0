"""evidence: how far a projection can be trusted, and which prompts to run side by side to know more."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, positive, reading_database, whole, write_out

if TYPE_CHECKING:
    from analytics.commands.shared import Commands

DEFAULT_PROMPTS = 300


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    evidence = commands.add_parser(
        "evidence", parents=[common], help="how sure a projection is, and which prompts would make it surer"
    )
    evidence.add_argument("file", type=Path, metavar="ARCH.toml")
    evidence.add_argument("--plan", type=Path, metavar="OUT.csv", help="write the prompts to run side by side here")
    evidence.add_argument(
        "--prompts", type=whole, default=DEFAULT_PROMPTS, metavar="N", help="how many (default: %(default)s)"
    )
    evidence.add_argument(
        "--requests-per-month", type=positive, metavar="N", help="volume (default: the log's daily mean)"
    )
    evidence.add_argument("--metric", help="the quality metric (default: the one most scored)")
    evidence.add_argument("--seed", type=whole, default=0, help="seed of the draws and of the sample")
    evidence.set_defaults(run=_evidence)


def _evidence(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.exports import csv_bytes
    from analytics.policies import load_architecture
    from analytics.scope import Scope
    from analytics.simulation import Scenario
    from analytics.simulation.assess import assess, open_case, plan_side_by_side
    from analytics.simulation.evidence_present import evidence_json, evidence_text
    from analytics.simulation.sampling_plan import draw_prompts
    from analytics.store import open_store

    architecture = load_architecture(options.file)
    store, scenario = open_store(reading_database(options)), Scenario(options.requests_per_month)
    case = open_case(store, architecture, scenario, metric=options.metric, seed=options.seed)
    found, plan = assess(case), plan_side_by_side(case, options.prompts)
    if options.plan:
        write_out(options.plan, csv_bytes(draw_prompts(store, plan, Scope(), options.seed)))
    return evidence_json(found, plan), evidence_text(found, plan)
