"""A sync with a warehouse: windows of its log become segments of sums here; what was read before is replaced, never added to."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb

from analytics.engines import Address, RemoteRows, Window
from analytics.engines.connection import Connection, connect
from analytics.errors import SourceError
from analytics.logs.fields import SCORE_FIELDS
from analytics.logs.prices import refresh_prices
from analytics.logs.stage import price_table_rows
from analytics.logs.stage_sql import models_sql
from analytics.prices import own_prices_of, resolve_prices
from analytics.store import Transaction, open_store, write_transaction
from analytics.warehouse.relations import (
    Relations,
    prices_sql,
    request_relations,
    scored_relations,
    source_rows_sql,
    staged_relations,
)
from analytics.warehouse.sums import Progress, Questions, WindowSums, write_window
from analytics.warehouse.windows import windows_to_read

Note = Callable[[duckdb.DuckDBPyConnection, datetime, "WarehouseResult"], None]
Pairs = list[tuple[str, str | None]]


@dataclass(frozen=True)
class Warehouse:
    """A table of an engine that holds a log. `columns`: (canonical name, its own), where they differ; `scores`: the table of
    late scores ('': none); `source`: under which name its calls stand; `start`: how far back it is read (None: all of it).
    """

    name: str
    address: Address
    table: str
    columns: tuple[tuple[str, str], ...] = ()
    scores: str = ""
    source: str = ""
    start: date | None = None
    settling: timedelta = timedelta(days=3)
    keep_prompts: bool = False


@dataclass(frozen=True)
class WarehouseResult:
    """What a sync read in the warehouse, and what came here: `transferred` rows of sums. `windows`: how many it read."""

    read: int = 0
    loaded: int = 0
    rejected: int = 0
    transferred: int = 0
    windows: int = 0

    @property
    def duplicates(self) -> int:
        return self.read - self.loaded - self.rejected

    def plus(self, sums: WindowSums) -> "WarehouseResult":
        """With another window."""
        return WarehouseResult(
            self.read + sums.read, self.loaded + sums.loaded, self.rejected + sums.rejected,
            self.transferred + sums.transferred, self.windows + 1,
        )  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    """What a sync works with: the connection, and the relations of the log as it is today."""

    warehouse: Warehouse
    connection: Connection
    pairs: Pairs
    staged: Relations
    scores: str | None

    @property
    def source(self) -> str:
        return self.warehouse.source or self.warehouse.name

    @property
    def rows(self) -> RemoteRows:
        """Where the pages find single requests."""
        late = scored_relations(self.scores, "requests", self.source)
        named = [("scored_requests" if name == "scored" else name, text) for name, text in late]
        relations = (
            *self.staged,
            *request_relations(),
            ("requests", "SELECT * EXCLUDE (fell_back) FROM clean"),
            *named,
        )
        return RemoteRows(self.warehouse.name, self.warehouse.address.url, self.warehouse.address.key_env, relations)


def sync_warehouse(
    database: Path, warehouse: Warehouse, since: datetime | None, now: datetime, note: Note, tell: Progress
) -> WarehouseResult:
    """Read what is new since a sync that settled everything before `since` (None: read it all, and replace what is here).

    `note` is called in each transaction with the moment from which the next sync reads and the result so far. Raises
    SourceError; what was read until then stays.
    """
    _check_alone(database, warehouse.name)
    plan, first_at = _plan(database, warehouse, since)
    start = datetime.combine(warehouse.start, time(), UTC) if warehouse.start else None
    windows = windows_to_read(since or start, first_at, now, warehouse.settling)
    result = WarehouseResult()
    fresh = since is None
    # A tail that is cut is replaced by both of its parts at once.
    for number, part in enumerate([windows] if not fresh else [(one,) for one in windows]):
        with tempfile.TemporaryDirectory(prefix="routecast-warehouse-") as work:
            found: list[tuple[WindowSums, Path]] = []
            for window in part:
                place = (number + len(found)) / len(windows)
                folder = Path(work) / str(len(found))
                folder.mkdir()
                told = lambda share, what, place=place: tell(place + share / len(windows), what)  # noqa: E731
                found.append((write_window(plan.connection, plan.staged, request_relations(), plan.scores, plan.source, window, folder, told), folder))  # fmt: skip
            with write_transaction(database, "own") as transaction:
                _enter(transaction, plan, found, replaced_from=part[0].begins, everything=fresh and number == 0)
                for sums, _ in found:
                    result = result.plus(sums)
                last = part[-1]
                note(transaction.catalogue, last.begins if last.ends is None else last.ends, result)  # type: ignore[arg-type]
    return result


def _check_alone(database: Path, name: str) -> None:
    """A database's log is either here or in one warehouse: a question about its requests has one place to go."""
    if not database.exists():
        return
    store = open_store(database)
    here = store.rows("SELECT count(*) FROM segments WHERE segment NOT IN (SELECT segment FROM warehouse_segments)")[0][
        0
    ]
    others = [row[0] for row in store.rows("SELECT name FROM warehouses WHERE name <> $name", {"name": name})]
    if here or others:
        what = f"is the log of the warehouse '{others[0]}'" if others else "holds a log that was loaded"
        raise SourceError(f"{database.name} {what}: read '{name}' into a database of its own (--db).")


def _plan(database: Path, warehouse: Warehouse, since: datetime | None) -> tuple[_Plan, datetime | None]:
    """What the log is made of; the moment of its first call is asked only when it is read from the beginning."""
    connection = connect(warehouse.address)
    engine = connection.engine
    text, types = source_rows_sql(
        warehouse.table,
        connection.table_sql(warehouse.table),
        connection.table_columns(warehouse.table),
        dict(warehouse.columns),
        engine,
    )
    asked = Questions(connection, (("source_rows", text),), Window(since))
    known = [] if since is None else _known_pairs(database, warehouse.name)
    found: Pairs = [
        (row[0], row[1]) for row in asked.rows(models_sql(types), {"logged": "VARCHAR", "provider": "VARCHAR"})
    ]
    pairs = list(dict.fromkeys([*known, *found]))
    first_at = None
    if since is None and warehouse.start is None:
        sane = "timestamp >= TIMESTAMPTZ '2000-01-01' AND timestamp < TIMESTAMPTZ '2100-01-01'"
        moment = "TRY_CAST(timestamp AS TIMESTAMPTZ)" if types["timestamp"] == "VARCHAR" else "timestamp"
        question = f"SELECT min(timestamp) AS first_at FROM (SELECT {moment} AS timestamp FROM source_rows) AS moments WHERE {sane}"
        first_at = asked.rows(question, {"first_at": "TIMESTAMP WITH TIME ZONE"})[0][0]
    prices = prices_sql(price_table_rows(resolve_prices(pairs, own_prices_of(database))))
    source = warehouse.source or warehouse.name
    staged = staged_relations(text, types, prices, warehouse.keep_prompts, source)
    return _Plan(warehouse, connection, pairs, staged, _scores(connection, warehouse.scores)), first_at


def _scores(connection: Connection, table: str) -> str | None:
    """The table of late scores under canonical names."""
    if not table:
        return None
    spelled = {name.lower(): name for name in connection.table_columns(table)}
    for name in ("request_id", "quality"):
        if name not in spelled:
            raise SourceError(f"{table} has no column '{name}': late scores need request_id and quality.")
    kinds = {"request_id": "VARCHAR", "quality": "DOUBLE", "quality_metric": "VARCHAR", "scored_at": "TIMESTAMPTZ"}
    columns = (
        f"CAST({chr(34) + spelled[field.name] + chr(34) if field.name in spelled else 'NULL'} AS {kinds[field.name]}) AS {field.name}"
        for field in SCORE_FIELDS
        if field.name in kinds
    )
    return f"SELECT {', '.join(columns)} FROM {connection.table_sql(table)}"


def _known_pairs(database: Path, name: str) -> Pairs:
    rows = open_store(database).rows("SELECT models FROM warehouses WHERE name = $name", {"name": name})
    return [(model, provider) for model, provider in json.loads(rows[0][0])] if rows else []


def _enter(
    transaction: Transaction,
    plan: _Plan,
    found: Sequence[tuple[WindowSums, Path]],
    replaced_from: datetime | None,
    everything: bool,
) -> None:
    """Segments of sums in place of those that began at `replaced_from` or later (`everything`: of all)."""
    connection = transaction.catalogue
    name = plan.warehouse.name
    old = connection.execute(
        "SELECT segment FROM warehouse_segments WHERE name = ? AND (? OR begins >= ?)",
        [name, everything, replaced_from],
    ).fetchall()
    for (segment,) in old:
        loads = [
            row[0] for row in connection.execute("SELECT load_id FROM segments WHERE segment = ?", [segment]).fetchall()
        ]
        for load_id in loads:
            connection.execute("DELETE FROM loads WHERE load_id = ?", [load_id])
            connection.execute("DELETE FROM rejections WHERE load_id = ?", [load_id])
        connection.execute("DELETE FROM segments WHERE segment = ?", [segment])
        connection.execute("DELETE FROM warehouse_segments WHERE segment = ?", [segment])
    for sums, files in found:
        if sums.read:
            _enter_window(transaction, plan, sums, files)
    connection.execute(
        "INSERT OR REPLACE INTO warehouses VALUES (?, ?, ?)", [name, plan.rows.to_json(), json.dumps(plan.pairs)]
    )
    refresh_prices(connection, plan.pairs, own_prices_of(transaction.path))


def _enter_window(transaction: Transaction, plan: _Plan, sums: WindowSums, files: Path) -> None:
    connection = transaction.catalogue
    name = plan.warehouse.name
    load_id = int(connection.execute("SELECT coalesce(max(load_id), 0) + 1 FROM loads").fetchall()[0][0])
    counts = [sums.read, sums.loaded, sums.read - sums.loaded - sums.rejected, sums.rejected, json.dumps(sums.unpriced)]
    connection.execute(
        "INSERT INTO loads VALUES (?, ?, ?, 'warehouse', 'log', now(), ?, ?, ?, ?, ?)",
        [load_id, plan.warehouse.table, plan.source, *counts],
    )
    for one in sums.refused:
        reason = f"{one.rows:,} {'row' if one.rows == 1 else 'rows'} of the warehouse: {one.reason}"
        connection.execute(
            "INSERT INTO rejections VALUES (?, ?, NULL, ?, ?)",
            [load_id, plan.warehouse.table, reason, json.dumps({"request_id": one.example}, ensure_ascii=False)],
        )
    folder = transaction.new_segment()
    for file in files.iterdir():
        shutil.move(file, folder / file.name)
    connection.execute(
        "INSERT INTO segments VALUES (?, ?, ?, ?, ?)", [folder.name, load_id, sums.first_at, sums.last_at, sums.loaded]
    )
    connection.execute(
        "INSERT INTO warehouse_segments VALUES (?, ?, ?, ?)", [folder.name, name, sums.window.begins, sums.window.ends]
    )
