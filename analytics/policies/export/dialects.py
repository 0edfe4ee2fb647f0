"""The dialects a policy is exported to, so that a condition means the same in every warehouse."""

from sqlglot import exp

from analytics.engines.parts import is_weekday, rewritten_part

__all__ = ["DIALECTS", "in_dialect", "is_weekday"]

DIALECTS = ("duckdb", "postgres", "bigquery", "snowflake")


def in_dialect(query: exp.Expr, dialect: str) -> exp.Expr:
    """The query with the functions that differ rewritten for `dialect`."""
    return query.transform(lambda node: rewritten_part(node, dialect))
