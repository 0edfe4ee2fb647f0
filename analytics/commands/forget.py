"""forget-prompts: the texts of old prompts leave the disk, every number stays."""

import argparse
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, whole, writing_database

if TYPE_CHECKING:
    from analytics.commands.shared import Commands


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    forget = commands.add_parser(
        "forget-prompts", parents=[common], help="delete old prompt texts and keep the numbers"
    )
    forget.add_argument(
        "--older-than", type=whole, required=True, metavar="DAYS", help="how old a text must be; 0: all"
    )
    forget.set_defaults(run=_forget)


def _forget(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.sidebyside.forget import forget_prompts

    before = datetime.now(UTC) - timedelta(days=min(options.older_than, 36_500))
    found = forget_prompts(writing_database(options), before)
    result = {**asdict(found.database), "runs": found.runs, "busy": list(found.busy), "failed": len(found.busy)}
    texts = found.database
    said = (
        f"Forgotten from before {before:%Y-%m-%d %H:%M} UTC: texts of {texts.requests:,} requests, {texts.outcomes:,} outcomes, "
        f"{texts.refused_rows:,} refused rows, {texts.routers:,} routers and {found.runs:,} side-by-side runs."
    )
    busy = f" Runs that are going on were left alone: {', '.join(found.busy)}." if found.busy else ""
    return result, said + busy
