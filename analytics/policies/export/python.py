"""An architecture as a Python module of its own: `route(request)` and, where needed, what calls and judges a cascade."""

import inspect

from analytics.policies.architecture import Architecture, Cascade, Learned, Plan, Split, Use
from analytics.policies.export import support
from analytics.policies.export.buckets import split_parts
from analytics.policies.export.notes import (
    OfColumns,
    OfPlans,
    columns_of,
    has_plan,
    heading,
    notes_of,
    one_line,
    overhead_notes,
)
from analytics.policies.export.predicate_python import predicate_python
from analytics.policies.export.result import Export
from analytics.policies.predicate import COLUMNS, TIME_COLUMNS
from analytics.traffic import complexity

# The functions of `support` in the order they are written, and what each imports.
_IMPORTS = {
    "Decision": ("from typing import Any, NamedTuple",),
    "split": ("import hashlib",),
    "choose": (),
    "answer": (),
    "rule_complexity": ("import math",),
    "like": ("import re",),
    "divide": ("import math",),
    "order": (),
    "utc": ("from datetime import UTC, datetime",),
}
SHARED_COLUMN_NOTES: OfColumns = (
    (
        frozenset({"complexity"}),
        "A request without a complexity gets it by Routecast's rule, from use_case and input_tokens, as on loading a log.",
    ),
    (
        frozenset({"model"}),
        "model is the one the application asks for, spelled as Routecast spells it: claude-opus-4-1, not "
        "anthropic/claude-opus-4-1-20250805.",
    ),
)
SHARED_PLAN_NOTES: OfPlans = (
    (
        Split,
        "Splits go by a hash of request_id, so that a request's model can be known and repeated; a request without one gets "
        "the last model of its split.",
    ),
)
_PLAN_NOTES: OfPlans = (
    *SHARED_PLAN_NOTES,
    (
        Cascade,
        "A cascade is called by answer(decision, call, verify); the verifier is yours. How often it accepts decides what it "
        "costs: the simulation's rates are assumptions about it.",
    ),
    (
        Learned,
        "Learned plans need predictions made before the answer: pass predict(request) -> {model: quality in [0, 1]} and "
        "cost_usd(request) -> {model: expected USD}. In the simulation they come from the router that `routecast train` made.",
    ),
)


def python_export(architecture: Architecture) -> Export:
    """The module; raises ExportError for a condition that Python cannot express."""
    notes = (
        *_reading_notes(architecture),
        *notes_of(architecture, SHARED_COLUMN_NOTES, _PLAN_NOTES),
        *overhead_notes(architecture),
    )
    text = "\n".join([*heading(architecture, "#", notes), "", python_source(architecture)])
    return Export((("routecast_policy.py", text),), notes)


def _reading_notes(architecture: Architecture) -> list[str]:
    columns = columns_of(architecture)
    read = columns | ({"use_case", "input_tokens"} if "complexity" in columns else set())
    read |= {"request_id"} if has_plan(architecture, Split) else set()
    return [f"route(request) reads these keys of request: {', '.join(sorted(read))}."] if read else []


def python_source(
    architecture: Architecture, with_answer: bool = True, more_imports: frozenset[str] = frozenset()
) -> str:
    """Imports, the functions that are needed, and `route`; `with_answer` adds the function that runs cascades."""
    body = "\n".join(_route_lines(architecture))
    needed = [name for name in _IMPORTS if f"{name}(" in body]
    if with_answer and has_plan(architecture, Cascade):
        needed.append("answer")
    imports = {line for name in needed for line in _IMPORTS[name]} | more_imports
    imports.add(f"from collections.abc import {'Callable, ' if {'choose', 'answer'} & {*needed} else ''}Mapping")
    imports |= {"from decimal import Decimal"} if "Decimal(" in body else set()
    constants = ["Predictions = Callable[[Mapping[str, Any]], Mapping[str, float]]"] if "choose" in needed else []
    constants += _constants() if "rule_complexity" in needed else []
    top = ["\n".join(sorted(imports, key=_import_order)), *(["\n".join(constants)] if constants else [])]
    functions = [inspect.getsource(getattr(support, name)).strip() for name in _IMPORTS if name in needed]
    return "\n\n\n".join(["\n\n".join(top), *functions, body]) + "\n"


def _import_order(line: str) -> tuple[bool, bool, str]:
    """The standard library first, `import` before `from`."""
    return "litellm" in line, line.startswith("from"), line


def _constants() -> list[str]:
    """The numbers of the complexity rule."""
    words = [f"    {entry!r}," for entry in complexity.DEMAND_BY_WORD]
    rest = [f"{name} = {getattr(complexity, name)!r}" for name in ("OTHER_DEMAND", "SMALLEST_TOKENS", "LARGEST_TOKENS")]
    return ["DEMAND_BY_WORD = (", *words, ")", *rest]


def _route_lines(architecture: Architecture) -> list[str]:
    more = ", predict: Predictions, cost_usd: Predictions" if has_plan(architecture, Learned) else ""
    lines = [
        f"def route(request: Mapping[str, Any]{more}) -> Decision:",
        '    """The first route whose condition is surely true; a key that is missing or None is unknown and matches nothing."""',
        *_reading(columns_of(architecture)),
    ]
    for number, entry in enumerate(architecture.routes, start=1):
        lines += [
            f"    # {one_line(entry.when.text)}",
            f"    if {predicate_python(entry.when, f'Route {number}')}:",
            f"        return {_decision(entry.plan, f'route {number}')}",
        ]
    return [*lines, f"    return {_decision(architecture.default, 'default')}"]


def _reading(columns: frozenset[str]) -> list[str]:
    """Local variables for the columns that conditions read."""
    lines = []
    for name in sorted(columns & COLUMNS):
        value = f'request.get("{name}")'
        lines.append(f"    {name} = {f'utc({value})' if name in TIME_COLUMNS else value}")
        if name == "complexity":
            lines += ["    if complexity is None:", '        complexity = rule_complexity(request.get("use_case"), request.get("input_tokens"))']  # fmt: skip
    return lines


def _decision(plan: Plan, route: str) -> str:
    """The expression that makes the decision of a plan."""
    if isinstance(plan, Use):
        models = repr((plan.model,))
    elif isinstance(plan, Split):
        models = f'(split(request.get("request_id"), {split_parts(plan)!r}),)'
    elif isinstance(plan, Learned):
        limit = f"min_quality={plan.min_quality!r}" if plan.worth_usd is None else f"worth_usd={plan.worth_usd!r}"
        models = f"(choose({plan.models!r}, predict(request), cost_usd(request), {limit}),)"
    else:
        models = repr(plan.models)
        if plan.verifier is None:
            return f"Decision({route!r}, {models}, accept_at={plan.accept_at!r})"
    return f"Decision({route!r}, {models})"
