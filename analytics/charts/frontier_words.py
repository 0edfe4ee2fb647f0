"""The frontier and the strategies as sentences and tables."""

import math
from typing import TYPE_CHECKING

from analytics.charts.format import change, interval, money, points, seconds, share, signed_seconds
from analytics.charts.markdown import escaped, literal
from analytics.currency import USD, Currency
from analytics.simulation.frontier import Frontier
from analytics.simulation.grade_words import EVIDENCE, evidence_text
from analytics.simulation.project import DEFAULT_MARGIN
from analytics.simulation.results import Projection
from analytics.simulation.strategies import ASSUMED, Place, Strategies, Strategy

# From here on a lower price is not worth a sentence.
HARDLY_CHEAPER = 0.98
LEAST_FLOOR, UNKNOWN_FLOOR = 50.0, 90.0

if TYPE_CHECKING:
    import polars as pl


def frontier_answer(frontier: Frontier, currency: Currency = USD) -> str:
    """What the best architecture under the limits would do, or that none keeps to them, as Markdown."""
    now, chosen = frontier.current, frontier.chosen
    if chosen is None:
        return "Nothing keeps to these limits: loosen one. The chart shows what is possible."
    found = chosen.projection
    quality = share(found.quality.mean)
    if found.vs_current.quality.mean is not None:
        quality += f" ({points(found.vs_current.quality.mean)} against today)"
    cost, wait = escaped(money(found.monthly_cost_usd.mean, currency=currency)), seconds(found.latency_s.mean)
    today = escaped(money(now.monthly_cost_usd.mean, currency=currency))
    saved = change(found.vs_current.cost.mean, now.monthly_cost_usd.mean)
    if _misses(frontier):
        return (
            f"**Nothing is sure to be as good as {share(frontier.limits.min_quality)}**: the best candidate costs {cost} a month instead of "
            f"{today} ({saved}), but turned out at **{quality}**. {evidence_text(found.grade)}."
        )
    if near_miss(frontier):
        text = (
            f"**{cost} a month instead of {today}** ({saved}) is the least that may be as good as {share(frontier.limits.min_quality)}; "
            f"it turned out at {quality} quality"
        )
    elif frontier.limits.max_cost_usd is not None:
        text = f"At most **{quality} quality** is to be had within this budget, for **{cost} a month instead of {today}** ({saved})"
    else:
        text = f"**{cost} a month instead of {today}** ({saved}) is the least that keeps to these limits, at {quality} quality"
    return f"{text} and {wait} per answer. {evidence_text(found.grade)}."


def _misses(frontier: Frontier) -> bool:
    chosen, least = frontier.chosen, frontier.limits.min_quality
    quality = None if chosen is None else chosen.projection.quality.high
    return quality is not None and least is not None and quality < least


def offered_floor(current: Projection) -> float:
    """What quality to ask for when nobody said, in percent and half points: that of today less the margin of every verdict."""
    if current.quality.mean is None:
        return UNKNOWN_FLOOR
    return max(LEAST_FLOOR, math.floor((current.quality.mean - DEFAULT_MARGIN) * 200) / 2)


def near_miss(frontier: Frontier, currency: Currency = USD) -> str:
    """That the best one is below the quality it was chosen for, by the half of the evidence that judges it, and what is not,
    as Markdown; nothing where it keeps its word."""
    chosen, least = frontier.chosen, frontier.limits.min_quality
    quality = None if chosen is None else chosen.projection.quality
    if quality is None or quality.mean is None or least is None or quality.mean >= least:
        return ""
    text = (
        f"Half of the evidence chose it as {share(least)} good or better. The other half, which had no part in choosing, puts it at "
        f"{share(quality.mean)} ({interval(share(quality.low), share(quality.high))})"
    )
    others = [one.projection for one in (*frontier.singles, *frontier.points)]
    able = [one for one in others if (one.quality.mean or 0.0) >= least and one.monthly_cost_usd.mean is not None]
    cheapest = min(able, key=lambda one: one.monthly_cost_usd.mean or 0.0, default=None)
    if cheapest is None:
        return f"{text}, and nothing else above that."
    name, cost = cheapest.name, money(cheapest.monthly_cost_usd.mean, currency=currency)
    return f"{text}. The cheapest that it does put there is {literal(name)}: {escaped(cost)} a month, {share(cheapest.quality.mean)}."


def frontier_note(frontier: Frontier, currency: Currency = USD) -> str:
    """What the quality of the best single model is to be had for, as Markdown; nothing without scores."""
    best = max((one.projection for one in frontier.singles), key=lambda one: one.quality.mean or 0.0)
    as_good = [
        one.projection for one in frontier.points if (one.projection.quality.mean or 0.0) >= (best.quality.mean or 1.0)
    ]
    cheapest = min(as_good, key=lambda one: one.monthly_cost_usd.mean or 0.0, default=None)
    cost = best.monthly_cost_usd.mean
    name = f"{best.name.removeprefix('Single ')} alone ({share(best.quality.mean)}, {money(cost, currency=currency)} a month)"
    if cheapest is None or (cost is not None and (cheapest.monthly_cost_usd.mean or 0.0) > HARDLY_CHEAPER * cost):
        return escaped(f"Nothing cheaper is as good as {name}.")
    return escaped(
        f"As good as {name}, the best single model, is to be had for {money(cheapest.monthly_cost_usd.mean, currency=currency)}."
    )


def frontier_measures(frontier: Frontier) -> list[str]:
    """The literature's measures of the whole curve."""
    notes, ours, mixed = [], frontier.metrics, frontier.mixed_metrics
    if ours and mixed and ours.aiq is not None and mixed.aiq is not None:
        notes.append(
            f"Here: AIQ is {share(ours.aiq)}, that of sending requests to two single models at random {share(mixed.aiq)}."
        )
        if ours.apgr is not None:
            notes.append(
                f"APGR is {share(ours.apgr, 0)}, CPT 50 {share(ours.cpt50, 0)}, CPT 80 {share(ours.cpt80, 0)}."
            )
    return notes


def points_table(frontier: Frontier, currency: Currency = USD) -> "pl.DataFrame":
    """Every point by rising cost, today and single models among them."""
    import polars as pl

    rows = [
        frontier.current,
        *(
            one.projection
            for one in (*frontier.singles, *frontier.points, *([frontier.chosen] if frontier.chosen else []))
        ),
    ]
    return pl.DataFrame([_row(one, currency) for one in sorted(rows, key=lambda one: one.monthly_cost_usd.mean or 0.0)])


def _row(projection: Projection, currency: Currency) -> dict[str, str]:
    cost, quality = projection.monthly_cost_usd, projection.quality
    return {
        "Architecture": projection.name,
        "Monthly cost": money(cost.mean, "unpriced", currency),
        "Quality": share(quality.mean),
        "Quality interval": interval(share(quality.low), share(quality.high)),
        "Average latency": seconds(projection.latency_s.mean),
        "Slowest 5% wait": seconds(projection.latency_s.p95),
        EVIDENCE: projection.grade,
    }


def strategies_answer(found: Strategies, currency: Currency = USD) -> str:
    """Which strategy is cheapest at the common quality, as Markdown."""
    able = [one for one in found.strategies if one.at_quality is not None]
    if not able or found.quality is None:
        return "No strategy can be compared yet: too little is scored."
    ranked = sorted(able, key=lambda one: one.at_quality.monthly_cost_usd if one.at_quality else 0.0)
    parts = [
        f"{one.name.lower()} {escaped(_cost(one.at_quality, found.quality, currency, _is_guess(one)))}"
        for one in ranked
    ]
    today = found.current.quality.mean
    below = "" if today is None else f" ({points(found.quality - today)} against today)"
    return f"For {share(found.quality)} quality{below} a month would cost: **{', '.join(parts)}**."


def _is_guess(one: Strategy) -> bool:
    return any(getattr(point.architecture.default, "verifier", None) == ASSUMED for point in one.points)


def strategies_table(found: Strategies, currency: Currency = USD) -> "pl.DataFrame":
    """Each strategy at the common quality and for the common money, with the latency it adds against today."""
    import polars as pl

    now = found.current.latency_s.mean
    return pl.DataFrame(
        [
            {
                "Strategy": one.name,
                f"Cost at {share(found.quality)} quality": _cost(one.at_quality, found.quality, currency),
                "Latency there": _latency(one.at_quality, now),
                f"Quality for {money(found.cost_usd, currency=currency)}": _quality(one.at_cost),
                "Latency for it": _latency(one.at_cost, now),
            }
            for one in found.strategies
        ]
    )


def strategies_footnote(found: Strategies) -> str:
    """What was assumed."""
    text = (
        "Rules, one model for everything among them, and cascades are chosen on one half of the evidence and judged by the other, so a "
        "model's quality differs a little from the table above, which uses all of it; learned routing chooses on prompts it has not seen. "
        "Between two of its points a strategy can flip a coin. Latency in brackets: against today."
    )
    if any(map(_is_guess, found.strategies)):
        text += (
            f" No judge has scored answers here: cascades assume a checker that keeps {ASSUMED.true_accept:.0%} of right and "
            f"{ASSUMED.false_accept:.0%} of wrong answers."
        )
    return text


def _cost(place: Place | None, asked: float | None, currency: Currency, guessed: bool = False) -> str:
    """What a place costs; where the cheapest of a strategy is better than was asked for, how good it is."""
    if place is None:
        return "not reached"
    notes = [f"gives {share(place.quality)}"] if asked is not None and place.quality >= asked + 0.0005 else []
    notes += ["with a checker nobody has tried"] if guessed else []
    cost = money(place.monthly_cost_usd, currency=currency)
    return f"{cost} ({', '.join(notes)})" if notes else cost


def _quality(place: Place | None) -> str:
    return "costs more" if place is None else share(place.quality)


def _latency(place: Place | None, now: float) -> str:
    if place is None:
        return ""
    return f"{seconds(place.latency_s)} ({signed_seconds(place.latency_s - now, place.latency_s)})"
