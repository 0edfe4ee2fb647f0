"""The sections of a report, from the facts: what is said, tabled and drawn, in this order."""

from collections.abc import Callable

from analytics.charts.format import change, count, interval, money, points, seconds, share
from analytics.charts.moves import moves_table
from analytics.charts.sensitivity import break_even_text, value_text
from analytics.reports import figures, words
from analytics.reports.content import Cell, Figure, KeyNumber, Paragraph, Section, Table
from analytics.reports.facts import Facts
from analytics.reports.method import METHOD
from analytics.reports.spending import Spend
from analytics.reports.text import listed
from analytics.simulation import Estimate, Projection, Scenario

MOST_FLOWS = 8
ORDER = (
    "Read from the top: today's bill, then each step in a fixed order, each measured against the bill before it, so that the "
    "steps add up to the last bar. Answers: each request pays for the model that answers it, instead of what it costs today."
)


def sections_of(facts: Facts) -> list[Section]:
    """Summary first; sections that the facts cannot carry are left out."""
    found = [_summary(facts), _architectures(facts), _plane(facts)]
    if facts.by_model:
        found.append(_spend(facts))
    if facts.moves:
        found.append(_moves(facts))
    if facts.waterfall:
        found.append(_waterfall(facts))
    if facts.tornado is not None and facts.tornado.assumptions:
        found.append(_sensitivity(facts))
    return [*found, _evidence(facts), Section("method", "How these numbers are made", METHOD)]


def key_numbers(facts: Facts) -> tuple[KeyNumber, ...]:
    """Cost, quality and latency of the architecture the report is about, else of today's."""
    one, now = facts.projection or facts.current, facts.current
    cost, quality, wait = one.monthly_cost_usd, one.quality, one.latency_s
    against = one.vs_current
    same = one is now
    return (
        KeyNumber(
            "Monthly cost", money(cost.mean, "unpriced"),
            "today" if same else f"{change(against.cost.mean, now.monthly_cost_usd.mean)}, from {money(now.monthly_cost_usd.mean)}",
        ),
        KeyNumber(
            "Quality score", share(quality.mean) if quality.mean is not None else interval(share(quality.low), share(quality.high)),
            "today" if same else f"{points(against.quality.mean)}, from {share(now.quality.mean)}",
        ),
        KeyNumber(
            "Average latency", seconds(wait.mean), "today" if same else f"from {seconds(now.latency_s.mean)}"
        ),
        KeyNumber("Evidence", f"Grade {one.grade}", f"{share(one.evidence.observed, 0)} observed"),
    )  # fmt: skip


def architecture_table(facts: Facts) -> Table:
    """Architecture, monthly cost, average latency, quality score, grade; intervals in small."""
    now = facts.current
    return Table(
        ("Architecture", "Monthly cost", "Average latency", "Quality score", "Against today", "Grade"),
        tuple(_architecture_row(one, now) for one in facts.simulation.projections),
        frozenset({1, 2, 3, 4}),
        facts.chosen,
    )


def _architecture_row(one: Projection, now: Projection) -> tuple[Cell, ...]:
    cost, quality, wait = one.monthly_cost_usd, one.quality, one.latency_s
    against = one.vs_current
    difference = (
        Cell("")
        if one is now
        else Cell(change(against.cost.mean, now.monthly_cost_usd.mean), points(against.quality.mean))
    )
    return (
        Cell(one.name),
        Cell(money(cost.mean, "unpriced"), _interval(cost, money)),
        Cell(seconds(wait.mean), interval(seconds(wait.low), seconds(wait.high))),
        Cell(share(quality.mean), _interval(quality, share)),
        difference,
        Cell(one.grade),
    )


def _interval(estimate: Estimate, written: Callable[[float | None], str]) -> str:
    return interval(written(estimate.low), written(estimate.high))


def _summary(facts: Facts) -> Section:
    paragraphs = tuple(Paragraph(text, heading, key) for key, heading, text in words.summary(facts))
    return Section("summary", words.headline(facts), paragraphs)


def _architectures(facts: Facts) -> Section:
    simulation = facts.simulation
    known = [one for one in simulation.projections if one.monthly_cost_usd.mean is not None]
    least = min(known, key=lambda one: one.monthly_cost_usd.mean or 0.0, default=None)
    title = (
        "What each architecture costs is unknown"
        if least is None
        else f"{least.name} costs least: {money(least.monthly_cost_usd.mean)} a month"
    )
    metric = f"quality is '{simulation.metric}'" if simulation.metric else "no answer is scored"
    caption = (
        f"{count(simulation.requests_per_month)} requests a month at list prices; {metric}. Below each number its 95% interval: "
        "sampling of requests, of scores, and the models' estimates."
    )
    unpriced = [
        f"{one.name} uses models without a price: {listed(one.unpriced)}."
        for one in simulation.projections
        if one.unpriced
    ]
    return Section(
        "architectures", title, table=architecture_table(facts), caption=" ".join([caption, *unpriced]),
        notes=f"{caption} Grades: " + "; ".join(f"{grade}: {meaning}" for grade, meaning in words.GRADES.items()) + ".",
    )  # fmt: skip


def _plane(facts: Facts) -> Section:
    one, now = facts.projection, facts.current
    if one is None or one.quality.mean is None or one.monthly_cost_usd.mean is None:
        title = "What each architecture costs and how good it is"
    else:
        title = (
            f"{one.name}: {change(one.vs_current.cost.mean, now.monthly_cost_usd.mean)} cost, "
            f"{points(one.vs_current.quality.mean)} quality against today"
        )
    caption = (
        "Cost to the right, quality up; crosses are 95% intervals, larger dots wait longer, the hollow one is today."
    )
    places = "; ".join(
        f"{each.name} {money(each.monthly_cost_usd.mean, 'unpriced')} at {share(each.quality.mean)}"
        for each in facts.simulation.projections
    )
    figure = Figure(
        "plane", "Cost and quality of each architecture", figures.plane_spec(facts), f"Scatter chart: {places}."
    )
    return Section("plane", title, figures=(figure,), caption=caption, notes=f"{caption} {places}.")


def _spend(facts: Facts) -> Section:
    drawn = tuple(
        Figure(
            f"spend_{key}", f"By {label}, USD a month", figures.spend_spec(rows),
            f"Bars by {label}: " + "; ".join(f"{row.name} {money(row.today_usd)} today, {money(row.then_usd)} then" for row in rows) + ".",
        )
        for key, label, rows in (("model", "model", facts.by_model), ("use_case", "use case", facts.by_use_case))
    )  # fmt: skip
    title = words.spend_title(facts.by_model)
    caption = "Each model is charged for every call it makes, also for answers that a cascade does not keep."
    return Section(
        "spend",
        title,
        table=_spend_table(facts.by_use_case),
        figures=drawn,
        caption=caption,
        notes=f"{title}. {caption}",
    )


def _spend_table(rows: tuple[Spend, ...]) -> Table:
    return Table(
        ("Use case", "Today", "Then", "Saved"),
        tuple(
            (Cell(row.name), Cell(money(row.today_usd)), Cell(money(row.then_usd)), Cell(money(row.today_usd - row.then_usd)))
            for row in rows
        ),
        frozenset({1, 2, 3}),
    )  # fmt: skip


def _moves(facts: Facts) -> Section:
    month = facts.simulation.requests_per_month
    title = f"{share(facts.moved_requests / month) if month else 'None'} of requests would get another model than today"
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
            Cell(money(row["current_cost"], "unpriced")), Cell(money(row["new_cost"], "unpriced")), Cell(money(row["saved"])),
        )
        for row in moves_table(facts.moves).head(MOST_FLOWS).iter_rows(named=True)
    ]  # fmt: skip
    table = Table(
        ("Use case", "From", "To", "Requests a month", "Cost today", "Cost then", "Saved"),
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
        "From today's bill to the architecture's, USD a month",
        figures.waterfall_spec(found),
        f"Waterfall: {steps}.",
    )
    table = Table(
        ("Step", "USD a month"), tuple((Cell(bar.name), Cell(found.text(bar))) for bar in found.bars), frozenset({1})
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
        title = "The decision does not stand as assumed"
    rows = tuple(
        (
            Cell(one.name), Cell(f"{value_text(one.low, one.unit)} to {value_text(one.high, one.unit)}"),
            Cell(f"{money(one.at_low.saving_usd)} to {money(one.at_high.saving_usd)}"),
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


def _evidence(facts: Facts) -> Section:
    one = facts.projection or facts.current
    title = f"Grade {one.grade}: {words.GRADES[one.grade].split(',')[0].split(':')[0]}"
    paragraphs = [Paragraph(words.DEMO, "Demo data")] if facts.is_demo else []
    for each in facts.simulation.projections:
        known = each.evidence
        text = (
            f"Grade {each.grade}. {share(known.observed, 0)} of the traffic observed, {share(known.pooled, 0)} pooled from similar "
            f"classes, {share(known.assumed, 0)} assumed."
        )
        paragraphs.append(Paragraph(f"{text} {each.settle}" if each.settle else text, each.name))
    rows = tuple((Cell(name), Cell(value)) for name, value in assumptions(facts))
    return Section(
        "evidence", title, tuple(paragraphs), Table(("Assumed", "Value"), rows),
        caption="; ".join(f"{grade}: {meaning}" for grade, meaning in words.GRADES.items()) + ".",
        notes=" ".join(f"{one.heading}: {one.text}" for one in paragraphs),
    )  # fmt: skip


def assumptions(facts: Facts) -> list[tuple[str, str]]:
    """(assumption, value) of everything the projection takes as given."""
    scenario, scope, usual = facts.scenario, facts.scope, Scenario()
    rows = [
        ("Requests a month", count(facts.simulation.requests_per_month)),
        ("Growth", f"{scenario.growth:+.0%}"),
        ("Prices", "list prices" if not scenario.prices else f"list prices, changed for {len(scenario.prices)} model{'s' if len(scenario.prices) > 1 else ''}"),
        ("Cached input that survives a change of model", share(scenario.cache_survival, 0)),
        ("Quality floor", "today's less 2.0 points" if scenario.quality_floor is None else share(scenario.quality_floor)),
    ]  # fmt: skip
    if scenario.verbosity != usual.verbosity:
        rows.append(("Length of other models' answers", f"{scenario.verbosity:g} times as estimated"))
    if scenario.quality_shift != usual.quality_shift:
        rows.append(("Quality of other models' answers", f"{points(scenario.quality_shift)} against the estimate"))
    if scenario.fixed_monthly_usd:
        rows.append(("Running costs", f"{money(scenario.fixed_monthly_usd)} a month"))
    if facts.first and facts.last:
        rows.append(("Traffic", f"{facts.first:%-d %B %Y} to {facts.last:%-d %B %Y}"))
    chosen = [
        f"{len(values)} {name}"
        for values, name in (
            (scope.use_cases, "use cases"), (scope.models, "models"), (scope.teams, "teams"), (scope.environments, "environments"),
        )
        if values
    ]  # fmt: skip
    rows.append(("Part of the log", f"only {listed(chosen)}" if chosen else "all of it"))
    return rows
