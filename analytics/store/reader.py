"""Reading: one connection per version of a database, one cursor per query."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import duckdb

from analytics.engines.rows import RemoteRows, reads_rows
from analytics.errors import StoreError
from analytics.store.catalogue import MIGRATIONS, check_version, schema_version
from analytics.store.connection import attach_catalogue, connect_memory, damaged_segment, explained, lock_down
from analytics.store.patience import patiently
from analytics.store.recent import Recent
from analytics.store.scores import scored_sql
from analytics.store.segments import LATER_TABLES, SEGMENT_TABLES, segment_schema, segments_folder, table_sql

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

Parameters = Sequence[object] | Mapping[str, object] | None
MOST_KEPT = 24

CATALOGUE_TABLES = (
    "meta", "loads", "rejections", "segments", "outcomes", "scores", "prices", "routers", "router_traffic", "router_prompts",
    "invoices", "budgets", "saved", "adoptions", "adoption_cells", "sources",
    "changes", "prompts_kept",
    "warehouses", "warehouse_segments",
)  # fmt: skip


@dataclass(frozen=True)
class Store:
    """One version of a database, open for reading from any thread.

    `version` changes with every write and is the key for whatever is cached. Queries see the catalogue's tables and
    the segments' `requests`, `rollup`, `classes`, `class_scores` and `latency_histogram`; `scored_requests` has a request once
    per metric that it was scored in, late scores included. Where the log stays in a warehouse (`remote`), the two are empty
    here, and a question that reads them is put to the warehouse. `kept` is what readers keep for as long as this version is open.
    """

    path: Path
    kind: Literal["own", "demo", "empty"]
    version: str
    connection: duckdb.DuckDBPyConnection = field(repr=False, compare=False, hash=False)
    remote: RemoteRows | None = field(default=None, repr=False, compare=False, hash=False)
    kept: Recent[Any] = field(default_factory=lambda: Recent(MOST_KEPT), repr=False, compare=False, hash=False)

    def rows(self, sql: str, params: Parameters = None) -> list[tuple[Any, ...]]:
        """The result as tuples."""
        with self._cursor() as cursor:
            text, values = self._asked(cursor, sql, params)
            return patiently(cursor, lambda: cursor.execute(text, values).fetchall())

    def columns(
        self, sql: str, params: Parameters = None, given: "pl.DataFrame | None" = None
    ) -> "dict[str, np.ndarray[Any, Any]]":
        """The result as one numpy array per column, masked where a value is NULL; `given` is there as a table of that name."""
        with self._cursor() as cursor:
            if given is not None:
                cursor.register("given", given)
            text, values = self._asked(cursor, sql, params)
            return patiently(cursor, lambda: cursor.execute(text, values).fetchnumpy())

    def frame(self, sql: str, params: Parameters = None) -> "pl.DataFrame":
        """The result as a polars frame with plain numbers (no Decimal, no 128-bit integer)."""
        import polars as pl
        import polars.selectors as cs

        with self._cursor() as cursor:
            text, values = self._asked(cursor, sql, params)
            found: pl.DataFrame = patiently(cursor, lambda: cursor.sql(text, params=values or None).pl())
        return found.with_columns(cs.decimal().cast(pl.Float64))

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own for one query; what DuckDB says of a damaged database becomes a sentence."""
        try:
            with self.connection.cursor() as cursor:
                yield cursor
        except duckdb.Error as error:
            if known := explained(self.path, error):
                raise known from error
            raise

    def _asked(self, cursor: duckdb.DuckDBPyConnection, sql: str, params: Parameters) -> tuple[str, Any]:
        """The question as it is; or, when it reads requests that are in a warehouse, a look at the answer from there."""
        if self.remote is None or not reads_rows(sql):
            return sql, params or []
        assert params is None or isinstance(params, Mapping)
        return self.remote.ask(cursor, sql, params or {}), []


_open: dict[Path, tuple[tuple[int, int, int], Store]] = {}
_opening = threading.Lock()


def open_store(path: Path | str) -> Store:
    """The current version of the database at `path`; opened once per process and version.

    Raises StoreError when there is none, or when it is damaged, newer than this program, or not Routecast's.
    """
    path = Path(path).absolute()
    with _opening:
        try:
            status = path.stat()
        except OSError as error:
            raise StoreError(
                f"There is no database at {path}: load a log with `routecast load FILE`, or build the demo with `routecast demo`."
            ) from error
        if not path.is_file():
            raise StoreError(f"{path} is not a regular file: name the database file with --db.")
        signature = (status.st_ino, status.st_mtime_ns, status.st_size)
        known = _open.get(path)
        if known is None or known[0] != signature:
            _open[path] = known = (signature, _opened(path))
        return known[1]


def _opened(path: Path) -> Store:
    try:
        path.open("rb").close()  # DuckDB would only say that it is no database
        return _read(path)
    except OSError as error:
        raise StoreError(f"{error.filename} cannot be read ({error.strerror}): mend its permissions.") from error
    except duckdb.Error as error:
        if known := explained(path, error):
            raise known from error
        raise


def _check_complete(path: Path, segments: list[str], table: str) -> None:
    for segment in segments:
        if not (segments_folder(path) / segment / f"{table}.parquet").exists():
            raise damaged_segment(path, f"{table}.parquet of its segment {segment} is missing")


def _read(path: Path) -> Store:
    connection = connect_memory()
    attach_catalogue(connection, path)
    version = schema_version(connection, "catalogue") or -1
    check_version(path, version)
    # An older catalogue is read as it is; the tables it lacks are there and empty. The next write migrates it.
    for script in MIGRATIONS[version:]:
        connection.execute(script.read_text(encoding="utf-8"))
    lacking = {
        row[0]
        for row in connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory'"
        ).fetchall()
    }
    for table in CATALOGUE_TABLES:
        if table not in lacking:
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM catalogue.{table}")
    segments = [row[0] for row in connection.execute("SELECT segment FROM segments ORDER BY load_id").fetchall()]
    away = {row[0] for row in connection.execute("SELECT segment FROM warehouse_segments").fetchall()}
    if segments:
        for table in SEGMENT_TABLES:
            here = [one for one in segments if table != "requests" or one not in away]
            if table not in LATER_TABLES:
                _check_complete(path, here, table)
            connection.execute(f"CREATE VIEW {table} AS FROM {table_sql(connection, path, here, table)}")
    else:
        connection.execute(segment_schema)
    connection.execute(f"CREATE VIEW scored_requests AS {scored_sql('requests', 'scores')}")
    remote = connection.execute("SELECT rows FROM warehouses ORDER BY name LIMIT 1").fetchall()
    lock_down(connection, path)
    meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
    kind: Literal["own", "demo"] = "demo" if meta.get("kind") == "demo" else "own"
    return Store(path, kind, meta.get("version", ""), connection, RemoteRows.of(remote[0][0]) if remote else None)
