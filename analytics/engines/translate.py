"""From DuckDB's SQL to an engine's, unchanged in meaning."""

from collections.abc import Mapping

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from analytics.engines.common import bound, grouped, rewritten, windowed
from analytics.engines.dialects import REWRITES
from analytics.engines.kinds import Engine
from analytics.errors import StoreError

Columns = Mapping[str, str]


def parsed(query: str, values: Mapping[str, object] | None = None) -> exp.Expr:
    """A query in DuckDB's dialect as a tree, the values of its parameters in their places."""
    return bound(parse_one(query, dialect="duckdb"), values or {})


def with_relations(query: exp.Expr, relations: Mapping[str, str | exp.Expr]) -> exp.Expr:
    """`query` (a tree that is used up) over named relations, each of which may read those before it."""
    own = query.args.get("with_")
    before = [
        exp.CTE(this=parse_one(text, dialect="duckdb") if isinstance(text, str) else text, alias=exp.TableAlias(this=exp.to_identifier(name)))
        for name, text in relations.items()
    ]  # fmt: skip
    query.set("with_", exp.With(expressions=[*before, *(own.expressions if own else [])]))
    return query


def translated(query: exp.Expr, engine: Engine, tables: Mapping[str, Columns] | None = None) -> str:
    """The SQL of the engine; `tables`: columns and DuckDB types of the tables whose `*` is asked for.

    Raises StoreError when the query says something that is known to have no translation.
    """
    dialect = engine.dialect
    try:
        tree = qualify(
            windowed(query), dialect="duckdb, normalization_strategy=case_sensitive", schema={name: dict(columns) for name, columns in (tables or {}).items()},
            expand_alias_refs=False, validate_qualify_columns=False, identify=True,
        )  # fmt: skip
        tree = grouped(tree).transform(rewritten)
        for name in engine.differs:
            tree = tree.transform(lambda node, name=name: REWRITES[name](node, dialect) or node)
        _check(tree, engine)
        return str(tree.sql(dialect=dialect, identify=True, comments=False))
    except SqlglotError as error:
        raise StoreError(f"This question cannot be put to {engine.title}: {str(error).splitlines()[0]}.") from error


# Functions of DuckDB that sqlglot does not know: without a rewrite they would reach the engine as they are.
_FOREIGN = frozenset({"epoch_ms", "epoch_us", "hash", "isfinite", "format", "json_type"})


def _check(tree: exp.Expr, engine: Engine) -> None:
    for node in tree.walk():
        name = (
            node.name.lower() if isinstance(node, exp.Anonymous) else "format" if isinstance(node, exp.Format) else ""
        )
        if name in _FOREIGN and engine.dialect != "duckdb":
            raise StoreError(f"This question cannot be put to {engine.title}: it has no {name}().")
