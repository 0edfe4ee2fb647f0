"""What to do next, by the verdict: measure, keep back, or the part of the traffic to begin with."""

from collections.abc import Iterable

from analytics.charts.format import points
from analytics.charts.present import best_alternative
from analytics.charts.verdict import floor_text, verdict
from analytics.policies import Cascade
from analytics.reports.facts import Facts
from analytics.reports.text import listed
from analytics.simulation import Projection
from analytics.simulation.moves import Move


def next_step(facts: Facts, one: Projection) -> str:
    """Where to begin, or what has to be known before. Plain text."""
    if one.vs_current.cost.mean is None:
        return f"Give {without_price(facts, one)} a price on the Prices page, then build this report again."
    decision = verdict(facts.choice)
    if decision == "stay":
        return "Stay with today's architecture. Search for a better one on the Frontier page before asking again."
    if decision == "measure":
        return (
            f"Measure before anything moves. {one.settle or 'Answers side by side from both models would settle it.'}"
        )
    if decision == "risky":
        return (
            f"Do not move everything: quality would probably not stay {floor_text(facts.scenario)}. Keep the use cases that lose most on "
            "today's model and project again; the Frontier page searches for such rules."
        )
    lead = {"other": _choice(facts, one), "try": "This is not sure enough to move everything. "}.get(decision, "")
    if facts.architecture is not None and any(isinstance(plan, Cascade) for plan in facts.architecture.plans):
        return lead + _of_a_cascade(facts, one)
    best = largest_saving(facts.moves)
    if best is None:
        return (
            f"{lead}Move a twentieth of the traffic for two weeks, score its answers, and compare with this projection."
        )
    move, saved = best
    return (
        f"{lead}Start with {move.use_case} from {move.source} to {move.target}, which alone saves {facts.money(saved)} a month: move a "
        "twentieth of it for two weeks, score the answers, compare with this projection, then move the rest."
    )


def without_price(facts: Facts, one: Projection) -> str:
    """The models whose price is unknown, so that the saving is."""
    return listed(dict.fromkeys([*one.unpriced, *facts.current.unpriced])) or "a model in use"


def _of_a_cascade(facts: Facts, one: Projection) -> str:
    """Where to begin: nobody knows before the answer which requests the first model keeps, so a use case moves as a whole."""
    first = (
        "Measure its checker first: score a few hundred answers that it keeps and refuses, and project again. Then start"
        if one.checker_stated
        else "Start"
    )
    best = max(facts.by_use_case, key=lambda row: row.today_usd - row.then_usd, default=None)
    if best is None or best.today_usd <= best.then_usd:
        return f"{first} with a twentieth of the traffic for two weeks, score its answers, and compare with this projection."
    return (
        f"{first} with {best.name}, which alone saves {facts.money(best.today_usd - best.then_usd)} a month: move a twentieth of it for two "
        "weeks, score the answers, compare with this projection, then move the rest."
    )


def _choice(facts: Facts, one: Projection) -> str:
    """What speaks for the architecture that costs less and is likely good enough, and what for this one."""
    cheaper = best_alternative(facts.simulation)
    if cheaper is None or cheaper.monthly_cost_usd.mean is None or cheaper.quality.mean is None:
        return ""
    more = (one.monthly_cost_usd.mean or 0.0) - cheaper.monthly_cost_usd.mean
    better = (one.quality.mean or 0.0) - cheaper.quality.mean
    return (
        f"{cheaper.name} would cost less and probably stay {floor_text(facts.scenario)}; {one.name} costs {facts.money(more)} a month more for "
        f"{points(better)} of quality. Decide which matters more. "
    )


def largest_saving(moves: Iterable[Move]) -> tuple[Move, float] | None:
    """The flow of requests that saves most, and how much; None where none is known to save."""
    known = [
        (one, one.current_usd - one.new_usd)
        for one in moves
        if one.moves and one.current_usd is not None and one.new_usd is not None
    ]
    best = max(known, key=lambda pair: pair[1], default=None)
    return best if best is not None and best[1] > 0 else None
