"""A sync with a warehouse: windows of its log become segments of sums here; what was read before is replaced, never added to."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path

import duckdb

from analytics.engines import Window
from analytics.errors import SourceError
from analytics.logs.prices import refresh_prices
from analytics.prices import own_prices_of
from analytics.store import Transaction, open_store, write_transaction
from analytics.warehouse.plan import Plan, Warehouse, plan_of
from analytics.warehouse.relations import request_relations
from analytics.warehouse.sums import Progress, WindowSums, write_window
from analytics.warehouse.windows import windows_to_read

Note = Callable[[duckdb.DuckDBPyConnection, datetime, "WarehouseResult"], None]


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


def sync_warehouse(
    database: Path, warehouse: Warehouse, since: datetime | None, now: datetime, note: Note, tell: Progress
) -> WarehouseResult:
    """Read what is new since a sync that settled everything before `since` (None: read it all, and replace what is here).

    `note` is called in each transaction with the moment from which the next sync reads and the result so far. Raises
    SourceError; what was read until then stays.
    """
    _check_alone(database, warehouse.name)
    plan, first_at = plan_of(database, warehouse, since)
    start = datetime.combine(warehouse.start, time(), UTC) if warehouse.start else None
    windows = windows_to_read(since or start, first_at, now, warehouse.settling)
    result = WarehouseResult()
    # What is here already is replaced at once; a first sync goes on where it broke off.
    parts = [windows] if _holds(database) else [(one,) for one in windows]
    for number, part in enumerate(parts):
        with tempfile.TemporaryDirectory(prefix="routecast-warehouse-") as work:
            told = partial(_told, tell, number / len(parts), 1 / len(parts) / len(part))
            found = [
                _read(plan, window, Path(work) / str(place), partial(told, place)) for place, window in enumerate(part)
            ]
            with write_transaction(database, "own", "sync a warehouse") as transaction:
                _enter(transaction, plan, found, part[0].begins, everything=since is None and number == 0)
                for sums, _ in found:
                    result = result.plus(sums)
                note(transaction.catalogue, part[-1].ends or part[-1].begins or now, result)
    return result


def _told(tell: Progress, done: float, each: float, place: int, share: float, what: str) -> None:
    tell(done + each * (place + share), what)


def _read(plan: Plan, window: Window, folder: Path, tell: Progress) -> tuple[WindowSums, Path]:
    """The sums of a window, as files in `folder`."""
    folder.mkdir()
    sums = write_window(
        plan.connection, plan.staged, request_relations(), plan.scores, plan.source, window, folder, tell
    )
    return sums, folder


def _holds(database: Path) -> bool:
    return database.exists() and bool(open_store(database).rows("SELECT 1 FROM warehouse_segments LIMIT 1"))


def _check_alone(database: Path, name: str) -> None:
    """A database's log is either here or in one warehouse: a question about its requests has one place to go."""
    if not database.exists():
        return
    store = open_store(database)
    here = store.rows("SELECT 1 FROM segments WHERE segment NOT IN (SELECT segment FROM warehouse_segments) LIMIT 1")
    others = [row[0] for row in store.rows("SELECT name FROM warehouses WHERE name <> $name", {"name": name})]
    if here or others:
        what = f"is the log of the warehouse '{others[0]}'" if others else "holds a log that was loaded"
        raise SourceError(f"{database.name} {what}: read '{name}' into a database of its own (--db).")


def _enter(
    transaction: Transaction,
    plan: Plan,
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
        transaction.replaced.append(segment)
        connection.execute("DELETE FROM warehouse_segments WHERE segment = ?", [segment])
    for sums, files in found:
        if sums.read:
            _enter_window(transaction, plan, sums, files)
    connection.execute(
        "INSERT OR REPLACE INTO warehouses VALUES (?, ?, ?)", [name, plan.rows.to_json(), json.dumps(plan.pairs)]
    )
    refresh_prices(connection, plan.pairs, own_prices_of(transaction.path))


def _enter_window(transaction: Transaction, plan: Plan, sums: WindowSums, files: Path) -> None:
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
