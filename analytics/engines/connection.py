"""The connection to an engine through Ibis: one per address and process, and results that come back in pieces.

Ibis is imported only here and only when a warehouse is asked. Passwords come from the environment, are handed to the driver
and kept nowhere; errors are told without them.
"""

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analytics.engines.kinds import ENGINES, Engine, engine_of
from analytics.errors import SourceError

if TYPE_CHECKING:
    import pyarrow as pa

# What DuckDB calls it, and what it is between here and an engine. Whole numbers travel wide; the reader narrows them.
_ARROW = {
    "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp(6)", "TIMESTAMP WITH TIME ZONE": "timestamp('UTC', 6)",
    "VARCHAR": "string", "JSON": "string", "DOUBLE": "float64", "FLOAT": "float64",
}  # fmt: skip
_INTEGERS = re.compile(r"U?(TINYINT|SMALLINT|INTEGER|BIGINT)|HUGEINT")


@dataclass(frozen=True)
class Address:
    """Where an engine is: an Ibis URL without a password, and the name of the variable that holds it."""

    url: str
    key_env: str = ""

    @property
    def engine(self) -> Engine:
        """What is known of its kind."""
        return ENGINES[engine_of(self.url)]


@dataclass
class Connection:
    """An open connection; one question at a time."""

    backend: Any
    engine: Engine
    secret: str = field(repr=False, default="")
    lock: threading.RLock = field(repr=False, default_factory=threading.RLock)

    def run(self, sql: str) -> None:
        """Run a statement that gives nothing back."""
        with self.lock, self._told():
            found = self.backend.raw_sql(sql)
            if hasattr(found, "close") and self.engine.dialect != "duckdb":
                found.close()

    def batches(self, sql: str, columns: Mapping[str, str]) -> "Iterator[pa.RecordBatch]":
        """The result of a query in pieces; `columns`: its columns' names and DuckDB types, in order."""
        schema = {name: _travels(kind) for name, kind in columns.items()}
        with self.lock, self._told():
            if self.engine.dialect == "duckdb":
                # Ibis 12 asks DuckDB for Arrow by a name that DuckDB 2 no longer has.
                yield from self.backend.con.sql(sql).to_arrow_reader(100_000)
            else:
                yield from self.backend.sql(sql, schema=schema, dialect=self.engine.dialect).to_pyarrow_batches(
                    chunk_size=100_000
                )

    def table_sql(self, table: str) -> str:
        """A table, or the Parquet files of a lake (a path, or a pattern of paths), in DuckDB's SQL."""
        if self.engine.dialect == "duckdb" and ("/" in table or table.endswith(".parquet")):
            path = table.replace("'", "''")
            return f"read_parquet('{path}', union_by_name = true)"
        return ".".join('"' + part.replace('"', '""') + '"' for part in table.split("."))

    def table_columns(self, table: str) -> dict[str, str]:
        """The columns of a table as the engine spells them, with the DuckDB type that comes nearest."""
        with self.lock, self._told():
            if self.engine.dialect == "duckdb":
                rows = self.backend.raw_sql(f"DESCRIBE SELECT * FROM {self.table_sql(table)}").fetchall()
                return {row[0]: row[1] for row in rows}
            parts = table.split(".")
            found = self.backend.table(parts[-1], database=tuple(parts[:-1]) or None).schema()
            return {name: _known(kind) for name, kind in found.items()}

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Every error of a driver as a sentence, without the secret."""
        try:
            yield
        except SourceError:
            raise
        except Exception as error:
            # A line that broke is not asked again: the next question opens another.
            for key in [key for key, known in list(_open.items()) if known is self]:
                _open.pop(key, None)
            text = " ".join(str(error).split())[:300]
            text = text.replace(self.secret, "***") if self.secret else text
            raise SourceError(f"{self.engine.title} answered: {text or type(error).__name__}.") from None


def _travels(kind: str) -> str:
    found = _ARROW.get(kind)
    if found:
        return found
    return "int64" if _INTEGERS.fullmatch(kind) else "float64" if kind.startswith("DECIMAL") else "string"


def _known(kind: Any) -> str:
    """An Ibis type as the DuckDB type that checks are made for; '' for one that holds no single value."""
    if kind.is_integer():
        return "BIGINT"
    if kind.is_floating() or kind.is_decimal():
        return "DOUBLE" if kind.is_floating() else "DECIMAL"
    if kind.is_timestamp():
        return "TIMESTAMP WITH TIME ZONE" if kind.timezone else "TIMESTAMP"
    for name, found in (("boolean", "BOOLEAN"), ("string", "VARCHAR"), ("date", "DATE"), ("uuid", "UUID")):
        if getattr(kind, f"is_{name}")():
            return found
    return ""


_open: dict[tuple[Address, str], Connection] = {}
_opening = threading.Lock()


def connect(address: Address) -> Connection:
    """The connection to an engine. Raises SourceError: the package or the password is missing, or nobody answers."""
    engine = address.engine
    secret = os.environ.get(address.key_env, "").strip() if address.key_env else ""
    if address.key_env and not secret:
        raise SourceError(
            f"The environment variable {address.key_env} is not set: put the password of the warehouse there."
        )
    with _opening:
        known = _open.get((address, secret))
        if known is None:
            known = _open[(address, secret)] = _connected(address, engine, secret)
        return known


def _connected(address: Address, engine: Engine, secret: str) -> Connection:
    try:
        import ibis
    except ImportError:
        raise SourceError(f"Logs in a warehouse need another package: pip install '{engine.package}'.") from None
    asked: dict[str, object] = {engine.secret: secret} if secret and engine.secret else {}
    if engine.dialect == "duckdb" and address.url.removeprefix("duckdb://"):
        asked["read_only"] = True
    blank = Connection(None, engine, secret)
    try:
        with blank._told():
            backend = ibis.connect(address.url, **asked)
    except SourceError as error:
        if "No module named" in str(error) or "Failed to import" in str(error):
            raise SourceError(f"{engine.title} needs another package: pip install '{engine.package}'.") from None
        raise
    opened = Connection(backend, engine, secret)
    for statement in engine.start:
        opened.run(statement)
    return opened
