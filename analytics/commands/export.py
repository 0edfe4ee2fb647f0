"""export: an architecture for where it runs."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, write_out
from analytics.errors import UsageError

if TYPE_CHECKING:
    from analytics.commands.shared import Commands
    from analytics.policies.export import Export

# As `analytics.policies.export` has them; not imported, so that every other command starts without it.
TARGETS = ("litellm", "python", "sql")
DIALECTS = ("duckdb", "postgres", "bigquery", "snowflake")


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add this command to the parser."""
    export = commands.add_parser("export", parents=[common], help="an architecture for a gateway, in Python, in SQL")
    export.add_argument("file", type=Path, metavar="ARCH.toml")
    export.add_argument("--to", choices=TARGETS, required=True, help="what to make of it")
    export.add_argument("--dialect", choices=DIALECTS, help="of --to sql (default: duckdb)")
    export.add_argument(
        "--out", type=Path, metavar="FILE", help="write it here; what belongs to it is written beside it"
    )
    export.set_defaults(run=_export)


def _export(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.policies import load_architecture
    from analytics.policies.export import export_architecture

    if options.dialect and options.to != "sql":
        raise UsageError(f"--dialect is for --to sql: leave it out with --to {options.to}.")
    export = export_architecture(load_architecture(options.file), options.to, options.dialect or "duckdb")
    written = _write(export, options.out) if options.out else []
    result: JsonObject = {"text": export.text, "notes": list(export.notes), "files": dict(export.files)}
    if not written:
        return result, export.printed.rstrip("\n")
    told = [f"Wrote {' and '.join(str(path) for path in written)}.", *(f"- {note}" for note in export.notes)]
    return result | {"paths": [str(path) for path in written]}, "\n".join(told)


def _write(export: "Export", out: Path) -> list[Path]:
    """The first file at `out`, the others under their own names beside it."""
    paths = [out, *(out.with_name(name) for name, _ in export.files[1:])]
    if len(set(paths)) < len(paths):
        raise UsageError(f"{out.name} is the name of a file that is written beside it: choose another.")
    for path, (_, text) in zip(paths, export.files, strict=True):
        write_out(path, text)
    return paths
