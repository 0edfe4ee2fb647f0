"""A checked condition as a Python expression that is True exactly when the condition is true in SQL.

SQL has three truths, and a route takes only what is surely true. So each condition is written twice: `when_true` and
`when_false`, each a plain boolean that is False for unknown; NOT swaps them. A value is only computed after
the columns it needs are known not to be None.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp, parse_one

from analytics.errors import ExportError
from analytics.policies.architecture import Predicate
from analytics.policies.predicate import TIME_COLUMNS

# Filled by the module that calls: never None.
ALWAYS_KNOWN = frozenset({"complexity"})
_signs: dict[type[exp.Expr], tuple[str, str]] = {
    exp.EQ: ("==", "!="), exp.NEQ: ("!=", "=="), exp.LT: ("<", ">="), exp.GTE: (">=", "<"), exp.GT: (">", "<="),
    exp.LTE: ("<=", ">"),
}  # fmt: skip
_arithmetic: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_conditions: tuple[type[exp.Expr], ...] = (
    exp.And, exp.Or, exp.Not, exp.In, exp.Between, exp.Like, exp.ILike, exp.Is, exp.StartsWith, exp.Contains, exp.Boolean,
    *_signs,
)  # fmt: skip


def predicate_tree(predicate: Predicate) -> exp.Expr:
    """The tree of a predicate's checked SQL."""
    tree: exp.Expr = parse_one(f"SELECT 1 WHERE {predicate.sql}", dialect="duckdb").args["where"].this
    return tree


def predicate_python(predicate: Predicate, where: str) -> str:
    """The condition over local variables named like its columns; raises ExportError with `where` and the reason."""
    return _when(predicate_tree(predicate), True, where).text


@dataclass(frozen=True)
class _Code:
    """Python text, and how strongly it binds: 0 or, 1 and, 2 not and comparisons, 3 anything tighter."""

    text: str
    strength: int = 2

    def at(self, strength: int) -> str:
        return self.text if self.strength >= strength else f"({self.text})"


TRUE, FALSE = _Code("True", 3), _Code("False", 3)


def _all(parts: list[_Code]) -> _Code:
    """All of them, said once each."""
    if FALSE in parts:
        return FALSE
    kept = list(dict.fromkeys(part for part in parts if part != TRUE))
    if len(kept) < 2:
        return kept[0] if kept else TRUE
    return _Code(" and ".join(part.at(1) for part in kept), 1)


def _any(parts: list[_Code]) -> _Code:
    if TRUE in parts:
        return TRUE
    kept = list(dict.fromkeys(part for part in parts if part != FALSE))
    if len(kept) < 2:
        return kept[0] if kept else FALSE
    return _Code(" or ".join(part.at(0) for part in kept), 0)


def _when(node: exp.Expr, truth: bool, where: str) -> _Code:
    """When `node` is surely `truth`."""
    if isinstance(node, exp.Paren):
        return _when(node.this, truth, where)
    if isinstance(node, exp.Not):
        return _when(node.this, not truth, where)
    if isinstance(node, exp.And | exp.Or):
        together = _all if isinstance(node, exp.And) is truth else _any
        return together([_when(node.this, truth, where), _when(node.expression, truth, where)])
    if isinstance(node, exp.Boolean):
        return TRUE if bool(node.this) is truth else FALSE
    if isinstance(node, exp.Null):
        return FALSE
    if isinstance(node, exp.Is):
        return _is(node, truth, where)
    if isinstance(node, exp.In):
        return _in(node, truth, where)
    if isinstance(node, exp.Between):
        return _between(node, truth, where)
    if type(node) in _signs:
        return _comparison(node, truth, where)
    if isinstance(node, exp.Like | exp.ILike | exp.StartsWith | exp.Contains):
        return _text_test(node, truth, where)
    known = [] if isinstance(node, exp.Column) else _known(node, where)
    return _all([*known, _Code(f"{_value(node, where).at(3)} is {truth}")])


def _comparison(node: exp.Expr, truth: bool, where: str) -> _Code:
    left, right = node.this, node.expression
    for one, other in ((left, right), (right, left)):
        if isinstance(node, exp.EQ | exp.NEQ) and isinstance(other, exp.Boolean):
            return _when(one, (bool(other.this) is isinstance(node, exp.EQ)) is truth, where)
    sign = _signs[type(node)][0 if truth else 1]
    left_text, right_text = _pair(left, right, where)
    # None equals no value, so a column that equals a plain value needs no look at None first.
    plain = sign == "==" and isinstance(left, exp.Column) and isinstance(right, exp.Literal)
    known = [] if plain else [*_known(left, where), *_known(right, where)]
    if left.find(exp.Div) or right.find(exp.Div):  # 0 / 0 is ordered in SQL and not in Python
        return _all([*known, _Code(f"order({left_text}, {right_text}) {sign} 0")])
    return _all([*known, _Code(f"{left_text} {sign} {right_text}")])


def _pair(left: exp.Expr, right: exp.Expr, where: str, counting: bool = False) -> tuple[str, str]:
    """Both operands: text beside a time is read as a time; numbers as DuckDB counts, where 3 * 0.1 is the decimal 0.3 and a
    decimal beside a double becomes one. A decimal compared with a whole number needs no exactness.
    """
    if _is_time(left) or _is_time(right):
        return _time(left, where), _time(right, where)
    kinds = [_number_kind(left), _number_kind(right)]
    exact = "float" not in kinds and (counting or "int" not in kinds)
    texts = [_value(side, where, exact).at(3) for side in (left, right)]
    for place, side in enumerate((left, right)):
        if "float" in kinds and kinds[place] == "decimal" and not isinstance(side, exp.Literal):
            texts[place] = f"float({texts[place]})"
    return texts[0], texts[1]


def _between(node: exp.Between, truth: bool, where: str) -> _Code:
    low, high = node.args["low"], node.args["high"]
    above, below = exp.GTE(this=node.this, expression=low), exp.LTE(this=node.this, expression=high)
    parts = [_when(above, truth, where), _when(below, truth, where)]
    return _all(parts) if truth else _any(parts)


def _in(node: exp.In, truth: bool, where: str) -> _Code:
    members = node.expressions
    if not members:
        raise _cannot(node, where)
    plain = all(isinstance(member, exp.Literal) for member in members)
    if plain and not _is_time(node.this) and _number_kind(node.this) != "decimal" and not node.this.find(exp.Div):
        texts = ", ".join(_value(member, where).text for member in members)
        listed = f"({texts},)" if len(members) == 1 else f"({texts})"
        word = "in" if truth else "not in"
        known = [] if truth and isinstance(node.this, exp.Column) else _known(node.this, where)
        return _all([*known, _Code(f"{_value(node.this, where).at(3)} {word} {listed}")])
    parts = [_when(exp.EQ(this=node.this, expression=member), truth, where) for member in members]
    return _any(parts) if truth else _all(parts)


def _is(node: exp.Is, truth: bool, where: str) -> _Code:
    """IS NULL, IS TRUE and IS FALSE are never unknown."""
    if isinstance(node.expression, exp.Null):
        known = _all(_known(node.this, where))
        if not truth:
            return known
        if known in (TRUE, FALSE):
            return FALSE if known == TRUE else TRUE
        missing = known.text.removesuffix(" is not None")
        return _Code(f"{missing} is None") if missing.isidentifier() else _Code(f"not {known.at(2)}")
    if isinstance(node.expression, exp.Boolean):
        surely = _when(node.this, bool(node.expression.this), where)
        return surely if truth else _Code(f"not {surely.at(2)}")
    raise _cannot(node, where)


def _text_test(node: exp.Expr, truth: bool, where: str) -> _Code:
    # NOT LIKE is an argument of LIKE, not a NOT around it.
    truth = truth is not bool(node.args.get("negate"))
    left, right = (_value(side, where) for side in (node.this, node.expression))
    forms: dict[type[exp.Expr], Callable[[], str]] = {
        exp.StartsWith: lambda: f"{left.at(3)}.startswith({right.text})",
        exp.Contains: lambda: f"{right.at(3)} in {left.at(3)}",
        exp.Like: lambda: f"like({left.text}, {right.text})",
        exp.ILike: lambda: f"like({left.text}, {right.text}, ignore_case=True)",
    }
    test = _Code(forms[type(node)](), 2)
    if not truth:
        test = _Code(f"not {test.text}" if not isinstance(node, exp.Contains) else f"not ({test.text})")
    return _all([*_known(node.this, where), *_known(node.expression, where), test])


def _known(node: exp.Expr, where: str) -> list[_Code]:
    """What must hold for `node` not to be NULL."""
    if isinstance(node, exp.Column):
        return [] if node.name in ALWAYS_KNOWN else [_Code(f"{node.name} is not None")]
    if isinstance(node, exp.Literal | exp.Boolean | exp.Var):
        return []
    if isinstance(node, exp.Null):
        return [FALSE]
    if isinstance(node, exp.Coalesce):
        return [_any([_all(_known(part, where)) for part in (node.this, *node.expressions)])]
    if isinstance(node, _conditions) and not isinstance(node, exp.Boolean):
        return [_any([_when(node, True, where), _when(node, False, where)])]
    return [part for child in node.iter_expressions() for part in _known(child, where)]


def _value(node: exp.Expr, where: str, exact: bool = False) -> _Code:
    """The value of `node`, to be read only where it is known; `exact` writes decimal numbers as such."""
    if isinstance(node, exp.Paren):
        return _value(node.this, where, exact)
    if isinstance(node, exp.Column):
        return _Code(node.name, 3)
    if isinstance(node, exp.Literal):
        return _literal(node, exact)
    if isinstance(node, exp.Boolean):
        return TRUE if node.this else FALSE
    if isinstance(node, exp.Null):
        return _Code("None", 3)
    if isinstance(node, exp.Coalesce):
        return _coalesce(node, where, exact)
    if isinstance(node, _conditions):
        return _when(node, True, where)
    if isinstance(node, exp.Neg):
        return _Code(f"-{_value(node.this, where, exact).at(3)}", 3)
    if isinstance(node, exp.Abs):
        return _Code(f"abs({_value(node.this, where, exact).text})", 3)
    if isinstance(node, exp.Div):
        return _Code(f"divide({_value(node.this, where).text}, {_value(node.expression, where).text})", 3)
    if type(node) in _arithmetic:
        left, right = _pair(node.this, node.expression, where, counting=True)
        return _Code(f"({left} {_arithmetic[type(node)]} {right})", 3)
    return _function(node, where)


def _function(node: exp.Expr, where: str) -> _Code:
    if isinstance(node, exp.Extract | exp.Hour | exp.DayOfWeek):
        moment = node.expression if isinstance(node, exp.Extract) else node.this
        part = node.name.lower() if isinstance(node, exp.Extract) else type(node).__name__.lower()
        time = _time(moment, where)
        forms = {"dow": f"{time}.isoweekday() % 7", "dayofweek": f"{time}.isoweekday() % 7"}
        forms |= {"isodow": f"{time}.isoweekday()"} | {name: f"{time}.{name}" for name in ("hour", "day", "month")}
        if part in forms:
            return _Code(f"({forms[part]})" if "%" in forms[part] else forms[part], 3)
    if isinstance(node, exp.Lower | exp.Upper):
        return _Code(f"{_value(node.this, where).at(3)}.{type(node).__name__.lower()}()", 3)
    if isinstance(node, exp.Length):
        return _Code(f"len({_value(node.this, where).text})", 3)
    raise _cannot(node, where)


def _coalesce(node: exp.Coalesce, where: str, exact: bool) -> _Code:
    parts = [part for part in (node.this, *node.expressions) if not isinstance(part, exp.Null)]
    if not parts:
        return _Code("None", 3)
    times, text = any(_is_time(part) for part in parts), ""
    for part in reversed(parts):
        value = _time(part, where) if times else _value(part, where, exact).at(1)
        text = f"{value} if {_all(_known(part, where)).text} else {text}" if text else value
    return _Code(f"({text})", 3)


def _literal(node: exp.Literal, exact: bool) -> _Code:
    text = str(node.this)
    if node.is_string:
        return _Code(repr(text), 3)
    if exact and _number_kind(node) == "decimal":
        return _Code(f"Decimal({text!r})", 3)
    return _Code(repr(int(text) if text.isdigit() else float(text)), 3)


def _number_kind(node: exp.Expr) -> str:
    """int, decimal or float, as DuckDB types it; text and others are 'none'."""
    if isinstance(node, exp.Paren | exp.Neg | exp.Abs):
        return _number_kind(node.this)
    if isinstance(node, exp.Literal):
        text = str(node.this)
        return "none" if node.is_string else "int" if text.isdigit() else "float" if "e" in text.lower() else "decimal"
    if isinstance(node, exp.Column):
        return "float" if node.name == "complexity" else "int"
    if isinstance(node, exp.Div):
        return "float"
    if isinstance(node, exp.Coalesce) or type(node) in _arithmetic:
        kinds = {_number_kind(child) for child in node.iter_expressions()}
        return next((kind for kind in ("float", "decimal") if kind in kinds), "int")
    return "none"


def _is_time(node: exp.Expr) -> bool:
    if isinstance(node, exp.Paren | exp.Coalesce):
        return any(_is_time(child) for child in node.iter_expressions())
    return isinstance(node, exp.Column) and node.name in TIME_COLUMNS


def _time(node: exp.Expr, where: str) -> str:
    """A side of a comparison of times: ISO text becomes the time it means."""
    if isinstance(node, exp.Literal) and node.is_string:
        try:
            datetime.fromisoformat(str(node.this))
        except ValueError as error:
            raise ExportError(
                f"{where}: '{node.this}' is not a time: write it like 2026-10-01 or 2026-10-01 09:30."
            ) from error
        return f"utc({str(node.this)!r})"
    if not _is_time(node) and not isinstance(node, exp.Null):
        raise _cannot(node.parent or node, where)
    return _value(node, where).at(3)


def _cannot(node: exp.Expr, where: str) -> ExportError:
    return ExportError(
        f"{where}: '{_short_sql(node)}' has no counterpart in Python: write it with single columns and plain values."
    )


def _short_sql(node: exp.Expr) -> str:
    """The node as short SQL for a message."""
    text = node.sql(dialect="duckdb")
    return text if len(text) <= 60 else text[:57] + "..."
