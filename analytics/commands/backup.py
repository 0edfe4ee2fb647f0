"""backup, restore: a database as one file, and back."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analytics import settings
from analytics.commands.shared import JsonObject, reading_database, show_progress

if TYPE_CHECKING:
    from analytics.commands.shared import Commands
    from analytics.store.backup import BackupResult


def add_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add these commands to the parser."""
    backup = commands.add_parser("backup", parents=[common], help="the database and its settings as one file")
    backup.add_argument("--out", type=Path, required=True, metavar="FILE")
    backup.set_defaults(run=_backup)

    restore = commands.add_parser("restore", parents=[common], help="a database from a backup, checked byte by byte")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="give up the database that is there")
    restore.set_defaults(run=_restore)


def _backup(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.store.backup import backup

    database = reading_database(options)
    made = backup(database, options.out, show_progress)
    return _json(made), f"{database} is in {made.path}: {_words(made)}."


def _restore(options: argparse.Namespace) -> tuple[JsonObject, str]:
    from analytics.store.backup import backup_kind, restore

    usual = settings.demo_database if backup_kind(options.file) == "demo" else settings.own_database
    made = restore(options.file, options.db or usual(), options.replace, show_progress)
    return _json(made), f"{made.path} is as it was on {made.manifest.created_at}: {_words(made)}."


def _json(made: "BackupResult") -> JsonObject:
    manifest = made.manifest
    return {
        "path": str(made.path),
        "bytes": made.size,
        "segments": made.segments,
        "settings": len(manifest.named("settings")),
        "runs": len(manifest.named("runs")),
        "kind": manifest.kind,
        "created_at": manifest.created_at,
    }


def _words(made: "BackupResult") -> str:
    found = _json(made)
    return f"{made.size / 1e6:,.1f} MB, {found['segments']} segments, {found['settings']} settings files, {found['runs']} runs"
