"""What a target does otherwise than the simulation, in words: by the columns that conditions read and the plans there are."""

from textwrap import wrap

from analytics.policies.architecture import Architecture, Plan

OfColumns = tuple[tuple[frozenset[str], str], ...]
OfPlans = tuple[tuple[type[Plan], str], ...]
LINE = 110


def columns_of(architecture: Architecture) -> frozenset[str]:
    """Every column that a condition reads."""
    return frozenset().union(*(route.when.columns for route in architecture.routes))


def has_plan(architecture: Architecture, kind: type[Plan]) -> bool:
    """Whether a route or the default is of this kind."""
    return any(isinstance(plan, kind) for plan in architecture.plans)


def notes_of(architecture: Architecture, of_columns: OfColumns, of_plans: OfPlans) -> list[str]:
    """The notes that concern this architecture, in their order."""
    columns = columns_of(architecture)
    return [note for needed, note in of_columns if columns & needed] + [
        note for kind, note in of_plans if has_plan(architecture, kind)
    ]


def overhead_notes(architecture: Architecture) -> list[str]:
    """What the simulation adds to every request and no target does."""
    overhead = architecture.overhead
    added = [f"{overhead.latency_ms:g} ms"] if overhead.latency_ms else []
    added += [f"${overhead.cost_usd:g}"] if overhead.cost_usd else []
    if not added:
        return []
    return [f"The simulation adds {' and '.join(added)} a request for routing; nothing here waits or pays."]


def one_line(text: str) -> str:
    """`text` without line breaks or control characters: safe in a comment of any language."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def heading(architecture: Architecture, sign: str, notes: tuple[str, ...]) -> list[str]:
    """Comment lines: the name, the description, and every note."""
    said = [one_line(architecture.name), *([one_line(architecture.description)] if architecture.description else [])]
    lines = [*(f"{sign} {text}" for text in said), f"{sign} Exported by Routecast."]
    for note in notes:
        lines += wrap(one_line(note), LINE, initial_indent=f"{sign} - ", subsequent_indent=f"{sign}   ")
    return lines
