"""The cost-quality plane: where each architecture stands, how sure that is, and how long people wait."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from analytics.charts.format import interval, money, money_axis, seconds, share
from analytics.charts.labels import Spot, place_labels
from analytics.charts.theme import ARCHITECTURES, CURRENT
from analytics.currency import USD, Currency
from analytics.simulation import Projection, Simulation

LOG_SCALE_SPAN = 20
# An axis reaches a little beyond the dearest point, whose name needs room.
ROOM = 1.08
# How a name stands on each side of its point, left and right of the middle: alignment, and pixels to the right and down.
BESIDE: dict[tuple[str, bool], tuple[Literal["left", "right"], int, int]] = {
    ("right", False): ("left", 17, 0), ("right", True): ("left", 17, 0),
    ("left", False): ("right", -17, 0), ("left", True): ("right", -17, 0),
    ("above", False): ("left", -11, -21), ("above", True): ("right", 11, -21),
    ("below", False): ("left", -11, 21), ("below", True): ("right", 11, 21),
}  # fmt: skip


def architecture_colours(names: list[str]) -> alt.Scale:
    """Current is grey, the others follow in the order given."""
    colours = [
        CURRENT if number == 0 else ARCHITECTURES[(number - 1) % len(ARCHITECTURES)] for number in range(len(names))
    ]
    return alt.Scale(domain=names, range=colours)


def cost_quality_chart(simulation: Simulation, currency: Currency = USD) -> alt.TopLevelMixin:
    """Cost against quality with 95% intervals as crosses, latency as size, current hollow; without evidence (C) a band without a dot."""
    places = len(simulation.projections)
    rows = [_row(number, places, projection, currency) for number, projection in enumerate(simulation.projections)]
    shown = [row for row in rows if row["cost"] is not None and row["quality_low"] is not None]
    costs = [float(row["cost"]) for row in shown]
    wide = is_wide(costs)
    name_points(shown, wide)
    colours = architecture_colours([projection.name for projection in simulation.projections])
    x = alt.X(
        "cost", type="quantitative", title=f"Monthly cost, {currency.code}{' (log scale)' if wide else ''}",
        scale=alt.Scale(type="log", nice=False, padding=40) if wide else alt.Scale(domain=[0, ROOM * max(costs, default=0.0) or 1], nice=False), axis=alt.Axis(labelExpr=money_axis(currency), tickCount=6),
    )  # fmt: skip
    measured = any(row["quality"] is not None for row in shown)
    # Bands reach from 0 to 1, and nothing lies beyond.
    y_scale = alt.Scale(zero=False, padding=24) if measured else alt.Scale(domain=[0, 1])
    colour = alt.Color("name", type="nominal", scale=colours, legend=None)
    base = alt.Chart(alt.InlineData(values=shown))
    across = base.mark_rule(strokeWidth=1.5).encode(
        x=alt.X("cost_low", type="quantitative"), x2="cost_high", y=alt.Y("quality", type="quantitative", scale=y_scale), color=colour
    ).transform_filter("isValid(datum.quality)")  # fmt: skip
    upright = base.mark_rule(strokeWidth=1.5).encode(
        x=x, y=alt.Y("quality_low", type="quantitative", title="Quality, share of answers that are good", axis=alt.Axis(format=".0%", tickMinStep=0.01), scale=y_scale),
        y2="quality_high", color=colour,
    )  # fmt: skip
    size = alt.Size(
        "latency",
        type="quantitative",
        title="Average latency, s",
        scale=alt.Scale(range=[60, 500], domainMin=0),
        legend=alt.Legend(orient="bottom", tickCount=3, symbolFillColor=CURRENT, symbolStrokeWidth=0)
        if measured
        else None,
    )
    tooltip = [
        alt.Tooltip(name, type="nominal")
        for name in ("architecture", "monthly cost", "quality score", "latency mean", "evidence")
    ]
    points = base.mark_point(filled=True, opacity=0.9).encode(
        x=x, y=alt.Y("quality", type="quantitative", scale=y_scale), size=size, color=colour, tooltip=tooltip,
    ).transform_filter("isValid(datum.quality) && !datum.current")  # fmt: skip
    hollow = base.mark_point(filled=False, strokeWidth=2.5).encode(
        x=x, y=alt.Y("quality", type="quantitative", scale=y_scale), size=size, color=colour, tooltip=tooltip,
    ).transform_filter("isValid(datum.quality) && datum.current")  # fmt: skip
    names = [
        base.mark_text(align=align, dx=dx, dy=dy, fontSize=13, fontWeight=600)
        .encode(
            x=x,
            y=alt.Y("label_at", type="quantitative", scale=y_scale),
            text=alt.Text("label", type="nominal"),
            color=colour,
        )
        .transform_filter(f"datum.side === '{side}' && datum.beyond === {str(beyond).lower()}")
        for (side, beyond), (align, dx, dy) in BESIDE.items()
        if any((row["side"], row["beyond"]) == (side, beyond) for row in shown)
    ]
    return alt.layer(across, upright, points, hollow, *names).properties(height=400)


def is_wide(costs: Sequence[float]) -> bool:
    """Whether costs are so far apart that an axis from 0 would crowd the small ones; a cost of 0 has no place on another."""
    return bool(costs) and min(costs) > 0 and max(costs) > LOG_SCALE_SPAN * min(costs)


def name_points(rows: list[dict[str, Any]], wide: bool, room: float = ROOM) -> None:
    """Enter into every row its label and the side that it stands on.

    wide: costs are drawn on a log scale. room: how far the plot reaches, in times of the largest cost.
    """
    spots = [Spot(row["name"], *place) for row, place in zip(rows, _places(rows, wide, room), strict=True)]
    for row, spot, label in zip(rows, spots, place_labels(spots), strict=True):
        row["label"], row["side"] = ("", "") if label is None else (label.text, label.side)
        row["beyond"] = spot.x > 0.5


def _places(rows: list[dict[str, Any]], wide: bool, room: float) -> list[tuple[float, float, float, float]]:
    """Of each row its place across, and up, and the ends of its interval, as parts of the plot."""
    if not rows:
        return []

    def across(cost: float) -> float:
        return math.log(cost) if wide else cost

    left = min(across(row["cost"]) for row in rows) if wide else 0.0
    width = (max(across(row["cost"]) for row in rows) - left) * room or 1.0
    low = min(row["quality_low"] for row in rows)
    height = max(row["quality_high"] for row in rows) - low or 1.0
    return [
        (
            (across(row["cost"]) - left) / width,
            *((row[name] - low) / height for name in ("label_at", "quality_low", "quality_high")),
        )
        for row in rows
    ]


def _row(number: int, places: int, projection: Projection, currency: Currency) -> dict[str, Any]:
    cost, quality, latency = projection.monthly_cost_usd, projection.quality, projection.latency_s
    # Names of bands stand one below the other: bands of unmeasured architectures are alike, and their names would cover each other.
    height = 1 - (number + 0.5) / places
    beside = (
        None if quality.low is None or quality.high is None else quality.low + height * (quality.high - quality.low)
    )
    return {
        "name": projection.name,
        "current": number == 0,
        "cost": currency.known_amount(cost.mean), "cost_low": currency.known_amount(cost.low), "cost_high": currency.known_amount(cost.high),
        "quality": quality.mean, "quality_low": quality.low, "quality_high": quality.high,
        "label_at": beside if quality.mean is None else quality.mean,
        "latency": latency.mean or 0.0,
        "architecture": projection.name,
        "monthly cost": f"{money(cost.mean, 'unpriced', currency)} ({interval(money(cost.low, currency=currency), money(cost.high, currency=currency))})",
        "quality score": f"{share(quality.mean)} ({interval(share(quality.low), share(quality.high))})",
        "latency mean": seconds(latency.mean),
        "evidence": projection.grade,
    }  # fmt: skip
