"""Checking and rewriting a `when` condition: parsed by sqlglot, held against a white list, regenerated from the tree.

Only columns known before the answer are allowed; nothing of the user's text reaches the database.
"""

from sqlglot import exp, parse
from sqlglot.errors import ParseError, TokenError

from analytics.errors import PredicateError
from analytics.policies.architecture import Predicate
from analytics.prices.aliases import canonical_model

TEXT_COLUMNS = frozenset(
    {"use_case", "team", "environment", "model", "provider", "user_id", "session_id", "prompt_version"}
)
NUMBER_COLUMNS = frozenset({"complexity", "input_tokens", "cache_read_tokens", "prompt_chars"})
BOOLEAN_COLUMNS = frozenset({"batch"})
TIME_COLUMNS = frozenset({"timestamp"})
COLUMNS = TEXT_COLUMNS | NUMBER_COLUMNS | BOOLEAN_COLUMNS | TIME_COLUMNS
CLASS_COLUMNS = frozenset({"use_case", "complexity", "team", "environment", "model", "provider", "batch"})
AFTER_COLUMNS = frozenset(
    {"output_tokens", "reasoning_tokens", "latency_ms", "ttft_ms", "cost_usd", "list_cost_usd", "status", "error", "quality",
     "quality_metric", "judge_score", "propensity"}
)  # fmt: skip

MAX_CHARACTERS = 10_000
MAX_DEPTH = 60
_connectives = (exp.And, exp.Or, exp.Not)
_comparisons = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_arithmetic = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)
_text_functions = (exp.Lower, exp.Upper)
_allowed: tuple[type[exp.Expr], ...] = (
    *_connectives, *_comparisons, *_arithmetic, *_text_functions, exp.Paren, exp.Column, exp.Identifier, exp.Literal,
    exp.Boolean, exp.Null, exp.In, exp.Between, exp.Like, exp.ILike, exp.Is, exp.Length, exp.Coalesce, exp.StartsWith,
    exp.Contains, exp.Abs, exp.Extract, exp.Hour, exp.DayOfWeek, exp.Var, exp.Tuple,
)  # fmt: skip


def parse_predicate(text: str, where: str) -> Predicate:
    """Check `text`; raises PredicateError with `where`, the position and the reason."""
    if len(text) > MAX_CHARACTERS:
        raise PredicateError(f"{where}: the condition is longer than {MAX_CHARACTERS:,} characters: shorten it.")
    tree = _tree(text, where)
    for node, depth in _nodes(tree):
        _check(node, depth, text, where)
    kind = _kind(tree, where)
    if kind != "boolean":
        raise PredicateError(f"{where}: '{text}' is a {kind}, not a condition: compare it with something.")
    _canonicalise_models(tree)
    columns = frozenset(column.name for column in tree.find_all(exp.Column))
    return Predicate(
        text, tree.sql(dialect="duckdb", comments=False), columns, columns <= CLASS_COLUMNS and _on_grid(tree)
    )


def _tree(text: str, where: str) -> exp.Expr:
    if not text.strip():
        raise PredicateError(f"{where}: the condition is empty: write one such as complexity < 0.5.")
    try:
        statements = parse(f"SELECT 1 WHERE {text}", dialect="duckdb")
    except (ParseError, TokenError, RecursionError) as error:
        detail = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        column = detail.get("col")
        place = f" near character {max(1, column - len('SELECT 1 WHERE '))}" if isinstance(column, int) else ""
        raise PredicateError(f"{where}: '{_short(text)}' is not a condition Routecast can read{place}.") from error
    select = statements[0] if len(statements) == 1 else None
    extra = (
        {name for name, value in select.args.items() if value and name not in ("expressions", "where", "kind", "hint")}
        if select
        else {"more"}
    )
    if not isinstance(select, exp.Select) or extra or len(select.expressions) != 1:
        raise PredicateError(f"{where}: '{_short(text)}' is more than one condition: write only what follows WHERE.")
    tree: exp.Expr = select.args["where"].this
    return tree


def _nodes(tree: exp.Expr) -> list[tuple[exp.Expr, int]]:
    found, waiting = [], [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        found.append((node, depth))
        waiting += [(child, depth + 1) for child in node.iter_expressions()]
    return found


def _check(node: exp.Expr, depth: int, text: str, where: str) -> None:
    if depth > MAX_DEPTH:
        raise PredicateError(f"{where}: the condition is nested more than {MAX_DEPTH} levels deep: simplify it.")
    if isinstance(node, exp.Column):
        _check_column(node, text, where)
    elif not isinstance(node, _allowed):
        what = "a subquery" if isinstance(node, exp.Query | exp.Subquery) else f"'{_short(node.sql(dialect='duckdb'))}'"
        raise PredicateError(
            f"{where}: {what}{_position(node, text)} is not allowed; use comparisons, and, or, not, in, between, like and plain arithmetic."
        )
    if isinstance(node, exp.Extract) and node.name.lower() not in ("hour", "dow", "isodow", "day", "month"):
        raise PredicateError(
            f"{where}: extract({node.name.lower()} from ...) is not allowed; use hour, dow, isodow, day or month."
        )


def _check_column(node: exp.Column, text: str, where: str) -> None:
    name = node.name
    if node.table or name not in COLUMNS:
        place = _position(node, text)
        if name in AFTER_COLUMNS:
            raise PredicateError(f"{where}: {name}{place} is known only after the answer, so no router can use it.")
        raise PredicateError(
            f"{where}: there is no column '{_short(node.sql())}'{place}; use one of {', '.join(sorted(COLUMNS))}."
        )


def _position(node: exp.Expr, text: str) -> str:
    for part in (node, *node.find_all(exp.Identifier)):
        start = part.meta.get("start")
        if isinstance(start, int) and start >= len("SELECT 1 WHERE "):
            return f" at character {start - len('SELECT 1 WHERE ') + 1}"
    found = text.lower().find(node.sql(dialect="duckdb").lower())
    return f" at character {found + 1}" if found >= 0 else ""


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _kind(node: exp.Expr, where: str) -> str:
    """text, number, boolean, time or nothing (NULL); refuses operands that do not go together."""
    if isinstance(node, exp.Paren):
        return _kind(node.this, where)
    if isinstance(node, exp.Column):
        name = node.name
        return (
            "text"
            if name in TEXT_COLUMNS
            else "number"
            if name in NUMBER_COLUMNS
            else "time"
            if name in TIME_COLUMNS
            else "boolean"
        )
    if isinstance(node, exp.Literal):
        return "text" if node.is_string else "number"
    if isinstance(node, exp.Null):
        return "nothing"
    children = [_kind(child, where) for child in node.iter_expressions() if not isinstance(child, exp.Var)]
    if isinstance(node, _connectives):
        _expect(node, children, {"boolean"}, where)
        return "boolean"
    if isinstance(node, (*_arithmetic, exp.Abs)):
        _expect(node, children, {"number"}, where)
        return "number"
    if isinstance(node, exp.Like | exp.ILike | exp.StartsWith | exp.Contains):
        _expect(node, children, {"text"}, where)
        return "boolean"
    if isinstance(
        node,
        exp.Tuple
        | exp.Coalesce
        | exp.In
        | exp.Between
        | exp.Is
        | exp.Boolean
        | exp.EQ
        | exp.NEQ
        | exp.LT
        | exp.LTE
        | exp.GT
        | exp.GTE,
    ):
        _alike(node, children, where)
        return children[0] if isinstance(node, exp.Tuple | exp.Coalesce) and children else "boolean"
    if isinstance(node, exp.Length):
        return "number"
    return "number" if isinstance(node, exp.Extract | exp.Hour | exp.DayOfWeek) else "text"


def _expect(node: exp.Expr, children: list[str], allowed: set[str], where: str) -> None:
    for kind in children:
        if kind not in allowed | {"nothing"}:
            raise PredicateError(
                f"{where}: '{_short(node.sql(dialect='duckdb'))}' needs a {' or a '.join(allowed)}, not a {kind}."
            )


def _alike(node: exp.Expr, children: list[str], where: str) -> None:
    kinds = set(children) - {"nothing"}
    if kinds == {"time", "text"}:
        return
    if len(kinds) > 1 and not isinstance(node, exp.Is):
        raise PredicateError(
            f"{where}: '{_short(node.sql(dialect='duckdb'))}' compares {' with '.join(sorted(kinds))}: use values of one kind."
        )


def _canonicalise_models(tree: exp.Expr) -> None:
    """Model names a condition mentions are spelled as the store spells them."""
    for column in tree.find_all(exp.Column):
        parent = column.parent
        if column.name == "model" and isinstance(parent, exp.EQ | exp.NEQ | exp.In):
            for literal in [one for one in parent.iter_expressions() if isinstance(one, exp.Literal) and one.is_string]:
                literal.set("this", canonical_model(literal.this))


def _on_grid(tree: exp.Expr) -> bool:
    """Whether every use of complexity is `complexity < c` or `>= c` with c in hundredths: then no class is cut in two."""
    for column in tree.find_all(exp.Column):
        if column.name != "complexity":
            continue
        parent = column.parent
        below = (exp.LT, exp.GTE) if parent is not None and parent.this is column else (exp.GT, exp.LTE)
        other = parent.expression if parent is not None and parent.this is column else parent and parent.this
        if not isinstance(parent, below) or not isinstance(other, exp.Literal) or other.is_string:
            return False
        hundredths = float(other.this) * 100
        if abs(hundredths - round(hundredths)) > 1e-9 or hundredths > 99 + 1e-9:
            return False
    return True
