"""The sections of a report, from the facts: what is said, tabled and drawn, in this order."""

from collections.abc import Callable

from analytics.charts.format import change, count, interval, points, seconds, share
from analytics.charts.present import CHECKER_STATED, metric_text
from analytics.charts.verdict import floor_text, headline
from analytics.policies import kept_by_checkers
from analytics.reports import figures, words
from analytics.reports.consequences import consequences
from analytics.reports.content import Cell, Figure, KeyNumber, Paragraph, Section, Table
from analytics.reports.facts import Facts
from analytics.reports.method import METHOD
from analytics.reports.text import listed
from analytics.settings import MONTH_DAYS
from analytics.simulation import Estimate, Projection, Scenario
from analytics.simulation.grade_words import EVIDENCE, EVIDENCE_HELP, MEANINGS, evidence_text


def sections_of(facts: Facts) -> list[Section]:
    """Summary first; sections that the facts cannot carry are left out."""
    return [
        _summary(facts),
        _architectures(facts),
        _plane(facts),
        *consequences(facts),
        _evidence(facts),
        _assumptions(facts),
        Section("method", "How these numbers are made", METHOD),
    ]


def key_numbers(facts: Facts) -> tuple[KeyNumber, ...]:
    """Cost, quality and latency of the architecture the report is about, else of today's."""
    one, now = facts.projection or facts.current, facts.current
    cost, quality, wait = one.monthly_cost_usd, one.quality, one.latency_s
    against = one.vs_current
    same = one is now
    return (
        KeyNumber(
            "Monthly cost", facts.money(cost.mean, "unpriced"),
            "today" if same else f"{change(against.cost.mean, now.monthly_cost_usd.mean)}, from {facts.money(now.monthly_cost_usd.mean)}",
        ),
        KeyNumber(
            "Quality score", share(quality.mean) if quality.mean is not None else interval(share(quality.low), share(quality.high)),
            "today" if same else f"{points(against.quality.mean)}, from {share(now.quality.mean)}" if quality.mean is not None else "not measured",
        ),
        KeyNumber(
            "Average latency", seconds(wait.mean), "today" if same else f"from {seconds(now.latency_s.mean)}"
        ),
        KeyNumber(EVIDENCE, one.grade, f"{share(one.evidence.observed, 0)} observed{', its checker not' if one.checker_stated else ''}"),
    )  # fmt: skip


def architecture_table(facts: Facts) -> Table:
    """Architecture, monthly cost, average latency, quality score, evidence; intervals in small."""
    return Table(
        ("Architecture", "Monthly cost", "Average latency", "Quality score", "Against today", EVIDENCE),
        tuple(_architecture_row(facts, one) for one in facts.simulation.projections),
        frozenset({1, 2, 3, 4}),
        facts.chosen,
    )


def _architecture_row(facts: Facts, one: Projection) -> tuple[Cell, ...]:
    now, cost, quality, wait = facts.current, one.monthly_cost_usd, one.quality, one.latency_s
    against = one.vs_current
    difference = (
        Cell("")
        if one is now
        else Cell(change(against.cost.mean, now.monthly_cost_usd.mean), points(against.quality.mean))
    )
    return (
        Cell(one.name),
        Cell(facts.money(cost.mean, "unpriced"), _interval(cost, facts.money)),
        Cell(seconds(wait.mean), interval(seconds(wait.low), seconds(wait.high))),
        Cell(share(quality.mean), _interval(quality, share)),
        difference,
        Cell(one.grade),
    )


def _interval(estimate: Estimate, written: Callable[[float | None], str]) -> str:
    return interval(written(estimate.low), written(estimate.high))


def _summary(facts: Facts) -> Section:
    briefs = words.briefs(facts)
    paragraphs = tuple(
        Paragraph(text, heading, key, brief=briefs.get(key, "")) for key, heading, text in words.summary(facts)
    )
    return Section("summary", headline(facts.choice), paragraphs)


def _architectures(facts: Facts) -> Section:
    simulation = facts.simulation
    known = [one for one in simulation.projections if one.monthly_cost_usd.mean is not None]
    least = min(known, key=lambda one: one.monthly_cost_usd.mean or 0.0, default=None)
    title = (
        "What each architecture costs is unknown"
        if least is None
        else f"{least.name} costs least: {facts.money(least.monthly_cost_usd.mean)} a month"
    )
    caption = (
        f"{count(simulation.requests_per_month)} requests a month at list prices; {metric_text(simulation.metric)}. Below each number its 95% interval: "
        "sampling of requests, of scores, and the models' estimates. Differences are taken before rounding."
    )
    unpriced = [
        f"{one.name} uses models without a price: {listed(one.unpriced)}."
        for one in simulation.projections
        if one.unpriced
    ]
    return Section(
        "architectures", title, table=architecture_table(facts), caption=" ".join([caption, *unpriced]),
        notes=f"{caption} {EVIDENCE}: {EVIDENCE_HELP}",
    )  # fmt: skip


def _plane(facts: Facts) -> Section:
    one, now = facts.projection, facts.current
    if one is None or one.quality.mean is None or one.monthly_cost_usd.mean is None:
        title = "What each architecture costs and how good it is"
    else:
        cost = change(one.vs_current.cost.mean, now.monthly_cost_usd.mean)
        way = f"costs {cost[1:]} {'less' if cost.startswith('-') else 'more'}" if cost[0] in "+-" else "costs as much"
        title = f"{one.name} {way} than today, quality changes by {points(one.vs_current.quality.mean)}"
    caption = (
        "Cost to the right, quality up; crosses are 95% intervals, larger dots wait longer, the hollow one is today."
    )
    places = "; ".join(
        f"{each.name} {facts.money(each.monthly_cost_usd.mean, 'unpriced')} at {share(each.quality.mean)}"
        for each in facts.simulation.projections
    )
    figure = Figure(
        "plane", "Cost and quality of each architecture", figures.plane_spec(facts), f"Scatter chart: {places}."
    )
    return Section("plane", title, figures=(figure,), caption=caption, notes=f"{caption} {places}.")


def _evidence(facts: Facts) -> Section:
    one = facts.projection or facts.current
    title = f"{evidence_text(one.grade)}: {MEANINGS[one.grade].split(',')[0].split(':')[0]}"
    if one.checker_stated:
        title += "; its checker is not"
    paragraphs = [Paragraph(words.DEMO, "Demo data")] if facts.is_demo else []
    paragraphs += [Paragraph(CHECKER_STATED, each.name) for each in facts.simulation.projections if each.checker_stated]
    paragraphs += [Paragraph(each.settle, each.name) for each in facts.simulation.projections if each.settle]
    rows = tuple(
        (
            Cell(each.name), Cell(each.grade), Cell(share(each.evidence.observed, 0)), Cell(share(each.evidence.pooled, 0)),
            Cell(share(each.evidence.assumed, 0)),
        )
        for each in facts.simulation.projections
    )  # fmt: skip
    caption = f"{EVIDENCE_HELP} Traffic is observed where answers of its own class are scored, pooled from similar classes, or assumed."
    known = "; ".join(f"{' '.join([row[0].text, row[1].text])}, {row[2].text} observed" for row in rows)
    return Section(
        "evidence", title, tuple(paragraphs),
        Table(("Architecture", EVIDENCE, "Observed", "Pooled", "Assumed"), rows, frozenset({2, 3, 4}), facts.chosen),
        caption=caption, notes=" ".join([f"{known}.", caption, *(f"{one.heading}: {one.text}" for one in paragraphs)]),
    )  # fmt: skip


def _assumptions(facts: Facts) -> Section:
    rows = assumptions(facts)
    return Section(
        "assumptions", "What these numbers take as given",
        table=Table(("Assumed", "Value"), tuple((Cell(name), Cell(value)) for name, value in rows)),
        notes="; ".join(f"{name}: {value}" for name, value in rows) + ".",
    )  # fmt: skip


def assumptions(facts: Facts) -> list[tuple[str, str]]:
    """(assumption, value) of everything the projection takes as given."""
    scenario, scope, usual = facts.scenario, facts.scope, Scenario()
    rows = [
        ("Requests a month", count(facts.simulation.requests_per_month) + ("" if scenario.requests_per_month else f", the log's daily mean over {MONTH_DAYS:.1f} days")),
        ("Growth", f"{scenario.growth:+.0%}" if scenario.growth else "none"),
        ("Prices", "list prices" if not scenario.prices else f"list prices, changed for {len(scenario.prices)} model{'s' if len(scenario.prices) > 1 else ''}"),
        ("Cached input that survives a change of model", share(scenario.cache_survival, 0)),
        ("Quality should stay", floor_text(scenario)),
    ]  # fmt: skip
    one = facts.projection
    if one is not None and one.checker_stated and facts.architecture is not None:
        rows.append((f"What the checker of {one.name} keeps", f"{kept_by_checkers(facts.architecture)}, not measured"))
    if scenario.verbosity != usual.verbosity:
        rows.append(("Length of other models' answers", f"{scenario.verbosity:g} times as estimated"))
    if scenario.quality_shift != usual.quality_shift:
        rows.append(("Quality of other models' answers", f"{points(scenario.quality_shift)} against the estimate"))
    if scenario.fixed_monthly_usd:
        rows.append(("Running costs", f"{facts.money(scenario.fixed_monthly_usd)} a month"))
    if facts.currency.note:
        rows.append(("Currency", facts.currency.note))
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
