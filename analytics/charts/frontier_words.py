"""The frontier and the strategies as sentences and tables."""

from typing import TYPE_CHECKING

from analytics.charts.format import change, interval, money, points, seconds, share
from analytics.charts.markdown import escaped
from analytics.currency import USD, Currency
from analytics.simulation.frontier import Frontier
from analytics.simulation.results import Projection
from analytics.simulation.strategies import ASSUMED, Place, Strategies, Strategy

if TYPE_CHECKING:
    import polars as pl


def frontier_answer(frontier: Frontier, currency: Currency = USD) -> str:
    """What the best architecture under the limits would do, or that none keeps to them, as Markdown."""
    now, chosen = frontier.current, frontier.chosen
    if chosen is None:
        return "Nothing keeps to these limits: loosen one. The chart shows what is possible."
    found = chosen.projection
    quality = found.vs_current.quality
    sure = interval(share(found.quality.low), share(found.quality.high))
    text = (
        f"The best under these limits would cost **{escaped(money(found.monthly_cost_usd.mean, currency=currency))} a month instead of "
        f"{escaped(money(now.monthly_cost_usd.mean, currency=currency))}** ({change(found.vs_current.cost.mean, now.monthly_cost_usd.mean)}), "
        f"at {share(found.quality.mean)} quality (95% interval {sure})"
    )
    against = "" if quality.mean is None else f", {points(quality.mean)} against today"
    return f"{text}{against}, and {seconds(found.latency_s.mean)} per answer. Grade {found.grade}."


def frontier_notes(frontier: Frontier, currency: Currency = USD) -> list[str]:
    """How the frontier compares with mixing single models, and the literature's metrics, as Markdown."""
    notes = []
    best = max((one.projection for one in frontier.singles), key=lambda one: one.quality.mean or 0.0)
    as_good = [
        one.projection for one in frontier.points if (one.projection.quality.mean or 0.0) >= (best.quality.mean or 1.0)
    ]
    if as_good:
        cheapest = min(as_good, key=lambda one: one.monthly_cost_usd.mean or 0.0)
        notes.append(
            f"The quality of the best single model ({best.name.removeprefix('Single ')}, {share(best.quality.mean)}, "
            f"{escaped(money(best.monthly_cost_usd.mean, currency=currency))} a month) is to be had for {escaped(money(cheapest.monthly_cost_usd.mean, currency=currency))}."
        )
    ours, mixed = frontier.metrics, frontier.mixed_metrics
    if ours and mixed and ours.aiq is not None and mixed.aiq is not None:
        notes.append(
            f"Over all budgets between the cheapest and the best single model it averages {share(ours.aiq)} (AIQ), "
            f"mixing single models by a coin {share(mixed.aiq)}."
        )
        if ours.apgr is not None:
            beyond = ", because it passes the best single model" if ours.apgr > 1 else ""
            notes.append(
                f"On average it recovers {share(ours.apgr, 0)} of the gap between the two (APGR, a coin: 50%){beyond}; half of it takes "
                f"{share(ours.cpt50, 0)} of the added money (CPT 50), four fifths {share(ours.cpt80, 0)} (CPT 80)."
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
        "Quality, 95% interval": interval(share(quality.low), share(quality.high)),
        "Average latency": seconds(projection.latency_s.mean),
        "Slowest 5% wait": seconds(projection.latency_s.p95),
        "Grade": projection.grade,
    }


def strategies_answer(found: Strategies, currency: Currency = USD) -> str:
    """Which strategy is cheapest at the common quality, as Markdown."""
    able = [one for one in found.strategies if one.at_quality is not None]
    if not able or found.quality is None:
        return "No strategy can be compared yet: too little is scored."
    ranked = sorted(able, key=lambda one: one.at_quality.monthly_cost_usd if one.at_quality else 0.0)
    parts = [
        f"{one.name.lower()} {escaped(money(one.at_quality.monthly_cost_usd, currency=currency))}"
        f"{' (with a judge nobody has tried)' if _is_guess(one) else ''}"
        for one in ranked
        if one.at_quality
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
                f"Cost at {share(found.quality)} quality": _cost(one.at_quality, currency),
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
            f" No judge has scored answers here: cascades assume one that accepts {ASSUMED.true_accept:.0%} of right and "
            f"{ASSUMED.false_accept:.0%} of wrong answers."
        )
    return text


def _cost(place: Place | None, currency: Currency) -> str:
    return "not reached" if place is None else money(place.monthly_cost_usd, currency=currency)


def _quality(place: Place | None) -> str:
    return "costs more" if place is None else share(place.quality)


def _latency(place: Place | None, now: float) -> str:
    if place is None:
        return ""
    difference = place.latency_s - now
    return f"{seconds(place.latency_s)} ({'+' if difference >= 0 else '-'}{seconds(abs(difference))})"
