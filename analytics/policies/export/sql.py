"""An architecture as a query over a table of requests: which rule decides, which model answers, and the plan in words."""

from sqlglot import exp, parse_one, select

from analytics.errors import ExportError
from analytics.policies.architecture import Architecture, Cascade, Learned, Plan, Split, models_of
from analytics.policies.export.buckets import DIGITS, split_parts
from analytics.policies.export.dialects import DIALECTS, in_dialect, is_weekday
from analytics.policies.export.notes import (
    OfColumns,
    OfPlans,
    columns_of,
    heading,
    notes_of,
    one_line,
    overhead_notes,
)
from analytics.policies.export.predicate_python import predicate_tree
from analytics.policies.export.result import Export
from analytics.traffic.complexity import DEMAND_BY_WORD, LARGEST_TOKENS, OTHER_DEMAND, SMALLEST_TOKENS

TABLE, COMPLEXITY = "requests", "known_complexity"
_COLUMN_NOTES: OfColumns = (
    (
        frozenset({"complexity"}),
        "A request whose complexity is NULL gets it by Routecast's rule from use_case and input_tokens: the table needs all "
        "three columns.",
    ),
    (frozenset({"timestamp"}), "timestamp is read as UTC."),
)
_PLAN_NOTES: OfPlans = (
    (
        Split,
        "Splits go by the md5 of request_id, as in the exported Python function; a request without an id gets the last model "
        "of its split.",
    ),
    (Cascade, "routed_model is the first model of a cascade: whether its answer is kept is known only after it."),
    (Learned, "routed_model is NULL for learned plans: they need the router's prediction for each request."),
)
DIGITS_SQL = f"substr(md5(CAST(request_id AS TEXT)), 1, {DIGITS})"


def sql_export(architecture: Architecture, dialect: str = "duckdb") -> Export:
    """The query; raises ExportError for a dialect that is not known."""
    if dialect not in DIALECTS:
        raise ExportError(f"There is no dialect '{one_line(dialect)}': choose one of {', '.join(DIALECTS)}.")
    notes = _notes(architecture, dialect)
    query = in_dialect(_query(architecture), dialect).sql(dialect=dialect, pretty=True)
    return Export((("routecast_policy.sql", "\n".join([*heading(architecture, "--", notes), query]) + ";\n"),), notes)


def _query(architecture: Architecture) -> exp.Expr:
    """WITH known (complexity where it is missing), routed (the first route that matches), then models and plans."""
    names = [f"route {number}" for number in range(1, len(architecture.routes) + 1)]
    source, ctes = TABLE, {}
    if "complexity" in columns_of(architecture):
        rule = parse_one(f"coalesce(complexity, {complexity_rule()})", dialect="duckdb")
        ctes["known"] = select("*", exp.alias_(rule, COMPLEXITY)).from_(TABLE)
        source = "known"
    matched = exp.Case()
    for name, route in zip(names, architecture.routes, strict=True):
        matched = matched.when(_with_rule(predicate_tree(route.when)), _text(name))
    routed_by = matched.else_(_text("default")) if names else _text("default")
    ctes["routed"] = select("*", exp.alias_(routed_by, "routed_by")).from_(source)
    places = [*names, "default"]
    model = _by_route(places, [_model(plan) for plan in architecture.plans])
    words = _by_route(places, [_text(_words(plan)) for plan in architecture.plans])
    query = select("*", exp.alias_(model, "routed_model"), exp.alias_(words, "routed_plan")).from_("routed")
    for name, cte in ctes.items():
        query = query.with_(name, as_=cte)
    return query


def _with_rule(tree: exp.Expr) -> exp.Expr:
    for column in tree.find_all(exp.Column):
        if column.name == "complexity":
            column.set("this", exp.to_identifier(COMPLEXITY))
    return tree


def _by_route(places: list[str], values: list[exp.Expr]) -> exp.Expr:
    """The value of the route that decided."""
    if len(values) == 1:
        return values[0]
    case = exp.Case(this=exp.column("routed_by"))
    for place, value in zip(places[:-1], values[:-1], strict=True):
        case = case.when(_text(place), value)
    return case.else_(values[-1])


def _model(plan: Plan) -> exp.Expr:
    """The model that answers (first); NULL where only predictions can say."""
    if isinstance(plan, Learned):
        return exp.Null()
    if not isinstance(plan, Split):
        return _text(models_of(plan)[0])
    parts = split_parts(plan)
    case = exp.Case()
    for model, limit in parts:
        if limit is not None:
            case = case.when(parse_one(f"{DIGITS_SQL} < '{limit}'", dialect="duckdb"), _text(model))
    return case.else_(_text(parts[-1][0])) if case.args.get("ifs") else _text(parts[-1][0])


def _words(plan: Plan) -> str:
    if isinstance(plan, Split):
        return "split: " + ", ".join(f"{weight:.2%} {model}" for model, weight in plan.weights)
    kind = "cascade: " if isinstance(plan, Cascade) else "learned: " if isinstance(plan, Learned) else ""
    return kind + (" > " if isinstance(plan, Cascade) else ", ").join(models_of(plan))


def complexity_rule() -> str:
    """The rule of `analytics.traffic.complexity` in functions that every warehouse has."""
    branches = " ".join(
        "WHEN " + " OR ".join(f"lower(use_case) LIKE '%{word}%'" for word in words) + f" THEN {0.6 * demand:.3f}"
        for demand, words in DEMAND_BY_WORD
    )
    demand = f"CASE {branches} ELSE {0.6 * OTHER_DEMAND:.3f} END"
    span = f"(ln({LARGEST_TOKENS}) - ln({SMALLEST_TOKENS}))"
    tokens = "CASE WHEN input_tokens > 1 THEN input_tokens ELSE 1 END"
    size = f"(ln({tokens}) - ln({SMALLEST_TOKENS})) / {span}"
    return (
        f"round({demand} + 0.4 * CASE WHEN input_tokens >= {LARGEST_TOKENS} THEN 1 WHEN input_tokens > {SMALLEST_TOKENS} "
        f"THEN {size} ELSE 0 END, 3)"
    )


def _text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def _notes(architecture: Architecture, dialect: str) -> tuple[str, ...]:
    columns = columns_of(architecture)
    read = f" ({', '.join(sorted(columns))})" if columns else ""
    return (
        f"Reads a table named {TABLE} with Routecast's columns{read}.",
        *notes_of(architecture, _COLUMN_NOTES, _PLAN_NOTES),
        *_dialect_notes(architecture, dialect),
        *overhead_notes(architecture),
    )


def _dialect_notes(architecture: Architecture, dialect: str) -> list[str]:
    """Where the same words mean something else in the warehouse."""
    nodes = [node for route in architecture.routes for node in predicate_tree(route.when).walk()]
    likes = [node for node in nodes if isinstance(node, exp.Like | exp.ILike)]
    notes = []
    if dialect != "duckdb" and any(isinstance(node, exp.Div) for node in nodes):
        notes.append("Division by zero is infinite in the simulation and an error in most warehouses.")
    if dialect in ("postgres", "bigquery") and any("\\" in str(like.expression) for like in likes):
        notes.append("A backslash in LIKE is an ordinary character in the simulation and an escape in this dialect.")
    if dialect == "snowflake" and any(is_weekday(node) for node in nodes):
        notes.append("The day of the week counts Sunday as 0 while the session's WEEK_START is 0, the default.")
    return notes
