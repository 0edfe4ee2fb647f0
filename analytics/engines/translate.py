"""From DuckDB's SQL to an engine's, unchanged in meaning.

The relations of a log are long and always the same: they are translated once, with marks where the window of time goes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from analytics.engines.common import bound, grouped, rewritten, windowed
from analytics.engines.dialects import REWRITES
from analytics.engines.kinds import Engine
from analytics.errors import StoreError

Relations = tuple[tuple[str, str], ...]
Tables = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Translation:
    """A query in the SQL of an engine, and the names of its columns there."""

    sql: str
    columns: tuple[str, ...]


def parsed(query: str, values: Mapping[str, object]) -> exp.Expr:
    """A query in DuckDB's dialect as a tree, the values of its parameters in their places."""
    return bound(parse_one(query, dialect="duckdb"), values)


def translated(
    question: str,
    values: Mapping[str, object],
    engine: Engine,
    relations: Relations,
    window: Mapping[str, object],
    tables: Tables,
) -> Translation:
    """The question over the relations, of which `window` has the parameters, in the engine's SQL.

    `tables`: columns and types of the relations whose `*` is asked for. Raises StoreError when the question says something
    that is known to have no translation.
    """
    try:
        tree = _rewritten(parsed(question, values), engine, tables)
        text = tree.sql(dialect=engine.dialect, identify=True, comments=False)
        before = _filled(_relations_sql(relations, engine), window)
    except SqlglotError as error:
        raise StoreError(f"This question cannot be put to {engine.title}: {str(error).splitlines()[0]}.") from error
    sql = f"{before}, {text.removeprefix('WITH ')}" if text.startswith("WITH ") else f"{before} {text}"
    return Translation(sql, tuple(tree.named_selects))


@lru_cache(maxsize=64)
def _relations_sql(relations: Relations, engine: Engine) -> str:
    """`WITH ...`, a mark for each parameter."""
    ctes = [exp.CTE(this=_marked(text), alias=exp.TableAlias(this=exp.to_identifier(name))) for name, text in relations]
    over = exp.select("1").from_(relations[-1][0])
    over.set("with_", exp.With(expressions=ctes))
    tree = _rewritten(over, engine, {})
    return str(tree.args["with_"].sql(dialect=engine.dialect, identify=True, comments=False))


def _marked(text: str) -> exp.Expr:
    def mark(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        sign = exp.Literal.string(f"<{node.name}>")
        return exp.EQ(this=sign, expression=exp.Literal.string("yes")) if node.name == "without_time" else exp.cast(sign, "timestamptz")  # fmt: skip

    return parse_one(text, dialect="duckdb").transform(mark, copy=False)


def _filled(text: str, window: Mapping[str, object]) -> str:
    for name, value in window.items():
        said = value.isoformat(" ") if isinstance(value, datetime) else "yes" if value else "no"
        text = text.replace(f"'<{name}>'", f"'{said}'")
    return text


def _rewritten(query: exp.Expr, engine: Engine, tables: Tables) -> exp.Query:
    dialect = engine.dialect
    tree = qualify(
        windowed(query),
        # Names in quotation marks are the engine's own: they stay as they are spelled.
        dialect="duckdb, normalization_strategy=case_sensitive",
        schema={name: dict(columns) for name, columns in tables.items()},
        expand_alias_refs=False,
        validate_qualify_columns=False,
        identify=True,
    )
    tree = _from_below(grouped(tree), rewritten)
    for name in engine.differs:
        tree = _from_below(tree, partial(_own_words, name, dialect))
    _check(tree, engine)
    assert isinstance(tree, exp.Query)
    return tree


def _own_words(name: str, dialect: str, node: exp.Expr) -> exp.Expr:
    return REWRITES[name](node, dialect) or node


def _from_below(tree: exp.Expr, rewrite: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """Every node rewritten, what is inside another first: sqlglot's own `transform` leaves alone what a new node holds."""
    for node in reversed(list(tree.walk())):
        new = rewrite(node)
        if new is not node:
            node.replace(new)
    return tree


# Functions of DuckDB that sqlglot does not know: without a rewrite they would reach the engine as they are.
_FOREIGN = frozenset({"epoch_us", "hash", "isfinite", "format", "json_type"})


def _check(tree: exp.Expr, engine: Engine) -> None:
    for node in tree.walk():
        name = (
            node.name.lower() if isinstance(node, exp.Anonymous) else "format" if isinstance(node, exp.Format) else ""
        )
        if name in _FOREIGN and engine.dialect != "duckdb":
            raise StoreError(f"This question cannot be put to {engine.title}: it has no {name}().")
