"""A simulation as the command line shows it: one JSON object, or a table of text."""

from typing import Any

from analytics.simulation.projection import Estimate, Projection, Simulation

JsonObject = dict[str, Any]


def simulation_json(simulation: Simulation) -> JsonObject:
    """The object of `routecast simulate --json`; unknown is null."""
    return {
        "requests_per_month": simulation.requests_per_month,
        "metric": simulation.metric,
        "architectures": [_projection_json(projection) for projection in simulation.projections],
    }


def _projection_json(projection: Projection) -> JsonObject:
    latency, change, evidence = projection.latency_s, projection.vs_current, projection.evidence
    return {
        "name": projection.name,
        "grade": projection.grade,
        "monthly_cost_usd": _estimate_json(projection.monthly_cost_usd),
        "latency_s": {"mean": latency.mean, "p50": latency.p50, "p95": latency.p95, "low": latency.low, "high": latency.high},
        "quality": _estimate_json(projection.quality),
        "model_share": dict(projection.model_share),
        "escalation_rate": projection.escalation_rate,
        "evidence": {"observed": evidence.observed, "pooled": evidence.pooled, "assumed": evidence.assumed},
        "unpriced": list(projection.unpriced),
        "quality_floor_probability": projection.quality_floor_probability,
        "vs_current": {
            "cost": _estimate_json(change.cost),
            "quality": _estimate_json(change.quality),
            "latency": _estimate_json(change.latency),
        },
        "settle": projection.settle,
    }


def _estimate_json(estimate: Estimate) -> JsonObject:
    return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}


def simulation_text(simulation: Simulation) -> str:
    """A table of the projections for a terminal, with 95% intervals."""
    header = ["architecture", "monthly cost", "latency", "quality", "grade"]
    rows = [header, *([*_cells(projection)] for projection in simulation.projections)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    volume = f"{simulation.requests_per_month:,.0f} requests a month, list prices, 95% intervals"
    notes = [f"{projection.name}: {projection.settle}" for projection in simulation.projections if projection.settle]
    unpriced = sorted({model for projection in simulation.projections for model in projection.unpriced})
    if unpriced:
        notes.append(f"Without a price: {', '.join(unpriced)}.")
    return "\n".join([volume, "", *lines, *([""] if notes else []), *notes])


def _cells(projection: Projection) -> tuple[str, str, str, str, str]:
    latency = projection.latency_s
    return (
        projection.name,
        _shown(projection.monthly_cost_usd, "${:,.0f}", 1.0, "unpriced"),
        "unknown" if latency.mean is None else f"{latency.mean:.2f} s",
        _shown(projection.quality, "{:.1f}%", 100.0, "unknown"),
        projection.grade,
    )


def _shown(estimate: Estimate, form: str, factor: float, unknown: str) -> str:
    if estimate.low is None or estimate.high is None:
        return unknown if estimate.mean is None else form.format(estimate.mean * factor)
    interval = f"{form.format(estimate.low * factor)} to {form.format(estimate.high * factor)}"
    return interval if estimate.mean is None else f"{form.format(estimate.mean * factor)} ({interval})"
