"""What a form needs to edit an architecture: conditions in parts, weights as shares, text that is not checked yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analytics.policies.architecture import Predicate
from analytics.policies.compile import architecture_toml
from analytics.policies.parse import parse_architecture


@dataclass(frozen=True)
class Condition:
    """A condition as a form shows it: use cases, complexity in [least, below) in hundredths, and the rest as text.

    No use cases means any, 0 and 1 mean no limit.
    """

    use_cases: tuple[str, ...] = ()
    least: float = 0.0
    below: float = 1.0
    more: str = ""


def read_condition(text: str) -> Condition:
    """The parts of a condition; whatever does not fit them, or cannot be parsed, is `more`."""
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError

    try:
        tree = parse_one(text, dialect="duckdb")
    except (SqlglotError, RecursionError):
        return Condition(more=text)
    parts = list(tree.flatten(unnest=False)) if isinstance(tree, exp.And) else [tree]
    use_cases: tuple[str, ...] | None = None
    least, below, rest = 0.0, 1.0, []
    for part in parts:
        named, limit = _use_cases(part), _limit(part)
        if named and use_cases is None:
            use_cases = named
        elif limit is not None and isinstance(part, exp.LT) and below == 1.0:
            below = limit
        elif limit is not None and isinstance(part, exp.GTE) and least == 0.0:
            least = limit
        else:
            rest.append(part)
    if least >= below:
        return Condition(more=text)
    if len(rest) == len(parts):
        return Condition(more=text)
    one = rest[0].this if len(rest) == 1 and isinstance(rest[0], exp.Paren) else None
    more = one.sql(dialect="duckdb") if one is not None else " AND ".join(part.sql(dialect="duckdb") for part in rest)
    return Condition(use_cases or (), least, below, more)


def _use_cases(part: object) -> tuple[str, ...]:
    """The names in `use_case = 'x'` or `use_case in ('x', 'y')`; nothing for anything else."""
    from sqlglot import exp

    if not isinstance(part, exp.EQ | exp.In) or not isinstance(part.this, exp.Column) or part.this.sql() != "use_case":
        return ()
    values = [part.expression] if isinstance(part, exp.EQ) else part.expressions
    if not all(isinstance(value, exp.Literal) and value.is_string for value in values):
        return ()
    return tuple(dict.fromkeys(str(value.this) for value in values))


def _limit(part: object) -> float | None:
    """c in `complexity < c` or `complexity >= c`, in hundredths strictly between 0 and 1."""
    from sqlglot import exp

    if (
        not isinstance(part, exp.LT | exp.GTE)
        or not isinstance(part.this, exp.Column)
        or part.this.sql() != "complexity"
    ):
        return None
    value = part.expression
    if not isinstance(value, exp.Literal) or value.is_string:
        return None
    number = round(float(value.this), 2)
    return number if 0 < number < 1 and abs(float(value.this) - number) < 1e-9 else None


def condition_text(condition: Condition) -> str:
    """The condition as SQL text; empty when it says nothing."""
    parts = []
    if condition.use_cases:
        names = ", ".join("'" + name.replace("'", "''") + "'" for name in condition.use_cases)
        parts.append(f"use_case = {names}" if len(condition.use_cases) == 1 else f"use_case in ({names})")
    if condition.least > 0:
        parts.append(f"complexity >= {condition.least:g}")
    if condition.below < 1:
        parts.append(f"complexity < {condition.below:g}")
    more = condition.more.strip()
    if more:
        parts.append(f"({more})" if parts else more)
    return " and ".join(parts)


def unchecked(text: str) -> Predicate:
    """A condition that only becomes TOML, which is checked when it is parsed."""
    return Predicate(text, "", frozenset(), False)


def renamed(text: str, name: str) -> str:
    """The architecture file under another name; as it is, comments and all, when that is its name already."""
    architecture = parse_architecture(text, "This architecture")
    return text if architecture.name == name else architecture_toml(replace(architecture, name=name))


def shares(models: Sequence[str], weights: Sequence[float]) -> tuple[tuple[str, float], ...]:
    """Weights as shares that sum to 1, in ten-thousandths; equal ones where all weights are 0."""
    total = sum(weights)
    parts = [weight / total if total > 0 else 1 / len(models) for weight in weights]
    kept = [(model, round(part, 4)) for model, part in zip(models, parts, strict=True) if round(part, 4) > 0]
    if not kept:
        return ()
    last, part = kept[-1]
    return (*kept[:-1], (last, round(part + 1 - sum(one for _, one in kept), 4)))
