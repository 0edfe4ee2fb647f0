"""The sums of one window, worked out in the warehouse and written here as the files of a segment."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from analytics.engines.connection import Connection
from analytics.engines.rows import Window, casts
from analytics.engines.translate import translated
from analytics.errors import SourceError
from analytics.store.connection import connect_memory
from analytics.store.segments import quoted, segment_schema
from analytics.traffic.segment import ROLLUPS, question_sql
from analytics.warehouse.relations import Relations, scored_relations

Progress = Callable[[float, str], None]

# What neither checks nor sums need is not kept for the length of a sync.
_UNREAD = frozenset({"prompt", "prompt_chars", "prompt_hash", "tags", "error", "trace_id"})
_UNSUMMED = frozenset({"user_id", "logical_id", "model_logged"})
_OF_ATTEMPTS = frozenset({"is_request", "request_latency_ms"})
_IN_WINDOW = "(timestamp >= $window_from AND timestamp < $window_to) OR (timestamp IS NULL AND $without_time)"
_JUDGED = f"SELECT reason, count(*) AS n, min(request_id) AS example FROM staged WHERE {_IN_WINDOW} GROUP BY reason ORDER BY reason"
_CONTRADICTED = (
    "SELECT dropped.reason, count(*) AS n, min(copies.request_id) AS example FROM dropped JOIN copies "
    "ON copies.request_id = dropped.request_id AND copies.line = dropped.line WHERE dropped.reason IS NOT NULL "
    "AND copies.timestamp >= $window_from AND copies.timestamp < $window_to GROUP BY dropped.reason ORDER BY dropped.reason"
)
_SPAN = "SELECT count(*) AS n, min(timestamp) AS first_at, max(timestamp) AS last_at FROM clean"
_UNPRICED = "SELECT model, count(*) AS n FROM clean WHERE list_cost_usd IS NULL GROUP BY model ORDER BY n DESC"
_REASONS = {"reason": "VARCHAR", "n": "BIGINT", "example": "VARCHAR"}


@dataclass(frozen=True)
class Refusals:
    """Rows of the warehouse that were refused for the same reason, and one of their ids."""

    reason: str
    rows: int
    example: str | None


@dataclass(frozen=True)
class WindowSums:
    """What a window holds; `transferred`: rows that came here, all of them sums."""

    window: Window
    read: int
    loaded: int
    refused: tuple[Refusals, ...]
    unpriced: Mapping[str, int]
    first_at: datetime | None
    last_at: datetime | None
    transferred: int

    @property
    def rejected(self) -> int:
        return sum(one.rows for one in self.refused)


@dataclass
class Questions:
    """Questions over the relations of one window; counts the rows that come back."""

    connection: Connection
    relations: Relations
    window: Window
    transferred: int = 0

    def sql(self, question: str) -> str:
        """A question in the engine's SQL."""
        tables = dict.fromkeys(("clean", "scored"), dict.fromkeys(_of_clean().split(", "), "VARCHAR"))
        window = self.window.values()
        values = {name: value for name, value in window.items() if f"${name}" in question}
        return translated(question, values, self.connection.engine, self.relations, window, tables).sql

    def rows(self, question: str, columns: Mapping[str, str]) -> list[tuple[Any, ...]]:
        """A short answer."""
        found = [row for batch in self.connection.batches(self.sql(question), columns) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]  # fmt: skip
        self.transferred += len(found)
        return found

    def into(self, here: duckdb.DuckDBPyConnection, table: str, question: str) -> None:
        """A long answer into a table of `here`, piece by piece."""
        columns = {row[0]: row[1] for row in here.execute(f"DESCRIBE {table}").fetchall()}
        for batch in self.connection.batches(self.sql(question), columns):
            here.register("piece", batch)
            here.execute(f"INSERT INTO {table} SELECT {casts(columns)} FROM piece")
            here.unregister("piece")
            self.transferred += batch.num_rows


def write_window(
    connection: Connection, staged: Relations, requests: Relations, scores: str | None, source: str, window: Window,
    folder: Path, tell: Progress,
) -> WindowSums:  # fmt: skip
    """Write the roll-ups of a window into `folder` (which stays empty when there is no call); no request comes along."""
    tell(0.0, "checking rows in the warehouse")
    # Rows that are kept are read again and again, and an engine's planner need not see what is behind them. Without a
    # place to keep them every question works them out anew.
    with _kept(connection, staged, _of_staged(), window) as rows:
        asked = Questions(connection, rows, window)
        judged = asked.rows(_JUDGED, _REASONS)
        refused = [Refusals(*found) for found in judged if found[0] is not None]
        read = sum(n for _, n, _ in judged)
        with _kept(connection, (*rows, *requests), _of_clean(), window) as clean:
            asked.relations = clean
            found = asked.rows(_SPAN, {"n": "BIGINT", "first_at": "TIMESTAMP WITH TIME ZONE", "last_at": "TIMESTAMP WITH TIME ZONE"})  # fmt: skip
            loaded, first_at, last_at = found[0]
            unpriced = dict(asked.rows(_UNPRICED, {"model": "VARCHAR", "n": "BIGINT"})) if loaded else {}
            asked.relations = (*clean, *scored_relations(scores, "clean", source))
            if loaded:
                _write(asked, folder, tell)
        if read > loaded + sum(one.rows for one in refused):
            asked.relations = (*rows, *requests)
            refused += [Refusals(*row) for row in asked.rows(_CONTRADICTED, _REASONS)]
    return WindowSums(window, read, loaded, tuple(refused), unpriced, first_at, last_at, asked.transferred)


def _write(asked: Questions, folder: Path, tell: Progress) -> None:
    with connect_memory() as here:
        here.execute(segment_schema)
        for step, name in enumerate(ROLLUPS):
            tell(0.4 + 0.6 * step / len(ROLLUPS), f"summing up in the warehouse: {name.replace('_', ' ')}")
            asked.into(here, name, question_sql(name))
            here.execute(f"COPY {name} TO {quoted(folder / f'{name}.parquet')} (FORMAT parquet)")


@contextmanager
def _kept(connection: Connection, relations: Relations, columns: str, window: Window) -> Iterator[Relations]:
    """The last of the relations kept in the session where the engine can; else all of them as they are."""
    engine = connection.engine
    name = f"routecast_{uuid.uuid4().hex[:12]}"
    last = relations[-1][0]
    query = Questions(connection, relations, window).sql(f"SELECT {columns} FROM {last}")
    kept = bool(engine.keep)
    try:
        if kept:
            connection.run(engine.keep.format(name=name, query=query))
    except SourceError as error:
        # A replica that is read only keeps nothing.
        if "read-only" not in str(error) and "permission" not in str(error):
            raise
        kept = False
    try:
        yield ((last, f"SELECT {columns} FROM {name}"),) if kept else relations
    finally:
        # What is left after an error goes with the session.
        with suppress(SourceError):
            for statement in engine.drop if kept else ():
                connection.run(statement.format(name=name))


def _of_staged() -> str:
    """The columns that are kept of checked rows."""
    return ", ".join(["line", "reason", *(name for name in _columns() if name not in _UNREAD | _OF_ATTEMPTS)])


def _of_clean() -> str:
    """The columns that sums need."""
    return ", ".join([*(name for name in _columns() if name not in _UNREAD | _UNSUMMED), "fell_back"])


@cache
def _columns() -> tuple[str, ...]:
    """The columns of `requests`."""
    with duckdb.connect(":memory:") as blank:
        blank.execute(segment_schema)
        names = [row[0] for row in blank.execute("DESCRIBE requests").fetchall()]
    return tuple(names)
