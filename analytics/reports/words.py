"""The report's sentences: what changes, what it saves, what it risks, how sure that is, what to do next. Plain text."""

from collections.abc import Iterable

from analytics.charts.format import change, count, interval, points, seconds, share
from analytics.charts.present import CHECKER_STATED
from analytics.charts.sensitivity import break_even_text
from analytics.charts.verdict import chance, floor_text, how_sure
from analytics.reports.facts import Facts
from analytics.reports.next_step import next_step, without_price
from analytics.reports.spending import Spend
from analytics.reports.text import listed
from analytics.simulation import Estimate, Projection
from analytics.simulation.escalation import Escalation
from analytics.simulation.grade_words import MEANINGS, evidence_text
from analytics.simulation.moves import Move

DEMO = "Demo data: these requests are generated, not anybody's. No decision can rest on them."


def summary(facts: Facts) -> list[tuple[str, str, str]]:
    """(key, heading, text) of every paragraph of the executive summary."""
    one = facts.projection
    if one is None:
        return [("change", "What changes", "Nothing is compared yet: choose an architecture to compare with today's.")]
    return [
        ("change", "What changes", _change(facts, one)),
        ("saving", "What it saves", _saving(facts, one)),
        ("risk", "What it risks", _risk(facts, one)),
        ("sure", "How sure we are", _sure(facts, one)),
        ("next", "What to do next", next_step(facts, one)),
    ]


def _change(facts: Facts, one: Projection) -> str:
    lead = f"{one.name} would replace today's architecture for {count(facts.simulation.requests_per_month)} requests a month. "
    if facts.moved_requests <= 0:
        return f"{lead}No request would get another model than today."
    return lead + _moved(facts)


def _moved(facts: Facts) -> str:
    month, targets = facts.simulation.requests_per_month, answered(facts.moves)
    part = share(facts.moved_requests / month) if month else share(None)
    return (
        f"{part} of the requests ({count(facts.moved_requests)}) would be answered by another model than today, "
        f"{'all' if len(targets) == 1 else 'most'} by {listed(name for name, _ in targets[:3])}."
    )


def _saving(facts: Facts, one: Projection) -> str:
    cost, now, saved = one.monthly_cost_usd, facts.current.monthly_cost_usd, one.vs_current.cost
    if cost.mean is None or saved.mean is None or saved.low is None or saved.high is None:
        return f"Unknown: {without_price(facts, one)} has no price."
    if saved.mean >= 0:
        return f"Nothing: it costs {facts.money(saved.mean)} a month more than today's {facts.money(now.mean)} (95% interval {interval(facts.money(saved.low), facts.money(saved.high))})."
    text = (
        f"{facts.money(-saved.mean)} a month (95% interval {interval(facts.money(-saved.high), facts.money(-saved.low))}): "
        f"{facts.money(cost.mean)} instead of {facts.money(now.mean)}, {change(saved.mean, now.mean)}."
    )
    if saved.high >= 0:
        text += " The interval holds no saving at all, so this may be chance."
    found = facts.waterfall
    if found is not None:
        extra = [bar for bar in found.bars if bar.kind == "extra"]
        if extra:
            added = sum(bar.end - bar.start for bar in extra)
            text += f" Cascades, checkers, routing and running costs are counted in: {found.amount(added)} a month."
        else:
            text += " Routing adds nothing to the bill."
    return text


def _risk(facts: Facts, one: Projection) -> str:
    quality, difference = one.quality, one.vs_current.quality
    if quality.mean is None or difference.mean is None:
        text = f"Quality would lie between {share(quality.low)} and {share(quality.high)}; nobody has measured where."
    else:
        text = (
            f"Quality would be {share(quality.mean)} (95% interval {_interval(quality)}), {points(difference.mean)} against today's "
            f"{share(facts.current.quality.mean)} (95% interval {signed(difference)})."
        )
        if one.quality_floor_probability is not None:
            text += (
                f" The chance that it stays {floor_text(facts.scenario)} is {chance(one.quality_floor_probability)}."
            )
    wait, slower = one.latency_s, one.vs_current.latency.mean
    text += f" People would wait {seconds(wait.mean)} on average"
    if slower is not None:
        text += f", {seconds(abs(slower))} {'longer' if slower > 0 else 'less'} than today,"
    text += f" and one in twenty more than {seconds(wait.p95)}."
    fragile = [] if facts.tornado is None else [each for each in facts.tornado.assumptions if each.fragile]
    if fragile:
        text += (
            f" What would flip the decision: {'; '.join(f'{each.name} ({break_even_text(each)})' for each in fragile)}."
        )
    elif facts.tornado is not None and facts.tornado.holds:
        text += " No single assumption flips the decision within its plausible range."
    return text


def _sure(facts: Facts, one: Projection) -> str:
    known = one.evidence
    text = (
        f"{evidence_text(one.grade)}: {MEANINGS[one.grade]}. {share(known.observed, 0)} of the traffic is observed in its own class, "
        f"{share(known.pooled, 0)} pooled from similar classes, {share(known.assumed, 0)} assumed."
    )
    if one.checker_stated:
        text += f" {CHECKER_STATED}"
    if one.latency_s.assumed:
        text += f" Nobody has timed {listed(one.latency_s.assumed)}: the speed is a catalogue's."
    return f"{text} {DEMO}" if facts.is_demo else text


def _interval(estimate: Estimate) -> str:
    return interval(share(estimate.low), share(estimate.high))


def signed(difference: Estimate) -> str:
    """-3.1 to -0.9, of a difference of shares."""
    low, high = (points(end).removesuffix(" points") for end in (difference.low, difference.high))
    return interval(low, high)


def answered(moves: Iterable[Move]) -> list[tuple[str, float]]:
    """(model, requests a month that it takes over), the most first."""
    total: dict[str, float] = {}
    for one in moves:
        if one.moves:
            total[one.target] = total.get(one.target, 0.0) + one.requests
    return sorted(total.items(), key=lambda pair: -pair[1])


def cascade_step(one: Escalation) -> str:
    """How many go on from a step of a cascade, and how many may for it to pay."""
    step = f"{share(one.escalation)} of the answers of {one.model} are not kept and go on to {one.next_model}"
    if one.limit is None:
        return f"{step}; whether that pays is unknown, for a model has no price."
    if one.limit <= 0:
        return f"{step}; it would not pay if none did."
    return f"{step}; it pays while fewer than {share(one.limit)} do."


def spend_title(rows: tuple[Spend, ...]) -> str:
    """Who takes most of the bill, today and then."""
    today, then = sum(row.today_usd for row in rows), sum(row.then_usd for row in rows)
    first = max(rows, key=lambda row: row.today_usd)
    later = max(rows, key=lambda row: row.then_usd)
    now, after = _part(first.today_usd, today), _part(later.then_usd, then)
    bill = "a smaller bill" if then < today else "the bill"
    if later is first:
        return f"{first.name} takes {now} of the bill today, and {after} of {bill} after the change"
    return f"{first.name} takes {now} of the bill today; after the change {later.name} takes {after} of {bill}"


def _part(usd: float, whole: float) -> str:
    part = None if whole <= 0 else usd / whole
    if part is None or part < 0.995:
        return share(part, 0)
    return "all" if part >= 1 - 1e-9 else "almost all"


def waterfall_title(facts: Facts) -> str:
    """The largest part, and what works against it."""
    found = facts.waterfall
    assert found is not None
    parts = [bar for bar in found.bars if not bar.is_total]
    if not parts:
        return "Nothing changes the bill"
    largest = min(parts, key=lambda bar: bar.end - bar.start)
    if largest.end >= largest.start:
        return f"{max(parts, key=lambda bar: bar.end - bar.start).name} would add most to the bill"
    if largest.kind == "answers":
        model = largest.name.removeprefix("Answers by ")
        return f"Letting {model} answer saves most: {found.text(largest).removeprefix('-')} a month"
    return f"{largest.name}: {found.text(largest)} a month"


def briefs(facts: Facts) -> dict[str, str]:
    """By the key of a paragraph of the summary, what of it stands on a slide; the whole goes into the notes."""
    one = facts.projection
    if one is None:
        return {}
    found = {key: f"{text.split('. ')[0].rstrip('.')}." for key, _, text in summary(facts) if key != "next"}
    sure = how_sure(facts.choice)
    if sure:
        found["sure"] = f"{sure[0].upper()}{sure[1:]}: {MEANINGS[one.grade]}."
    if facts.moved_requests > 0:
        found["change"] = _moved(facts)
    return found
