"""What every engine but DuckDB lacks or reads otherwise, written so that all of them read it alike."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import cast

from sqlglot import exp

_WINDOWED_ELSEWHERE = (exp.Subquery, exp.CTE)
_DOUBLE = exp.DataType.build("double")


def bound(tree: exp.Expr, values: Mapping[str, object]) -> exp.Expr:
    """The query with the values of its parameters as literals, escaped by the dialect that is written."""

    def literal(node: exp.Expr) -> exp.Expr:
        return value_tree(values[node.name]) if isinstance(node, exp.Placeholder) else node

    return tree.transform(literal)


def value_tree(value: object) -> exp.Expr:
    """A Python value as an SQL literal; moments are instants in UTC."""
    if value is None:
        return exp.null()
    if isinstance(value, bool):
        return exp.true() if value else exp.false()
    if isinstance(value, int):
        number = exp.Literal.number(abs(value))
        return exp.paren(exp.Neg(this=number)) if value < 0 else number
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), "double")
    if isinstance(value, datetime):
        kind = "timestamptz" if value.tzinfo else "timestamp"
        return exp.cast(exp.Literal.string(value.isoformat(" ")), kind)
    if isinstance(value, date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    if isinstance(value, list | tuple):
        return exp.Array(expressions=[value_tree(one) for one in value])
    return exp.Literal.string(str(value))


def grouped(tree: exp.Expr) -> exp.Expr:
    """GROUP BY ALL and ORDER BY ALL by the numbers of their columns."""
    for query in list(tree.find_all(exp.Select)):
        group, order = query.args.get("group"), query.args.get("order")
        if group is not None and group.args.get("all"):
            keys = [place for place, one in enumerate(query.expressions, 1) if not _sums(one)]
            query.set("group", exp.Group(expressions=[exp.Literal.number(place) for place in keys]) if keys else None)
        if order is not None and [one.this.name.upper() for one in order.expressions] == ["ALL"]:
            query.set(
                "order",
                exp.Order(
                    expressions=[
                        exp.Ordered(this=exp.Literal.number(place), desc=False, nulls_first=False)
                        for place in range(1, len(query.expressions) + 1)
                    ]
                ),
            )
    return tree


def _sums(column: exp.Expr) -> bool:
    """Whether a column sums up rows of its own query."""
    inner = column.walk(prune=lambda node: isinstance(node, exp.Query))
    return any(isinstance(node, exp.AggFunc) and not isinstance(node.parent, exp.Window) for node in inner)


def windowed(tree: exp.Expr) -> exp.Expr:
    """Named windows where they are used."""
    for query in list(tree.find_all(exp.Select)):
        named = {one.this.name: one for one in query.args.get("windows") or ()}
        for window in list(query.find_all(exp.Window)) if named else ():
            name = window.alias
            if name in named and window is not named[name]:
                parts = named[name].args.get("partition_by") or []
                window.set("alias", None)
                window.set("partition_by", [part.copy() for part in parts])
        query.set("windows", None)
    return tree


def rewritten(node: exp.Expr) -> exp.Expr:
    """One node that engines read differently, in words that all of them share."""
    if isinstance(node, exp.Filter):
        return _filtered(node)
    if isinstance(node, exp.RegexpLike):
        return _any_word(node)
    if isinstance(node, exp.Round) and node.args.get("decimals") is not None:
        return _rounded(node)
    if isinstance(node, exp.ArrayContains) and isinstance(node.this, exp.Array):
        chosen = node.this.expressions
        return exp.In(this=node.expression, expressions=chosen) if chosen else exp.false()
    if isinstance(node, exp.Anonymous) and node.name.lower() == "hash":
        return _joined(node.expressions)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite":
        # Neither infinity nor NaN is 0 when it is taken from itself.
        value = node.expressions[0]
        return exp.paren(
            exp.EQ(this=exp.Sub(this=exp.paren(value), expression=exp.paren(value.copy())), expression=_number("0"))
        )
    if isinstance(node, exp.Cast) and isinstance(node.this.unnest(), exp.Predicate):
        return _counted(node)
    if isinstance(node, exp.LT | exp.GT) and isinstance(node.this, exp.Tuple):
        return _tuple_compared(node)
    if isinstance(node, exp.DataType) and node.this in (exp.DataType.Type.UTINYINT, exp.DataType.Type.JSON):
        return exp.DataType.build("smallint" if node.this == exp.DataType.Type.UTINYINT else "text")
    if isinstance(node, exp.Literal) and not node.is_string and not node.this.isdigit():
        # 0.5 is a decimal to most engines, and what is worked out with it then has other digits.
        return exp.Cast(this=node.copy(), to=_DOUBLE.copy())
    return node


def _number(text: str) -> exp.Expr:
    return exp.Literal.number(text)


def _filtered(node: exp.Filter) -> exp.Expr:
    """An aggregate over what a CASE lets through."""
    condition = node.expression.this
    aggregate = node.this.copy()
    counted = aggregate.this
    distinct = isinstance(counted, exp.Distinct)
    value = counted.expressions[0] if distinct else counted
    kept = exp.Case().when(condition.copy(), _number("1") if isinstance(value, exp.Star) else value.copy())
    aggregate.set("this", exp.Distinct(expressions=[kept]) if distinct else kept)
    return cast(exp.Expr, aggregate)


def _counted(node: exp.Cast) -> exp.Expr:
    """A condition as a number: not every engine casts one."""
    if not node.to.is_type(*exp.DataType.INTEGER_TYPES):
        return node
    condition = node.this.unnest()
    return exp.paren(exp.Case().when(condition, _number("1")).when(exp.not_(condition.copy()), _number("0")))


def _any_word(node: exp.RegexpLike) -> exp.Expr:
    """A pattern of plain words as LIKE: engines differ in what a regular expression matches."""
    words = node.expression.name.split("|")
    likes = [exp.Like(this=node.this.copy(), expression=exp.Literal.string(f"%{word}%")) for word in words]
    return exp.paren(exp.or_(*likes))


def _rounded(node: exp.Round) -> exp.Expr:
    """Half away from zero, in floating point, as DuckDB does it (for what is not negative)."""
    power = _number(str(10 ** int(node.args["decimals"].name)))
    shifted = exp.Add(
        this=exp.Mul(this=exp.paren(node.this), expression=power),
        expression=exp.Cast(this=_number("0.5"), to=_DOUBLE.copy()),
    )
    return exp.Div(this=exp.Floor(this=shifted), expression=power.copy(), typed=False, safe=False)


def _joined(values: list[exp.Expr]) -> exp.Expr:
    """All values as one text, which is equal when all of them are; a separator that texts do not hold keeps them apart."""
    texts = [
        exp.Coalesce(this=exp.cast(value.copy(), "text"), expressions=[exp.Literal.string("\x02")]) for value in values
    ]
    whole: exp.Expr = texts[0]
    for text in texts[1:]:
        whole = exp.DPipe(
            this=exp.DPipe(this=whole, expression=exp.Literal.string("\x01"), safe=True), expression=text, safe=True
        )
    return exp.paren(whole)


def _tuple_compared(node: exp.LT | exp.GT) -> exp.Expr:
    """(a, b) < (c, d) as a < c OR (a = c AND b < d)."""
    first, second = node.this.expressions
    to_first, to_second = node.expression.expressions
    kind = type(node)
    tie = exp.and_(exp.EQ(this=first.copy(), expression=to_first.copy()), kind(this=second, expression=to_second))
    return exp.paren(exp.or_(kind(this=first, expression=to_first), tie))
