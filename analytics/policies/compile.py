"""An architecture as SQL, and as the TOML it came from."""

import json

from analytics.policies.architecture import Architecture, Cascade, Learned, Plan, Split, Use


def route_sql(architecture: Architecture) -> str:
    """One SQL expression: the index of the plan (`Architecture.plans`) a request follows; first match wins."""
    if not architecture.routes:
        return "0"
    branches = " ".join(f"WHEN {route.when.sql} THEN {index}" for index, route in enumerate(architecture.routes))
    return f"CASE {branches} ELSE {len(architecture.routes)} END"


def architecture_toml(architecture: Architecture) -> str:
    """The architecture as a TOML file; parsing it gives the same architecture."""
    lines = [f"name = {_text(architecture.name)}"]
    if architecture.description:
        lines.append(f"description = {_text(architecture.description)}")
    for route in architecture.routes:
        lines += ["", "[[route]]", f"when = {_text(route.when.text)}", *_plan_lines(route.plan)]
    lines += ["", "[default]", *_plan_lines(architecture.default)]
    overhead = architecture.overhead
    if overhead.latency_ms or overhead.cost_usd:
        lines += ["", "[overhead]", f"latency_ms = {overhead.latency_ms!r}", f"cost_usd = {overhead.cost_usd!r}"]
    return "\n".join(lines) + "\n"


def _plan_lines(plan: Plan) -> list[str]:
    if isinstance(plan, Use):
        return [f"use = {_text(plan.model)}"]
    if isinstance(plan, Split):
        return ["split = { " + ", ".join(f"{_text(model)} = {weight!r}" for model, weight in plan.weights) + " }"]
    models = "[" + ", ".join(_text(model) for model in plan.models) + "]"
    if isinstance(plan, Learned):
        enough = f"min_quality = {plan.min_quality!r}" if plan.worth_usd is None else f"worth_usd = {plan.worth_usd!r}"
        return [f"learned = {{ models = {models}, {enough}, router = {_text(plan.router)} }}"]
    return [f"cascade = {models}", *_acceptance_lines(plan)]


def _acceptance_lines(plan: Cascade) -> list[str]:
    lines = [] if plan.accept_at is None else [f"accept_at = {plan.accept_at!r}"]
    if plan.verifier is not None:
        rates = ", ".join(
            f"{name} = {getattr(plan.verifier, name)!r}"
            for name in ("true_accept", "false_accept", "cost_usd", "latency_ms")
        )
        lines.append(f"verifier = {{ {rates} }}")
    return lines


def _text(text: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, except that TOML also refuses a bare DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
