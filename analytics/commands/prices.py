"""fetch-prices: OpenRouter's list prices for the models that have none."""

import argparse
from datetime import date
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, writing_database

if TYPE_CHECKING:
    from analytics.commands.shared import Commands


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    command = commands.add_parser(
        "fetch-prices", parents=[common], help="take OpenRouter's prices for models without one into your own prices"
    )
    command.add_argument(
        "models", nargs="*", metavar="MODEL", help="the models (default: all unpriced ones of the log)"
    )
    command.add_argument("--from", dest="start", type=date.fromisoformat, metavar="DATE", help="from when they hold (default: always)")  # fmt: skip
    command.add_argument("--dry-run", action="store_true", help="show the prices and keep none")
    command.set_defaults(run=_fetch)


def _fetch(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.prices.own import own_prices_file
    from analytics.sources.openrouter_prices import fetch_prices

    database = writing_database(options)
    found = fetch_prices(database, options.models, options.start, keep=not options.dry_run)
    lines = [_line(entry) for entry in found.entries]
    lines += [f"{model}: stays without a price: {reason}." for model, reason in found.without.items()]
    if found.entries and not options.dry_run:
        lines.append(f"Kept in {own_prices_file(database).name} as what OpenRouter asks today; calls already loaded change with reprice.")  # fmt: skip
    told = [
        {key: str(value) if isinstance(value, date) else value for key, value in one.items()} for one in found.entries
    ]
    return {"prices": told, "without": dict(found.without), "kept": not options.dry_run}, "\n".join(lines)


def _line(entry: JsonObject) -> str:
    above = f" above {entry['above_tokens']:,} tokens" if "above_tokens" in entry else ""
    return f"{entry['model']}{above}: ${entry['input']:g} in, ${entry['output']:g} out per million tokens"
