"""How far a stream has been read: kept in the catalogue's table `sources`, written together with what was loaded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from analytics.sources.config import Source
from analytics.store import Store, open_store


@dataclass(frozen=True)
class Counts:
    """What a sync brought: read = loaded + duplicates + rejected."""

    pages: int = 0
    read: int = 0
    loaded: int = 0
    duplicates: int = 0
    rejected: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Position:
    """Everything before `since` has been read, and of the window up to `until` everything before the page `at`.

    `until` and `at` are None when no window is open.
    """

    since: datetime
    until: datetime | None = None
    at: str | None = None

    def to_json(self, identity: str) -> str:
        """As it is stored."""
        until = self.until.isoformat() if self.until else None
        return json.dumps({"of": identity, "since": self.since.isoformat(), "until": until, "at": self.at})


@dataclass(frozen=True)
class LastSync:
    """A stream's last sync."""

    stream: str
    synced_at: datetime
    position: Position
    counts: Counts


def read_position(database: Path, source: Source, stream: str) -> Position | None:
    """Where the stream goes on; None when it was never read, or when the source is another one by now."""
    if not database.exists():
        return None
    rows = open_store(database).rows(
        "SELECT cursor FROM sources WHERE name = $name AND stream = $stream", {"name": source.name, "stream": stream}
    )
    content = json.loads(rows[0][0]) if rows else {}
    return _position(content) if content.get("of") == source.identity else None


def _position(content: Mapping[str, str | None]) -> Position:
    since, until = (datetime.fromisoformat(text) if (text := content[key]) else None for key in ("since", "until"))
    assert since is not None
    return Position(since, until, content["at"])


def write_position(
    connection: duckdb.DuckDBPyConnection, source: Source, stream: str, position: Position, counts: Counts
) -> None:
    """Store the position and what the sync brought so far."""
    values = [counts.pages, counts.read, counts.loaded, counts.duplicates, counts.rejected]
    connection.execute(
        "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [source.name, stream, position.to_json(source.identity), datetime.now(UTC), *values],
    )


def last_syncs(store: Store, name: str) -> tuple[LastSync, ...]:
    """The last sync of each stream of a source."""
    rows = store.rows(
        "SELECT stream, synced_at, cursor, pages, read, loaded, duplicates, rejected FROM sources WHERE name = $name ORDER BY stream",
        {"name": name},
    )
    return tuple(LastSync(row[0], row[1], _position(json.loads(row[2])), Counts(*row[3:])) for row in rows)


def window_of(
    source: Source, position: Position | None, overlap: timedelta, whole_days: bool, now: datetime
) -> Position:
    """The window to read: the open one, else from where the last one ended, with an overlap for rows that came late."""
    if position and position.until:
        return position
    overlap = max(overlap, timedelta(minutes=source.overlap_minutes))
    # A clock that was ahead must not leave a gap.
    since = min(position.since, now) - overlap if position else source.first_instant(now)
    if whole_days:
        since = since.replace(hour=0, minute=0, second=0, microsecond=0)
        since = since if position else since.replace(day=1)  # the first month whole, as an invoice has it
    return Position(since, now, None)
