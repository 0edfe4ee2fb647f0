"""demo, load, outcomes, audit: a log into the database, and its totals out of it."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import settings
from analytics.commands.shared import JsonObject, reading_database, show_progress, writing_database
from analytics.errors import UsageError

if TYPE_CHECKING:
    from analytics.commands.shared import Commands
    from analytics.logs import LoadResult


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add these commands to the parser."""
    demo = commands.add_parser("demo", parents=[common], help="build the demo log")
    demo.add_argument("--seed", type=int, help="another random seed")
    demo.add_argument(
        "--month",
        type=int,
        choices=(1, 2),
        default=1,
        help="2: adopt Multi-model and add the month after, with its drift",
    )
    demo.add_argument("--no-drift", action="store_true", help="month 2 as it was projected")
    demo.set_defaults(run=_demo)

    load = commands.add_parser("load", parents=[common], help="load request logs of any known format")
    load.add_argument("files", nargs="+", type=Path, metavar="FILE")
    load.add_argument("--format", help="the log's format (default: told from its content)")
    load.add_argument("--mapping", metavar="NAME", help="the saved mapping that says what the columns are")
    load.add_argument("--source", help="where the rows come from; within a source a request_id is loaded once")
    load.add_argument("--keep-prompts", action="store_true", help="store prompt texts too")
    load.add_argument("--redact", action="store_true", help="with --keep-prompts: without addresses, numbers and keys")
    load.set_defaults(run=_load)

    mapping = commands.add_parser("map", parents=[common], help="guess what the columns of an unknown log are")
    mapping.add_argument("file", type=Path, metavar="FILE")
    mapping.add_argument(
        "--save", metavar="NAME", help="save the guess beside the database: such files then load as they are"
    )
    mapping.set_defaults(run=_map)

    outcomes = commands.add_parser("outcomes", parents=[common], help="load side-by-side outcomes")
    outcomes.add_argument("files", nargs="+", type=Path, metavar="FILE")
    outcomes.add_argument("--redact", action="store_true", help="keep prompts without addresses, numbers and keys")
    outcomes.set_defaults(run=_outcomes)

    audit = commands.add_parser("audit", parents=[common], help="totals of the log")
    audit.set_defaults(run=_audit)


def _demo(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.logs.demo import build_demo

    path = options.db or settings.demo_database()
    if options.month == 2:
        return _second_month(options, path)
    result = build_demo(path, seed=options.seed, progress=show_progress)
    found = {"requests": result.requests, "days": result.days, "path": str(result.path)}
    return found, f"Demo of {result.requests:,} requests over {result.days} days in {result.path}."


def _second_month(options: argparse.Namespace, path: Path) -> tuple[JsonObject, str]:
    from analytics.tracking import add_second_month

    added = add_second_month(path, () if options.no_drift else None, options.seed, show_progress)
    name, starts = added.adoption.name, added.adoption.starts.isoformat()
    found = {"requests": added.requests, "adoption": name, "from": starts, "path": str(path)}
    what = f"{added.requests:,} calls" if added.requests else "Nothing new"
    return found, f"{what} of the month after {name} was adopted ({starts}) in {path}: `routecast track --db {path}`."


def _load(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.logs import load_log
    from analytics.logs.texts import REDACTED

    if options.format and options.mapping:
        raise UsageError("--format and --mapping both say what the file is: give one of them.")
    if options.redact and not options.keep_prompts:
        raise UsageError("--redact says how prompts are kept: give --keep-prompts too.")
    path, keep_prompts = writing_database(options), REDACTED if options.redact else options.keep_prompts
    loaded = [
        load_log(path, file, options.format or options.mapping, options.source, keep_prompts, show_progress)
        for file in options.files
    ]
    result = _loads_json(loaded) | {
        "unpriced": _merged([one.unpriced for one in loaded]),
        "format": ", ".join(dict.fromkeys(one.format for one in loaded)),
    }
    return result, _loads_text(options.files, loaded, path)


def _map(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.logs.guess import guess_mapping
    from analytics.logs.mapping import mapping_toml, save_mapping

    guess = guess_mapping(options.file, options.save or options.file.name.split(".")[0])
    mapping = guess.mapping
    saved = save_mapping(writing_database(options), mapping) if options.save else None
    result = {
        "name": mapping.name,
        "columns": {name: asdict(one) | {"why": guess.reasons.get(name, "")} for name, one in mapping.columns.items()},
        "missing": list(mapping.missing),
        "input_includes_cache": mapping.input_includes_cache,
        "output_includes_reasoning": mapping.output_includes_reasoning,
        "saved": str(saved) if saved else None,
    }
    lines = [mapping_toml(mapping)]
    lines += [f"# {name}: {why}" for name, why in guess.reasons.items()]
    lines += [f"# no column found for {name}" for name in mapping.missing]
    return result, "\n".join([*lines, *([f"# saved in {saved}"] if saved else [])])


def _outcomes(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.logs import load_outcomes

    path = writing_database(options)
    loaded = [load_outcomes(path, file, show_progress, redact=options.redact) for file in options.files]
    return _loads_json(loaded), _loads_text(options.files, loaded, path)


def _loads_json(loaded: Sequence["LoadResult"]) -> JsonObject:
    ignored = sum(one.ignored for one in loaded)
    warnings = [warning for one in loaded for warning in one.warnings]
    return {
        "read": sum(one.read for one in loaded),
        "loaded": sum(one.loaded for one in loaded),
        "duplicates": sum(one.duplicates for one in loaded),
        "rejected": sum(one.rejected for one in loaded),
        "rejections": [asdict(rejection) for one in loaded for rejection in one.rejections],
        **({"ignored": ignored} if ignored else {}),
        **({"warnings": warnings} if warnings else {}),
    }


def _merged(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for model, number in one.items():
            total[model] = total.get(model, 0) + number
    return total


def _loads_text(files: Sequence[Path], loaded: Sequence["LoadResult"], path: Path) -> str:
    lines = []
    for file, one in zip(files, loaded, strict=True):
        lines.append(
            f"{file.name}: {one.read:,} read, {one.loaded:,} loaded, {one.duplicates:,} duplicates, {one.rejected:,} rejected ({one.format})"
        )
        if one.ignored:
            lines.append(f"  {one.ignored:,} other records are no model calls and were left out")
        lines += [f"  {warning}" for warning in one.warnings]
        lines += [f"  line {rejection.line}: {rejection.reason}" for rejection in one.rejections[:5]]
        if one.rejected > 5:
            lines.append(f"  and {one.rejected - 5:,} more, kept with their reasons in the database")
        lines += [f"  unpriced: {model} ({number:,} rows)" for model, number in one.unpriced.items()]
    return "\n".join([*lines, f"Database: {path}"])


def _audit(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.audit import audit_totals
    from analytics.scope import Scope
    from analytics.store import open_store

    totals = audit_totals(open_store(reading_database(options)), Scope())
    return totals, json.dumps(totals, indent=2)
