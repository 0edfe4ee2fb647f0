"""report: a comparison for whoever decides, as a file."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, positive, reading_database, whole

if TYPE_CHECKING:
    from analytics.commands.shared import Commands


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    report = commands.add_parser("report", parents=[common], help="a report as .html, .pptx, .pdf or .csv")
    report.add_argument("files", nargs="*", type=Path, metavar="ARCH.toml", help="default: as on Overview")
    report.add_argument("--out", type=Path, required=True, metavar="FILE", help="its suffix says what to write")
    report.add_argument("--title", default="", metavar="T")
    report.add_argument("--author", default="", metavar="A")
    report.add_argument("--note", default="", metavar="N", help="a free text below the title")
    report.add_argument(
        "--requests-per-month", type=positive, metavar="N", help="volume (default: the log's daily mean)"
    )
    report.add_argument("--metric", help="the quality metric (default: the one most scored)")
    report.add_argument(
        "--currency", default="USD", metavar="CODE", help="of amounts, at the latest rate of the database's rates file"
    )
    report.add_argument("--seed", type=whole, default=0, help="seed of the draws")
    report.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.currency import rates_of
    from analytics.policies import load_architecture
    from analytics.reports import Texts, check_place, compose_report, default_architectures, gather_facts, write_report
    from analytics.simulation import Scenario
    from analytics.store import open_store

    check_place(options.out)
    database = reading_database(options)
    currency = rates_of(database).latest(options.currency.upper())
    store = open_store(database)
    architectures = [load_architecture(file) for file in options.files] or default_architectures(store)
    scenario = Scenario(requests_per_month=options.requests_per_month)
    facts = gather_facts(store, architectures, scenario, metric=options.metric, seed=options.seed)
    report = compose_report(facts, Texts(options.title, options.author, note=options.note), currency=currency)
    written = write_report(report, options.out)
    return {"path": str(options.out), "bytes": written}, f"{options.out}: {written:,} bytes. {report.headline}."
