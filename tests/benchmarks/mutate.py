"""Mutants of a Python file: its text with one operator, comparison, constant, condition or SQL operator changed.

What no test of numbers can tell apart is left alone: annotations, decorators, messages of errors, and keywords such as
`strict=` that only guard.
"""

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_SWAPS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,), ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,), ast.Pow: (ast.Mult,), ast.BitOr: (ast.BitAnd,), ast.BitAnd: (ast.BitOr,),
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,), ast.And: (ast.Or,), ast.Or: (ast.And,),
}  # fmt: skip
_NAMES = {
    "maximum": "minimum", "minimum": "maximum", "max": "min", "min": "max", "any": "all", "all": "any", "argmax": "argmin",
    "argmin": "argmax", "ones": "zeros", "zeros": "ones", "ones_like": "zeros_like", "zeros_like": "ones_like",
}  # fmt: skip
_SQL = re.compile(r"\b(SELECT|WHERE|FROM|CASE|WHEN|COALESCE)\b|\b(coalesce|substr|sum)\(")
_SQL_SWAPS = {
    " + ": " - ", " - ": " + ", " * ": " / ", " / ": " * ", " // ": " * ", " % ": " * ", " >= ": " > ", " <= ": " < ",
    " > ": " >= ", " < ": " <= ", " = ": " <> ", " AND ": " OR ", " OR ": " AND ", "sum(": "avg(", "least(": "greatest(",
    "min(": "max(", "max(": "min(", "IS NOT NULL": "IS NULL", "IS NULL": "IS NOT NULL",
}  # fmt: skip
_SQL_OPERATOR = re.compile(
    "|".join(r"\b" * one[0].isalpha() + re.escape(one) for one in sorted(_SQL_SWAPS, key=len, reverse=True))
)
_GUARDS = frozenset({"strict", "frozen", "kind", "keepdims", "optimize", "encoding", "compare", "repr", "missing_ok"})


@dataclass(frozen=True)
class Mutant:
    """A changed text of a file: at `line` (from 1), in a statement of `lines`, which run at import or in a function."""

    text: str
    line: int
    change: str
    lines: range
    at_import: bool


def mutants_of(source: str) -> list[Mutant]:
    """All mutants of a file, in the order of its text."""
    found = [
        Mutant(*_spliced(source, node, new), range(*lines), at_import)
        for node, lines, at_import in _sites(ast.parse(source), (0, 0), True)
        for new in _replacements(node)
    ]
    return sorted(found, key=lambda mutant: (mutant.line, mutant.change))


def _sites(tree: ast.AST, lines: tuple[int, int], at_import: bool) -> Iterator[tuple[ast.AST, tuple[int, int], bool]]:
    """Every node that could be replaced, the lines of its statement (up to the body), and whether it runs at import."""
    if isinstance(tree, ast.stmt):
        body = getattr(tree, "body", None)
        lines = tree.lineno, max(tree.lineno + 1, body[0].lineno if body else (tree.end_lineno or tree.lineno) + 1)
    yield tree, lines, at_import
    if isinstance(tree, ast.JoinedStr):  # until Python 3.12 the places within one are not known
        return
    for child in _children(tree):
        yield from _sites(child, lines, at_import and not isinstance(tree, ast.FunctionDef | ast.Lambda))


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list") or isinstance(node, ast.Raise):
            continue
        for child in value if isinstance(value, list) else [value]:
            guard = isinstance(child, ast.keyword) and child.arg in _GUARDS
            text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not guard and not text:
                yield child


def _replacements(node: ast.AST) -> Iterator[str]:
    for changed in _changed(node):
        try:
            text = ast.unparse(changed)
        except ValueError:  # an f-string that only a newer Python could write
            continue
        yield f"({text})" if isinstance(changed, ast.expr) else text


def _changed(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        texts = isinstance(node, ast.BinOp) and any(_is_text(side) for side in (node.left, node.right))
        for swap in () if texts else _SWAPS.get(type(node.op), ()):
            yield _with(node, op=swap())
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from (_with(node, ops=[swap()]) for swap in _SWAPS[type(node.ops[0])])
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.operand, ast.Constant):
        yield node.operand
    elif isinstance(node, ast.IfExp) and not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id in _NAMES:
            yield _with(node, func=ast.Name(_NAMES[node.func.id]))
        if isinstance(node.func, ast.Attribute) and node.func.attr in _NAMES:
            yield _with(node, func=ast.Attribute(node.func.value, _NAMES[node.func.attr]))
    elif isinstance(node, ast.Expr | ast.Continue):
        yield ast.Pass()
    elif isinstance(node, ast.Constant | ast.JoinedStr):
        yield from _constants(node)


def _constants(node: ast.Constant | ast.JoinedStr) -> Iterator[ast.expr]:
    pieces = [
        one for one in ([node] if isinstance(node, ast.Constant) else node.values) if isinstance(one, ast.Constant)
    ]
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, float):
        yield ast.Constant(2.0 * value or 1.0)
    if not _SQL.search("".join(str(piece.value) for piece in pieces if isinstance(piece.value, str))):
        return
    for piece in pieces:
        for found in _SQL_OPERATOR.finditer(str(piece.value)):
            changed = ast.Constant(piece.value[: found.start()] + _SQL_SWAPS[found[0]] + piece.value[found.end() :])
            yield (
                changed
                if node is piece
                else _with(node, values=[changed if one is piece else one for one in node.values])
            )


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _with(node: Any, **fields: object) -> Any:
    """A shallow copy with other fields."""
    return type(node)(**(dict(ast.iter_fields(node)) | fields))


def _spliced(source: str, node: Any, new: str) -> tuple[str, int, str]:
    """The text with `new` in the node's place, its line, and the change; columns count bytes of UTF-8."""
    lines = source.encode().splitlines(keepends=True)
    starts = [0, *itertools.accumulate(map(len, lines))]
    begin, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
    whole = source.encode()
    text = (whole[:begin] + new.encode() + whole[end:]).decode()
    return text, node.lineno, _difference(ast.unparse(node), new.removeprefix("(").removesuffix(")"))


def _difference(old: str, new: str, around: int = 24) -> str:
    """What changed, with a little of what stands around it."""
    start = _alike(old, new)
    stop = _alike(old[start:][::-1], new[start:][::-1])
    first, more = max(0, start - around), max(0, stop - around)
    return f"{old[first : len(old) - more]}  ->  {new[first : len(new) - more]}"


def _alike(one: str, other: str) -> int:
    """How many signs the two begin with alike."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
