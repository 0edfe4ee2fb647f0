"""Projections as sentences and as a table, in the words of the person who signs."""

from typing import TYPE_CHECKING

from analytics.charts.format import change, count, interval, money, points, seconds, share
from analytics.currency import USD, Currency
from analytics.settings import MONTH_DAYS
from analytics.simulation import Projection, Simulation
from analytics.simulation.grade_words import EVIDENCE

if TYPE_CHECKING:
    import polars as pl

# Chances that quality stays above the floor: enough to move, and as likely as not.
LIKELY, EVEN = 0.8, 0.5
# What the evidence on the models' answers says nothing of, wherever it is given.
CHECKER_STATED = "What the checker keeps is stated by the architecture, not measured."


def architecture_table(simulation: Simulation, currency: Currency = USD) -> "pl.DataFrame":
    """One row of text per projection, current first."""
    import polars as pl

    current = simulation.projections[0]
    return pl.DataFrame([_row(projection, current, currency) for projection in simulation.projections])


def _row(projection: Projection, current: Projection, currency: Currency) -> dict[str, str]:
    cost, quality = projection.monthly_cost_usd, projection.quality
    difference = projection.vs_current.cost.mean
    return {
        "Architecture": projection.name,
        "Monthly cost": money(cost.mean, "unpriced", currency),
        "Average latency": seconds(projection.latency_s.mean),
        "Quality score": share(quality.mean),
        "Cost change": "" if projection is current else change(difference, current.monthly_cost_usd.mean),
        "Quality change": "" if projection is current else points(projection.vs_current.quality.mean),
        EVIDENCE: projection.grade,
        "Cost interval": interval(money(cost.low, currency=currency), money(cost.high, currency=currency)),
        "Quality interval": interval(share(quality.low), share(quality.high)),
        "Slowest 5% wait": seconds(projection.latency_s.p95),
    }


def best_alternative(simulation: Simulation) -> Projection | None:
    """The cheapest architecture whose quality is likely above the floor; else the likeliest to be, an unknown chance taken as even.

    None where nothing of a known price costs less than today.
    """
    others = [one for one in simulation.projections[1:] if one.monthly_cost_usd.mean is not None]
    current = simulation.projections[0].monthly_cost_usd.mean
    cheaper = [one for one in others if current is None or (one.monthly_cost_usd.mean or 0.0) < current]
    safe = [one for one in cheaper if (one.quality_floor_probability or 0.0) >= LIKELY]
    if safe:
        return min(safe, key=lambda one: one.monthly_cost_usd.mean or 0.0)
    return max(cheaper, key=_promise, default=None)


def _promise(one: Projection) -> tuple[float, float]:
    chance = EVEN if one.quality_floor_probability is None else one.quality_floor_probability
    return chance, -(one.monthly_cost_usd.mean or 0.0)


def footnote(simulation: Simulation, currency: Currency = USD, about: Projection | None = None) -> str:
    """What stands behind the numbers, and behind those of the architecture it is about (by default the last)."""
    one = about or simulation.projections[-1]
    stated = f" {CHECKER_STATED}" if one.checker_stated else ""
    return (
        f"{count(simulation.requests_per_month)} requests a month of {MONTH_DAYS:.1f} days at list prices; {metric_text(simulation.metric)}. "
        f"{EVIDENCE} for {one.name}: {share(one.evidence.observed, 0)} of traffic observed, "
        f"{share(one.evidence.pooled, 0)} pooled from similar classes, {share(one.evidence.assumed, 0)} assumed.{stated} "
        "Intervals cover 95%: sampling of requests, of scores, and the models' estimates." + rate_note(currency)
    )


def metric_text(metric: str | None) -> str:
    """What the quality scores are, in a caption; the log's plain column needs no name."""
    if metric is None:
        return "no answer is scored"
    return "quality is the score in the data" if metric == "quality" else f"quality is '{metric}'"


def rate_note(currency: Currency) -> str:
    """The rate as the end of a caption; empty for USD."""
    return f" {currency.note}." if currency.note else ""
