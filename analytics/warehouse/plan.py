"""What a log in a warehouse is made of today: its table and columns, its models and their prices, as relations."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from analytics.engines import Address, RemoteRows, Window
from analytics.engines.connection import Connection, connect
from analytics.errors import SourceError
from analytics.logs.fields import SCORE_FIELDS
from analytics.logs.stage import price_table_rows
from analytics.logs.stage_sql import models_sql
from analytics.prices import own_prices_of, resolve_prices
from analytics.store import open_store
from analytics.warehouse.relations import (
    Relations,
    prices_sql,
    request_relations,
    scored_relations,
    source_rows_sql,
    staged_relations,
)
from analytics.warehouse.sums import Questions

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
class Plan:
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


def plan_of(database: Path, warehouse: Warehouse, since: datetime | None) -> tuple[Plan, datetime | None]:
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
    return Plan(warehouse, connection, pairs, staged, _scores(connection, warehouse.scores)), first_at


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
