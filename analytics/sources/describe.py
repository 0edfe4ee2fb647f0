"""The sources of a database as a table, and taking one out."""

from pathlib import Path
from typing import Any

from analytics.people import require_editor
from analytics.sources.config import Keys, Source, read_sources, save_sources
from analytics.sources.cursor import Counts, LastSync, last_syncs
from analytics.store import open_store, write_transaction


def describe_sources(database: Path, keys: Keys) -> list[dict[str, Any]]:
    """A row per source: what it is, whether its keys are set, and what its last sync brought (None: never synced)."""
    store = open_store(database) if database.exists() else None
    return [_row(one, keys, last_syncs(store, one.name) if store else ()) for one in read_sources(database)]


def _row(source: Source, keys: Keys, syncs: tuple[LastSync, ...]) -> dict[str, Any]:
    total = sum((one.counts for one in syncs), Counts()) if syncs else None
    return {
        "name": source.name,
        "kind": source.about.title,
        "address": source.base,
        "key": _key_state(source, keys),
        "synced_at": max((one.synced_at for one in syncs), default=None),
        **{name: getattr(total, name, None) for name in ("read", "loaded", "duplicates", "rejected")},
    }


def _key_state(source: Source, keys: Keys) -> str:
    """Which variables are set; never what they hold."""
    names = [name for name in (source.user_env, source.key_env) if name]
    missing = [name for name in names if not (keys(name) or "").strip()]
    if missing:
        return f"{' and '.join(missing)} not set"
    return f"{' and '.join(names)} set" if names else "none needed"


def remove_source(database: Path, name: str) -> None:
    """Take a source out and forget how far it was read; what it loaded stays."""
    require_editor("remove a source")
    save_sources(database, tuple(one for one in read_sources(database) if one.name != name))
    if database.exists():
        with write_transaction(database, "own", "remove a source") as transaction:
            transaction.detail = name
            transaction.catalogue.execute("DELETE FROM sources WHERE name = ?", [name])
