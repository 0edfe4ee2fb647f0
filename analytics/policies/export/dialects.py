"""What sqlglot does not translate of the white list's functions, so that a condition means the same in every warehouse."""

from sqlglot import exp

DIALECTS = ("duckdb", "postgres", "bigquery", "snowflake")


def in_dialect(query: exp.Expr, dialect: str) -> exp.Expr:
    """The query with the functions that differ rewritten for `dialect`."""
    return query.transform(lambda node: _rewritten(node, dialect))


def is_weekday(node: exp.Expr) -> bool:
    """Whether `node` is the day of the week counted from Sunday."""
    named = isinstance(node, exp.Extract) and node.name.lower() in ("dow", "dayofweek")
    return named or isinstance(node, exp.DayOfWeek)


def _rewritten(node: exp.Expr, dialect: str) -> exp.Expr:
    if isinstance(node, exp.Hour):
        return _part("HOUR", node.this)
    if is_weekday(node):
        return _weekday(node.this if isinstance(node, exp.DayOfWeek) else node.expression, dialect)
    if isinstance(node, exp.Extract) and node.name.lower() in ("isodow", "dayofweekiso"):
        return _iso_weekday(node.expression, dialect)
    if isinstance(node, exp.Contains) and dialect in ("postgres", "bigquery"):
        # BigQuery's CONTAINS_SUBSTR ignores case and Postgres has no CONTAINS.
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
    if dialect == "bigquery":
        return exp.paren(exp.Sub(this=_part("DAYOFWEEK", moment), expression=exp.Literal.number(1)))
    return _part("DOW" if dialect == "postgres" else "DAYOFWEEK", moment)


def _iso_weekday(moment: exp.Expr, dialect: str) -> exp.Expr:
    """1 on Monday to 7 on Sunday."""
    if dialect == "bigquery":
        shifted = exp.Add(this=_part("DAYOFWEEK", moment), expression=exp.Literal.number(5))
        return exp.paren(exp.Add(this=exp.Mod(this=exp.paren(shifted), expression=exp.Literal.number(7)), expression=exp.Literal.number(1)))  # fmt: skip
    return _part("DAYOFWEEKISO" if dialect == "snowflake" else "ISODOW", moment)
