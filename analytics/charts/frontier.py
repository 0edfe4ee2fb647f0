"""The frontier, and strategies side by side, on the cost-quality plane."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import altair as alt

from analytics.charts.format import interval, money, money_axis, seconds, share
from analytics.charts.plane import BESIDE, is_wide, name_points
from analytics.charts.theme import ARCHITECTURES, CURRENT, model_colour
from analytics.currency import USD, Currency
from analytics.simulation import Projection
from analytics.simulation.frontier import Frontier
from analytics.simulation.strategies import Strategies

FRONTIER, MIX, CHOSEN = ARCHITECTURES[0], CURRENT, ARCHITECTURES[4]
# A plot from 0 has room on the right for the names of the dearest, and names stand a little below the lines they would touch.
ROOM, BELOW_LINE = 1.15, 10
QUALITY_SCALE = alt.Scale(zero=False, padding=20)
TOOLTIP = ("architecture", "monthly cost", "quality score", "latency", "evidence")


def frontier_chart(frontier: Frontier, currency: Currency = USD) -> alt.TopLevelMixin:
    """The frontier with 95% intervals, single models, what mixing them by a coin reaches, today's place, and the chosen one."""
    points = [_row(one.projection, currency) for one in frontier.points]
    singles = [
        _row(one.projection, currency) | {"colour": model_colour(one.architecture.models[0])}
        for one in frontier.singles
    ]
    now = [_row(frontier.current, currency)]
    chosen = [_row(frontier.chosen.projection, currency) | {"ink": CHOSEN}] if frontier.chosen else []
    rows = [*points, *singles, *now, *chosen]
    named = [row for row in (*singles, *now, *chosen) if row["cost"] is not None and row["quality"] is not None]
    name_points(named, is_wide(_costs(rows)), ROOM)
    x, y = _axes(rows, currency, ROOM)
    mix = alt.Chart(
        alt.InlineData(
            values=[{"cost": cost, "quality": quality} for cost, quality in _mixed(_amounts(frontier.hull, currency))]
        )
    ).mark_line(color=MIX, strokeDash=[5, 4])
    line = _data(points).mark_line(color=FRONTIER, strokeWidth=2)
    whisker = _data([*points, *chosen]).mark_rule(color=FRONTIER, opacity=0.55)
    dots = _data(points).mark_point(filled=True, size=55, color=FRONTIER, opacity=1)
    models = _data(singles).mark_point(filled=True, size=90, shape="square", opacity=1)
    today = _data(now).mark_point(size=140, strokeWidth=2.5, color=CURRENT)
    star = _data(chosen).mark_point(filled=True, shape="diamond", size=260, color=CHOSEN, opacity=1)
    tooltip = [alt.Tooltip(name, type="nominal") for name in TOOLTIP]
    colour = alt.Color("colour", type="nominal", scale=None)
    text = alt.Text("label", type="nominal")
    names = [
        _data([row for row in named if (row["side"], row["beyond"]) == place])
        .mark_text(align=align, dx=dx, dy=dy or BELOW_LINE, fontSize=12, fontWeight=600)
        .encode(x=x, y=y, color=alt.Color("ink", type="nominal", scale=None), text=text)
        for place, (align, dx, dy) in BESIDE.items()
    ]
    return alt.layer(
        mix.encode(x=x, y=y),
        whisker.encode(x=x, y=alt.Y("quality_low", type="quantitative", scale=QUALITY_SCALE), y2="quality_high"),
        line.encode(x=x, y=y),
        dots.encode(x=x, y=y, tooltip=tooltip),
        models.encode(x=x, y=y, color=colour, tooltip=tooltip),
        today.encode(x=x, y=y, tooltip=tooltip),
        star.encode(x=x, y=y, tooltip=tooltip),
        *names,
    ).properties(height=440)


def strategies_chart(found: Strategies, currency: Currency = USD) -> alt.TopLevelMixin:
    """One curve per strategy from cheap to good, with the common quality and the common cost as thin lines."""
    rows = [
        _row(point.projection, currency) | {"strategy": one.name} for one in found.strategies for point in one.points
    ]
    rows = [row for row in rows if row["cost"] is not None and row["quality"] is not None]
    hulls = [
        {"strategy": one.name, "cost": cost, "quality": quality}
        for one in found.strategies
        for cost, quality in _mixed(_amounts([(place.monthly_cost_usd, place.quality) for place in one.hull], currency))
    ]
    now = [_row(found.current, currency)]
    x, y = _axes([*rows, *now], currency)
    names = [one.name for one in found.strategies]
    colour = alt.Color(
        "strategy", type="nominal", title=None, scale=alt.Scale(domain=names, range=list(ARCHITECTURES[: len(names)])),
        legend=alt.Legend(orient="bottom"),
    )  # fmt: skip
    tooltip = [alt.Tooltip(name, type="nominal") for name in ("strategy", *TOOLTIP)]
    layers: list[alt.Chart] = [
        _data(hulls).mark_line(strokeWidth=2).encode(x=x, y=y, color=colour),
        _data(rows).mark_point(filled=True, size=45, opacity=0.7).encode(x=x, y=y, color=colour, tooltip=tooltip),
        _data(now).mark_point(size=140, strokeWidth=2.5, color=CURRENT).encode(x=x, y=y, tooltip=tooltip[1:]),
        _data(now)
        .mark_text(align="right", dx=-12, dy=-10, fontSize=12, color=CURRENT)
        .encode(x=x, y=y, text=alt.Text("label", type="nominal")),
    ]
    if found.quality is not None:
        layers.append(_data([{"quality": found.quality}]).mark_rule(color=CURRENT, strokeDash=[2, 3]).encode(y=y))
    if found.cost_usd is not None:
        layers.append(
            _data([{"cost": currency.amount(found.cost_usd)}]).mark_rule(color=CURRENT, strokeDash=[2, 3]).encode(x=x)
        )
    return alt.layer(*layers).properties(height=380)


def _data(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=list(rows)))


def _axes(rows: Sequence[dict[str, Any]], currency: Currency, room: float | None = None) -> tuple[alt.X, alt.Y]:
    costs = _costs(rows)
    wide = is_wide(costs)
    scale = (
        alt.Scale(zero=True) if room is None or not costs else alt.Scale(domain=[0, room * max(costs) or 1], nice=False)
    )
    x = alt.X(
        "cost", type="quantitative", title=f"Monthly cost, {currency.code}{' (log scale)' if wide else ''}",
        scale=alt.Scale(type="log", nice=False, padding=30) if wide else scale, axis=alt.Axis(labelExpr=money_axis(currency), tickCount=6),
    )  # fmt: skip
    y = alt.Y(
        "quality", type="quantitative", title="Quality, share of answers that are good",
        scale=QUALITY_SCALE, axis=alt.Axis(format=".0%", tickMinStep=0.01),
    )  # fmt: skip
    return x, y


def _costs(rows: Sequence[dict[str, Any]]) -> list[float]:
    return [row["cost"] for row in rows if row["cost"] is not None]


def _amounts(hull: Sequence[tuple[float, float]], currency: Currency) -> list[tuple[float, float]]:
    return [(currency.amount(usd), quality) for usd, quality in hull]


def _mixed(hull: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points along the hull dense enough that its straight pieces are right on a log scale too."""
    found = []
    for (cost, quality), (next_cost, next_quality) in pairwise(hull):
        steps = [step / 20 for step in range(21)]
        found += [(cost + part * (next_cost - cost), quality + part * (next_quality - quality)) for part in steps]
    return found or list(hull)


def _row(projection: Projection, currency: Currency) -> dict[str, Any]:
    cost, quality = projection.monthly_cost_usd, projection.quality
    return {
        "label": projection.name.removeprefix("Single "),
        "name": projection.name.removeprefix("Single "),
        "ink": CURRENT,
        "label_at": quality.mean,
        "cost": currency.known_amount(cost.mean),
        "quality": quality.mean,
        "quality_low": quality.low,
        "quality_high": quality.high,
        "architecture": projection.name,
        "monthly cost": f"{money(cost.mean, 'unpriced', currency)} ({interval(money(cost.low, currency=currency), money(cost.high, currency=currency))})",
        "quality score": f"{share(quality.mean)} ({interval(share(quality.low), share(quality.high))})",
        "latency": seconds(projection.latency_s.mean),
        "evidence": projection.grade,
    }
