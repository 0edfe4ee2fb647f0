"""The command line: every page's number without a browser.

`--json` prints one object on standard output and nothing else. Exit status: 0 done, 1 the data or the request is at
fault (one clear line on standard error), 2 usage.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics import settings
from analytics.errors import RoutecastError

if TYPE_CHECKING:
    from analytics.logs import LoadResult

JsonObject = dict[str, Any]


def command() -> None:
    """The console script."""
    sys.exit(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    # The options are accepted before and after the command; a default of theirs would overwrite the earlier one.
    options = build_parser().parse_args(arguments, argparse.Namespace(db=None, json=False))
    try:
        result, text = options.run(options)
    except RoutecastError as error:
        print(f"routecast: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("routecast: stopped; nothing was changed.", file=sys.stderr)
        return 1
    print(json.dumps(result, allow_nan=False) if options.json else text)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--db",
        type=Path,
        metavar="PATH",
        default=argparse.SUPPRESS,
        help="the database (default: $ROUTECAST_DB, else your own, else the demo)",
    )
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON object")
    parser = argparse.ArgumentParser(
        prog="routecast",
        description="What would another LLM routing policy cost, how fast and how good would it be?",
        parents=[common],
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", parents=[common], help="build the demo log")
    demo.add_argument("--seed", type=int, help="another random seed")
    demo.set_defaults(run=_demo)

    load = commands.add_parser("load", parents=[common], help="load request logs of any known format")
    load.add_argument("files", nargs="+", type=Path, metavar="FILE")
    load.add_argument("--format", help="the log's format (default: told from its content)")
    load.add_argument("--source", help="where the rows come from; within a source a request_id is loaded once")
    load.add_argument("--keep-prompts", action="store_true", help="store prompt texts too")
    load.set_defaults(run=_load)

    outcomes = commands.add_parser("outcomes", parents=[common], help="load side-by-side outcomes")
    outcomes.add_argument("files", nargs="+", type=Path, metavar="FILE")
    outcomes.set_defaults(run=_outcomes)

    audit = commands.add_parser("audit", parents=[common], help="totals of the log")
    audit.set_defaults(run=_audit)

    simulate = commands.add_parser("simulate", parents=[common], help="project architectures on the log's traffic")
    simulate.add_argument("files", nargs="+", type=Path, metavar="ARCH.toml")
    simulate.add_argument(
        "--requests-per-month", type=_volume, metavar="N", help="volume (default: the log's daily mean)"
    )
    simulate.add_argument("--metric", help="the quality metric (default: the one most scored)")
    simulate.add_argument("--seed", type=_seed, default=0, help="seed of the draws")
    simulate.set_defaults(run=_simulate)
    return parser


def _volume(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e15:
        raise argparse.ArgumentTypeError("must be a number above 0")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("must be a whole number of at least 0")
    return value


def _reading_database(options: argparse.Namespace) -> Path:
    return options.db or settings.default_database()


def _writing_database(options: argparse.Namespace) -> Path:
    return options.db or settings.own_database()


def _progress(fraction: float, what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{fraction:4.0%} {what}", end="" if fraction < 1 else "\n", file=sys.stderr, flush=True)


def _demo(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.logs.demo import build_demo

    path = options.db or settings.demo_database()
    result = build_demo(path, seed=options.seed, progress=_progress)
    found = {"requests": result.requests, "days": result.days, "path": str(result.path)}
    return found, f"Demo of {result.requests:,} requests over {result.days} days in {result.path}."


def _load(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.logs import load_log

    path = _writing_database(options)
    loaded = [
        load_log(path, file, options.format, options.source, options.keep_prompts, _progress) for file in options.files
    ]
    result = _loads_json(loaded) | {
        "unpriced": _merged([one.unpriced for one in loaded]),
        "format": ", ".join(dict.fromkeys(one.format for one in loaded)),
    }
    return result, _loads_text(options.files, loaded, path)


def _outcomes(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.logs import load_outcomes

    path = _writing_database(options)
    loaded = [load_outcomes(path, file, _progress) for file in options.files]
    return _loads_json(loaded), _loads_text(options.files, loaded, path)


def _loads_json(loaded: Sequence["LoadResult"]) -> JsonObject:
    return {
        "read": sum(one.read for one in loaded),
        "loaded": sum(one.loaded for one in loaded),
        "duplicates": sum(one.duplicates for one in loaded),
        "rejected": sum(one.rejected for one in loaded),
        "rejections": [asdict(rejection) for one in loaded for rejection in one.rejections],
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
        lines += [f"  line {rejection.line}: {rejection.reason}" for rejection in one.rejections[:5]]
        if one.rejected > 5:
            lines.append(f"  and {one.rejected - 5:,} more, kept with their reasons in the database")
        lines += [f"  unpriced: {model} ({number:,} rows)" for model, number in one.unpriced.items()]
    return "\n".join([*lines, f"Database: {path}"])


def _audit(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.audit import audit_totals
    from analytics.scope import Scope
    from analytics.store import open_store

    totals = audit_totals(open_store(_reading_database(options)), Scope())
    return totals, json.dumps(totals, indent=2)


def _simulate(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.policies import load_architecture
    from analytics.simulation import Scenario, simulate
    from analytics.simulation.present import simulation_json, simulation_text
    from analytics.store import open_store

    architectures = [load_architecture(file) for file in options.files]
    found = simulate(
        open_store(_reading_database(options)),
        architectures,
        Scenario(requests_per_month=options.requests_per_month),
        metric=options.metric,
        seed=options.seed,
    )
    return simulation_json(found), simulation_text(found)


if __name__ == "__main__":
    sys.exit(main())
