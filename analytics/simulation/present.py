"""A simulation as JSON (the keys of the command line) and as a table of text."""

from dataclasses import asdict
from typing import Any

from analytics.policies import architecture_toml
from analytics.simulation.frontier import Frontier, Point
from analytics.simulation.results import Estimate, Projection, Simulation
from analytics.simulation.search import Limits
from analytics.simulation.strategies import Strategies


def simulation_json(simulation: Simulation) -> dict[str, Any]:
    """Money in USD per month, latency in seconds, shares and qualities in [0, 1], unknown as null."""
    return {
        "requests_per_month": simulation.requests_per_month,
        "metric": simulation.metric,
        "architectures": [projection_json(projection) for projection in simulation.projections],
    }


def projection_json(projection: Projection) -> dict[str, Any]:
    """One architecture."""
    latency, change = projection.latency_s, projection.vs_current
    return {
        "name": projection.name,
        "grade": projection.grade,
        "monthly_cost_usd": _estimate(projection.monthly_cost_usd),
        "latency_s": {
            "mean": latency.mean, "p50": latency.p50, "p95": latency.p95, "low": latency.low, "high": latency.high,
            "assumed": list(latency.assumed),
        },
        "quality": _estimate(projection.quality),
        "model_share": projection.model_share,
        "escalation_rate": projection.escalation_rate,
        "evidence": {
            "observed": projection.evidence.observed,
            "pooled": projection.evidence.pooled,
            "assumed": projection.evidence.assumed,
        },
        "unpriced": list(projection.unpriced),
        "quality_floor_probability": projection.quality_floor_probability,
        "vs_current": {
            "cost": _estimate(change.cost),
            "quality": _estimate(change.quality),
            "latency": _estimate(change.latency),
        },
        "settle": projection.settle,
    }  # fmt: skip


def simulation_text(simulation: Simulation) -> str:
    """One line per architecture, and one for each thing that needs saying."""
    lines = [
        f"{simulation.requests_per_month:,.0f} requests a month, quality by '{simulation.metric or 'no metric'}'",
        "",
    ]
    width = max(len(projection.name) for projection in simulation.projections)
    lines.append(f"{'architecture':<{max(width, 12)}}  grade  {'cost/month':>24}  {'mean s':>7}  {'p95 s':>7}  quality")
    for projection in simulation.projections:
        latency = projection.latency_s
        lines.append(
            f"{projection.name:<{max(width, 12)}}  {projection.grade:^5}  {_money(projection.monthly_cost_usd):>24}  "
            f"{latency.mean:7.2f}  {latency.p95:7.2f}  {_quality(projection.quality)}"
        )
    for projection in simulation.projections:
        lines += [f"{projection.name}: no price for {model}, so its cost is unknown" for model in projection.unpriced]
        if projection.latency_s.assumed:
            lines.append(f"{projection.name}: assumed speeds for {', '.join(projection.latency_s.assumed)}")
        if projection.settle:
            lines.append(f"{projection.name}: {projection.settle}")
    return "\n".join(lines)


def _estimate(estimate: Estimate) -> dict[str, float | None]:
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}


def _money(estimate: Estimate) -> str:
    if estimate.mean is None or estimate.low is None or estimate.high is None:
        return "unknown"
    return f"${estimate.mean:,.0f} ({estimate.low:,.0f}-{estimate.high:,.0f})"


def _quality(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return "unknown"
    interval = f"{100 * estimate.low:.1f}-{100 * estimate.high:.1f}%"
    return interval if estimate.mean is None else f"{100 * estimate.mean:.1f}% ({interval})"


def frontier_json(frontier: Frontier) -> dict[str, Any]:
    """Points by rising cost; every projection is from the half of the evidence that had no part in choosing."""
    chosen = frontier.chosen
    return {
        "requests_per_month": frontier.requests_per_month,
        "metric": frontier.metric,
        "current": projection_json(frontier.current),
        "singles": [_point_json(one) for one in frontier.singles],
        "points": [_point_json(one) for one in frontier.points],
        "chosen": None if chosen is None else _point_json(chosen),
        "hull": [{"monthly_cost_usd": cost, "quality": quality} for cost, quality in frontier.hull],
        "metrics": None if frontier.metrics is None else asdict(frontier.metrics),
        "mixed_metrics": None if frontier.mixed_metrics is None else asdict(frontier.mixed_metrics),
    }


def _point_json(point: Point) -> dict[str, Any]:
    return projection_json(point.projection) | {"toml": architecture_toml(point.architecture)}


def frontier_text(frontier: Frontier) -> str:
    """The frontier as a table, then the chosen architecture as a file."""
    points = [*(one.projection for one in frontier.singles), *(one.projection for one in frontier.points)]
    simulation = Simulation(frontier.requests_per_month, frontier.metric, (frontier.current, *points))
    text = simulation_text(simulation) + "\nChosen on one half of the evidence, projected from the other."
    if frontier.chosen is not None:
        shown = simulation_text(Simulation(frontier.requests_per_month, frontier.metric, (frontier.chosen.projection,)))
        text += f"\n\n{shown}\n\n{architecture_toml(frontier.chosen.architecture)}"
    elif frontier.limits != Limits():
        text += "\n\nNothing keeps to these limits: loosen one."
    return text


def strategies_json(found: Strategies) -> dict[str, Any]:
    """Each strategy's points, and where it meets the common quality and the common cost; null where it cannot."""
    return {
        "quality": found.quality,
        "monthly_cost_usd": found.cost_usd,
        "strategies": [
            {
                "name": one.name,
                "at_quality": None if one.at_quality is None else asdict(one.at_quality),
                "at_cost": None if one.at_cost is None else asdict(one.at_cost),
                "points": [_point_json(point) for point in one.points],
            }
            for one in found.strategies
        ],
    }


def strategies_text(found: Strategies) -> str:
    """One line per strategy."""
    if found.quality is None or found.cost_usd is None:
        return "The strategies cannot be compared yet: too little is scored."
    lines = [
        f"{'strategy':<10}  {f'at {100 * found.quality:.1f}% quality':>28}  {f'for ${found.cost_usd:,.0f} a month':>28}  (latency added to today's)"
    ]
    now = found.current.latency_s.mean
    for one in found.strategies:
        quality, cost = one.at_quality, one.at_cost
        at_quality = (
            "not reached" if quality is None else f"${quality.monthly_cost_usd:,.0f} ({quality.latency_s - now:+.2f} s)"
        )
        at_cost = "costs more" if cost is None else f"{100 * cost.quality:.1f}% ({cost.latency_s - now:+.2f} s)"
        lines.append(f"{one.name:<10}  {at_quality:>28}  {at_cost:>28}")
    return "\n".join(lines)
