"""The sections on what choosing the architecture would change: spend, requests that move, the bill step by step, assumptions."""

from analytics.charts.format import count, points, share
from analytics.charts.moves import moves_table
from analytics.charts.sensitivity import break_even_text, value_text
from analytics.reports import figures, words
from analytics.reports.content import Cell, Figure, Paragraph, Section, Table
from analytics.reports.facts import Facts
from analytics.reports.text import listed
from analytics.simulation.sensitivity import Tornado

MOST_FLOWS = 8
ORDER = (
    "Read from the top: today's bill, then each step in a fixed order, each measured against the bill before it, so that the "
    "steps add up to the last bar. Answers: each request pays for the model that answers it, instead of what it costs today."
)


def consequences(facts: Facts) -> list[Section]:
    """Those that the facts can carry."""
    found = []
    if facts.by_model:
        found.append(_spend(facts))
    if facts.moves:
        found.append(_moves(facts))
    if facts.waterfall:
        found.append(_waterfall(facts))
    if facts.tornado is not None and facts.tornado.assumptions:
        found.append(_sensitivity(facts))
    return found


def _spend(facts: Facts) -> Section:
    drawn = tuple(
        Figure(
            f"spend_{key}", f"By {label}, {facts.currency.code} a month", figures.spend_spec(facts, rows),
            f"Bars by {label}: " + "; ".join(f"{row.name} {facts.money(row.today_usd)} today, {facts.money(row.then_usd)} after" for row in rows) + ".",
        )
        for key, label, rows in (("model", "model", facts.by_model), ("use_case", "use case", facts.by_use_case))
    )  # fmt: skip
    title = words.spend_title(facts.by_model)
    caption = "Each model is charged for every call it makes, also for answers that a cascade does not keep."
    return Section(
        "spend",
        title,
        table=_spend_table(facts),
        figures=drawn,
        caption=caption,
        notes=f"{title}. {caption}",
    )


def _spend_table(facts: Facts) -> Table:
    return Table(
        ("Use case", "Today", "After", "Saved"),
        tuple(
            (Cell(row.name), Cell(facts.money(row.today_usd)), Cell(facts.money(row.then_usd)), Cell(facts.money(row.today_usd - row.then_usd)))
            for row in facts.by_use_case
        ),
        frozenset({1, 2, 3}),
    )  # fmt: skip


def _moves(facts: Facts) -> Section:
    month = facts.simulation.requests_per_month
    part = facts.moved_requests / month if month else 0.0
    title = f"{'All' if part > 0.9995 else share(part) + ' of'} requests would get another model than today"
    taken = "; ".join(f"{name} takes over {count(requests)}" for name, requests in words.answered(facts.moves))
    figure = Figure(
        "moves",
        "Requests a month by use case and the model that would answer",
        figures.moves_spec(facts),
        f"Stacked bars: {taken}.",
    )
    rows = [
        (
            Cell(str(row["use_case"])), Cell(str(row["source"])), Cell(str(row["target"])), Cell(count(row["requests"])),
            Cell(facts.money(row["current_cost"], "unpriced")), Cell(facts.money(row["new_cost"], "unpriced")), Cell(facts.money(row["saved"])),
        )
        for row in moves_table(facts.moves).head(MOST_FLOWS).iter_rows(named=True)
    ]  # fmt: skip
    table = Table(
        ("Use case", "From", "To", "Requests a month", "Cost today", "Cost after", "Saved"),
        tuple(rows),
        frozenset({3, 4, 5, 6}),
    )
    policy = " ".join(facts.policy)
    paragraphs = (Paragraph(policy, "The rules"),) if policy else ()
    return Section(
        "moves", title, paragraphs, table, (figure,), "Colours: the model that would answer. Pale: stays with the model it has today.",
        notes=f"{title}. {taken}. {policy}",
    )  # fmt: skip


def _waterfall(facts: Facts) -> Section:
    found = facts.waterfall
    assert found is not None
    title = words.waterfall_title(facts)
    steps = "; ".join(f"{bar.name} {found.text(bar)}" for bar in found.bars)
    figure = Figure(
        "waterfall",
        f"From today's bill to the architecture's, {found.currency.code} a month",
        figures.waterfall_spec(found),
        f"Waterfall: {steps}.",
    )
    table = Table(
        ("Step", f"{found.currency.code} a month"),
        tuple((Cell(bar.name), Cell(found.text(bar))) for bar in found.bars),
        frozenset({1}),
    )
    return Section(
        "waterfall", title, table=table, figures=(figure,), caption=ORDER, notes=f"{title}. {steps}. {ORDER}"
    )


def _sensitivity(facts: Facts) -> Section:
    found = facts.tornado
    assert found is not None
    fragile = [one for one in found.assumptions if one.fragile]
    if found.holds is None:
        title = "What the saving hangs on"
    elif fragile:
        title = f"The decision hangs on {listed((one.name for one in fragile), 2)}"
    elif found.holds:
        title = "No single assumption flips the decision within its plausible range"
    else:
        title = failing(found)
    rows = tuple(
        (
            Cell(one.name), Cell(f"{value_text(one.low, one.unit)} to {value_text(one.high, one.unit)}"),
            Cell(f"{facts.money(one.at_low.saving_usd)} to {facts.money(one.at_high.saving_usd)}"),
            Cell(f"{points(one.at_low.quality)} to {points(one.at_high.quality)}"), Cell(break_even_text(one)),
        )
        for one in found.assumptions[:10]
    )  # fmt: skip
    table = Table(
        ("Assumption", "Plausible", "Saving a month", "Quality against today", "Flips the decision"),
        rows,
        frozenset({1, 2, 3}),
    )
    spec = figures.tornado_spec(facts)
    effects = "; ".join(f"{row[0].text}: saving {row[2].text}" for row in rows)
    drawn = (
        ()
        if spec is None
        else (Figure("tornado", "Saving a month at either end of each assumption", spec, f"Bars: {effects}."),)
    )
    caption = "Each assumption is moved alone over its plausible range. Solid line: as assumed. Dashed line: no saving."
    steps = tuple(
        Paragraph(words.cascade_step(one), "" if number else "Where the cascade pays")
        for number, one in enumerate(found.escalations[:4])
    )
    return Section(
        "sensitivity",
        title,
        steps,
        table=table,
        figures=drawn,
        caption=caption,
        notes=" ".join([f"{title}. {effects}.", *(one.text for one in steps)]),
    )


def flipping(found: Tornado) -> list[tuple[str, str]]:
    """(assumption, where it would flip the decision); the last says that the others would not."""
    able = [one for one in found.assumptions if any(each.line != "latency" for each in one.break_evens)]
    lines = [(one.name, break_even_text(one)) for one in able]
    if len(able) < len(found.assumptions):
        lines.append(("the others" if able else "each of them", "no value within wide limits flips it"))
    return lines


def failing(found: Tornado) -> str:
    """Why the decision does not stand as assumed."""
    if found.outcome.saving_usd is None:
        return "What it saves is unknown: a model has no price"
    if found.outcome.saving_usd <= 0:
        return "As assumed it saves nothing"
    return (
        f"As assumed, quality changes by {points(found.outcome.quality)}; {points(found.tolerated_loss)} are tolerated"
    )
