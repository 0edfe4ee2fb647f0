"""The policies' white list where sqlglot does not translate it: hours, days of the week, containment, IS TRUE."""

from sqlglot import exp

_BIGQUERY_SPARK = ("bigquery", "spark")


def is_weekday(node: exp.Expr) -> bool:
    """Whether `node` is the day of the week counted from Sunday."""
    named = isinstance(node, exp.Extract) and node.name.lower() in ("dow", "dayofweek")
    return named or isinstance(node, exp.DayOfWeek)


def rewritten_part(node: exp.Expr, dialect: str) -> exp.Expr:
    """The node in words that the dialect reads as DuckDB reads its own; the node itself where there is nothing to do."""
    if isinstance(node, exp.Hour):
        return _part("HOUR", node.this)
    if is_weekday(node):
        return _weekday(node.this if isinstance(node, exp.DayOfWeek) else node.expression, dialect)
    if isinstance(node, exp.Extract) and node.name.lower() in ("isodow", "dayofweekiso"):
        return _iso_weekday(node.expression, dialect)
    if isinstance(node, exp.Contains) and dialect in ("postgres", "bigquery", "trino"):
        # BigQuery's CONTAINS_SUBSTR ignores case; Postgres and Trino have no CONTAINS for texts.
        return exp.GT(this=exp.StrPosition(this=node.this, substr=node.expression), expression=exp.Literal.number(0))
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Boolean) and dialect == "snowflake":
        # Snowflake has no IS TRUE; sqlglot drops it, which leaves NULL where false is meant.
        value = node.this if node.expression.this else exp.Not(this=exp.paren(node.this))
        return exp.Coalesce(this=value, expressions=[exp.false()])
    return node


def _part(name: str, moment: exp.Expr) -> exp.Expr:
    return exp.Extract(this=exp.var(name), expression=moment)


def _weekday(moment: exp.Expr, dialect: str) -> exp.Expr:
    """0 on Sunday to 6 on Saturday."""
    if dialect in _BIGQUERY_SPARK:
        return exp.paren(exp.Sub(this=_part("DAYOFWEEK", moment), expression=exp.Literal.number(1)))
    if dialect in ("clickhouse", "trino"):
        return exp.paren(exp.Mod(this=_iso_weekday(moment, dialect), expression=exp.Literal.number(7)))
    return _part("DOW" if dialect == "postgres" else "DAYOFWEEK", moment)


def _iso_weekday(moment: exp.Expr, dialect: str) -> exp.Expr:
    """1 on Monday to 7 on Sunday."""
    if dialect in _BIGQUERY_SPARK:
        shifted = exp.Add(this=_part("DAYOFWEEK", moment), expression=exp.Literal.number(5))
        return exp.paren(exp.Add(this=exp.Mod(this=exp.paren(shifted), expression=exp.Literal.number(7)), expression=exp.Literal.number(1)))  # fmt: skip
    if dialect == "clickhouse":
        return exp.func("toDayOfWeek", moment)
    return _part({"snowflake": "DAYOFWEEKISO", "trino": "DAY_OF_WEEK"}.get(dialect, "ISODOW"), moment)
