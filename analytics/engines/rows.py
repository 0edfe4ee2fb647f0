"""The rows of a log that stays in an engine: what `requests` means there, and questions put to them.

A question is the same SQL that DuckDB would be asked. It is translated, runs where the rows are, and its answer comes back
in the types that DuckDB would have given.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb

from analytics.engines.connection import Address, connect
from analytics.errors import UsageError

if TYPE_CHECKING:
    from sqlglot import exp


# Copies of a call and attempts of a request are looked for this far beyond the rows that are asked for.
MARGIN = timedelta(days=1)
BEGINNING, END = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
TABLES = ("requests", "scored_requests")
_reads = re.compile(r"\b(?:from|join)\s+(?:scored_)?requests\b", re.IGNORECASE)


@dataclass(frozen=True)
class Window:
    """Calls that began in [begins, ends), UTC; None leaves a side open."""

    begins: datetime | None = None
    ends: datetime | None = None

    def values(self) -> dict[str, object]:
        """The parameters of the relations; calls without a time belong to a window without a beginning."""
        begins, ends = self.begins or BEGINNING, self.ends or END
        return {
            "window_from": begins, "window_to": ends, "read_from": begins - MARGIN, "read_to": ends + MARGIN,
            "without_time": self.begins is None,
        }  # fmt: skip


@dataclass(frozen=True)
class RemoteRows:
    """`relations`: names and texts in DuckDB's SQL, each over those before it, up to the TABLES; `name`: of the source."""

    name: str
    url: str
    key_env: str
    relations: tuple[tuple[str, str], ...]

    @property
    def address(self) -> Address:
        return Address(self.url, self.key_env)

    def to_json(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, text: str) -> "RemoteRows":
        """What `to_json` wrote."""
        found = json.loads(text)
        return cls(found["name"], found["url"], found["key_env"], tuple((one[0], one[1]) for one in found["relations"]))

    def ask(self, cursor: duckdb.DuckDBPyConnection, question: str, values: Mapping[str, object]) -> str:
        """Put a question to the engine and lay its answer into `cursor`; returns the query that reads it there.

        `cursor` knows the tables of the database, `requests` empty among them: it tells the answer's columns and types.
        """
        import pyarrow as pa

        from analytics.engines.translate import translated

        self._check(question)
        shape = cursor.sql(question, params=dict(values) or None)
        columns = dict(zip(shape.columns, map(str, shape.types), strict=True))
        of_requests = {row[0]: row[1] for row in cursor.execute("DESCRIBE requests").fetchall()}
        tables = dict.fromkeys(TABLES, of_requests)
        told = _folded(cursor, question, values)
        window = _window_of(cursor, told)
        asked = translated(told, {}, self.address.engine, self.relations, window.values(), tables)
        there = dict(zip(asked.columns, columns.values(), strict=True))
        schema: pa.Schema | None = None
        found: list[pa.RecordBatch] = []
        for batch in connect(self.address).batches(asked.sql, there):
            schema, found = batch.schema, [*found, batch]
        if schema is None:
            empty = ", ".join(f"NULL::{kind} AS {_quoted(name)}" for name, kind in columns.items())
            return f"SELECT {empty} WHERE false"
        cursor.register("answer", pa.Table.from_batches(found, schema).rename_columns(list(columns)))
        return f"SELECT {casts(columns)} FROM answer"

    def _check(self, question: str) -> None:
        """Refuse what only a log that is here can answer: other tables beside its requests, or hashes of theirs."""
        from sqlglot import exp, parse_one

        tree = parse_one(question, dialect="duckdb")
        others = {one.name for one in tree.find_all(exp.Table) if one.name} - {
            one.alias for one in tree.find_all(exp.CTE)
        }
        hashes = any(one.name.lower() == "hash" for one in tree.find_all(exp.Anonymous))
        if hashes or not others <= set(TABLES):
            raise UsageError(
                f"This works through single requests here, and those of this log stay in the warehouse '{self.name}': load an "
                "extract of them into a database of its own (--db) for it."
            )


def reads_rows(question: str) -> bool:
    """Whether a question reads single requests."""
    return _reads.search(question) is not None


def casts(columns: Mapping[str, str]) -> str:
    """Columns as they came, in the types they should have."""
    return ", ".join(f"{_quoted(name)}::{kind} AS {_quoted(name)}" for name, kind in columns.items())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _folded(cursor: duckdb.DuckDBPyConnection, question: str, values: Mapping[str, object]) -> str:
    """The question with its values, and with moments that no row changes worked out here.

    A local time AT TIME ZONE becomes an instant, and an instant a local time: engines have one word for both, or two.
    """
    from sqlglot import exp

    from analytics.engines.common import value_tree
    from analytics.engines.translate import parsed

    tree = parsed(question, values)
    for node in list(tree.find_all(exp.AtTimeZone)):
        if not node.find(exp.Column) and not node.find_ancestor(exp.AtTimeZone):
            moment = cursor.execute(f"SELECT {node.sql(dialect='duckdb')}").fetchall()[0][0]
            node.replace(value_tree(moment))
    return tree.sql(dialect="duckdb")


def _window_of(cursor: duckdb.DuckDBPyConnection, question: str) -> Window:
    """The window that a question's own conditions leave, so that the engine need not look at the whole log for a page of it."""
    from sqlglot import exp

    from analytics.engines.translate import parsed

    tree = parsed(question, {})
    tables = [one for one in tree.find_all(exp.Table) if one.name in TABLES]
    query = tables[0].find_ancestor(exp.Select) if len(tables) == 1 else None
    where = query.args.get("where") if query is not None else None
    terms = [] if where is None else list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]
    sides = [side for side in (_bound(cursor, term) for term in terms) if side is not None]
    return Window(
        max((moment for name, moment in sides if name == "begins"), default=None),
        min((moment for name, moment in sides if name == "ends"), default=None),
    )


def _bound(cursor: duckdb.DuckDBPyConnection, term: "exp.Expr") -> tuple[str, datetime] | None:
    """'begins' or 'ends' and the moment, for a comparison of `timestamp` with something that no row changes."""
    from sqlglot import exp

    if not isinstance(term, exp.GTE | exp.GT | exp.LTE | exp.LT | exp.EQ):
        return None
    if not isinstance(term.this, exp.Column) or term.this.name != "timestamp" or term.expression.find(exp.Column):
        return None
    moment: Any = cursor.execute(f"SELECT epoch_us(({term.expression.sql(dialect='duckdb')})::TIMESTAMPTZ)").fetchall()[
        0
    ][0]
    if moment is None or isinstance(term, exp.EQ):
        return None
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)
    # One step further where the moment itself is meant.
    return ("begins", at) if isinstance(term, exp.GTE | exp.GT) else ("ends", at + timedelta(microseconds=1))
