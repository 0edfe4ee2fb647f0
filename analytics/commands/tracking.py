"""adopt, track, rollout: put an architecture to work, in stages, and see whether its projection came true."""

import argparse
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.commands.shared import JsonObject, positive, reading_database, share, write_out
from analytics.errors import TrackingError, UsageError

if TYPE_CHECKING:
    from analytics.commands.shared import Commands
    from analytics.store import Store


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add these commands to the parser."""
    adopt = commands.add_parser(
        "adopt", parents=[common], help="keep an architecture's projection to compare reality with"
    )
    adopt.add_argument("file", nargs="?", type=Path, metavar="ARCH.toml")
    adopt.add_argument("--name", default="", help="what to call it (default: the architecture's name)")
    adopt.add_argument(
        "--from",
        dest="starts",
        type=_day,
        metavar="DATE",
        help="the first day it serves (default: the day after the log's last)",
    )
    adopt.add_argument(
        "--requests-per-month", type=positive, metavar="N", help="volume (default: the log's daily mean)"
    )
    adopt.add_argument("--metric", help="the quality metric (default: the one most scored)")
    adopt.add_argument("--note", default="", help="why")
    adopt.add_argument("--author", default="", help="who decided")
    adopt.add_argument(
        "--time-zone", default="UTC", metavar="ZONE", help="its first day begins at midnight here (default: UTC)"
    )
    what = adopt.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="show what is adopted")
    what.add_argument("--remove", metavar="NAME", help="forget an adoption")
    adopt.set_defaults(run=_adopt)

    track = commands.add_parser(
        "track", parents=[common], help="did the projection come true? week by week, and why not"
    )
    track.add_argument("--adoption", metavar="NAME", help="which adoption (default: the latest)")
    track.add_argument(
        "--time-zone", default="UTC", metavar="ZONE", help="weeks begin on Monday in this zone (default: UTC)"
    )
    track.set_defaults(run=_track)

    rollout = commands.add_parser(
        "rollout", parents=[common], help="stages of an adoption: how much each must see, and its file"
    )
    rollout.add_argument("file", type=Path, metavar="ARCH.toml")
    rollout.add_argument(
        "--stages", default="5,25,100", metavar="LIST", help="percent of the traffic (default: 5,25,100)"
    )
    rollout.add_argument(
        "--tolerate", type=share, default=0.02, metavar="Q", help="loss of quality to rule out (default: 0.02)"
    )
    rollout.add_argument(
        "--requests-per-month", type=positive, metavar="N", help="volume (default: the log's daily mean)"
    )
    rollout.add_argument("--out", type=Path, metavar="FOLDER", help="write the file of each stage there")
    rollout.set_defaults(run=_rollout)


def _adopt(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.charts.tracking_words import adoption_table, rows_text
    from analytics.policies import load_architecture
    from analytics.scope import Scope
    from analytics.simulation import Scenario
    from analytics.tracking import adopt, adoptions, remove_adoption
    from analytics.tracking.present import adoption_json

    store = _store(options)
    if options.remove is not None:
        remove_adoption(store, options.remove)
        return {"removed": options.remove}, f"'{options.remove}' is not tracked any more."
    if options.list:
        known = adoptions(store)
        text = rows_text(adoption_table(known)) if known else "No architecture is adopted yet."
        return {"adoptions": [adoption_json(one) for one in known]}, text
    if options.file is None:
        raise UsageError("Name the architecture file to adopt, or use --list or --remove NAME.")
    adopted = adopt(
        store, load_architecture(options.file), options.name, options.starts, Scenario(requests_per_month=options.requests_per_month),
        Scope(time_zone=_zone(options)), options.note, options.author, options.metric,
    )  # fmt: skip
    return adoption_json(adopted), f"Adopted from {adopted.starts} on:\n{rows_text(adoption_table([adopted]))}"


def _track(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.charts.tracking_words import alarm_sentence, parts_sentence, rows_text, tracking_answer, week_table
    from analytics.tracking import find_adoption, track
    from analytics.tracking.present import tracking_json

    store, zone = _store(options), _zone(options)
    found = track(store, find_adoption(store, options.adoption), zone)
    sentences = [alarm_sentence(one) for one in found.alarms]
    lines = [tracking_answer(found), *(f"Alarm: {one}" for one in sentences)]
    if found.total is not None:
        lines += [parts_sentence(found.total), rows_text(week_table(found))]
    return tracking_json(found, sentences), "\n".join(lines)


def _rollout(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.charts.rollout_words import rollout_note, rollout_sentence, rollout_table
    from analytics.charts.tracking_words import rows_text
    from analytics.policies import architecture_toml, load_architecture
    from analytics.simulation import Scenario
    from analytics.tracking import plan_rollout
    from analytics.tracking.present import rollout_json

    try:
        stages = [float(one) / 100 for one in options.stages.split(",")]
    except ValueError:
        raise TrackingError(f"'{options.stages}' is no list of percents: give one such as 5,25,100.") from None
    found = plan_rollout(
        _store(options), load_architecture(options.file), Scenario(requests_per_month=options.requests_per_month),
        stages=stages, tolerated=options.tolerate,
    )  # fmt: skip
    lines = [rollout_sentence(found), rows_text(rollout_table(found)), rollout_note(found)]
    lines += list(dict.fromkeys(note for stage in found.stages for note in stage.notes))
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        for stage in found.stages:
            file = options.out / f"{options.file.stem}-{100 * stage.share:g}.toml"
            write_out(file, architecture_toml(stage.architecture))
            lines.append(f"Written: {file}")
    return rollout_json(found), "\n".join(lines)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no day: write it as 2026-11-01") from None


def _zone(options: argparse.Namespace) -> str:
    from analytics.zones import canonical_zone

    zone = canonical_zone(options.time_zone)
    if zone is None:
        raise UsageError(f"There is no time zone '{options.time_zone}': give an IANA name such as Europe/Berlin.")
    return zone


def _store(options: argparse.Namespace) -> "Store":
    from analytics.store import open_store

    return open_store(reading_database(options))
