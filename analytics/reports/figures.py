"""The report's charts as Vega-Lite specifications that need nothing from outside."""

from typing import Any

import altair as alt

from analytics.charts.format import money_axis
from analytics.charts.moves import moves_chart
from analytics.charts.plane import cost_quality_chart
from analytics.charts.sensitivity import tornado_chart
from analytics.charts.theme import ARCHITECTURES, CURRENT
from analytics.reports.facts import Facts
from analytics.reports.spending import Spend
from analytics.reports.waterfall import Waterfall

Spec = dict[str, Any]
# Ink, quiet text and rules on paper, and on a dark screen.
PAPER, SCREEN = ("#1B2430", "#5B6675", "#E3E8EE"), ("#E6EAF0", "#A3AEBB", "#323C49")
TODAY, THEN = CURRENT, ARCHITECTURES[0]
SAVED, ADDED = ARCHITECTURES[2], ARCHITECTURES[4]
ROOM = 1.25  # the longest bar leaves this much of a plot to the amount written beside it
WIDTH = 640  # where a chart cannot fill its place by itself


def house_style(font: str, dark: bool = False) -> Spec:
    """Vega-Lite's `config`: quiet axes, no frame, ink on paper, or light on a dark screen."""
    ink, quiet, rule = SCREEN if dark else PAPER
    label = {"labelColor": quiet, "titleColor": quiet, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 400}
    return {
        "font": font,
        "background": "transparent",
        "view": {"stroke": None},
        "axis": {"gridColor": rule, "domainColor": rule, "tickColor": rule, **label},
        "legend": {**label, "symbolType": "circle", "labelLimit": 260},
        "text": {"color": ink},
    }


def drawn(spec: Spec, font: str, width: int | str = "container", dark: bool = False) -> Spec:
    """The specification in house style and of this width; "container" fills its place."""
    return {
        **spec,
        "width": width,
        "config": house_style(font, dark),
        "autosize": {"type": "fit-x", "contains": "padding"},
    }


def plane_spec(facts: Facts) -> Spec:
    """The cost-quality plane."""
    return _spec(cost_quality_chart(facts.simulation, facts.currency))


def moves_spec(facts: Facts) -> Spec:
    """Requests by use case and the model that would answer."""
    return _spec(moves_chart(facts.moves, facts.currency))


def tornado_spec(facts: Facts) -> Spec | None:
    """What moves the saving most; None where no saving is known."""
    found = None if facts.tornado is None else tornado_chart(facts.tornado, "saving", facts.currency)
    return None if found is None else _spec(found)


def spend_spec(facts: Facts, rows: tuple[Spend, ...]) -> Spec:
    """Two bars per name: today and after the change."""
    longest = max((facts.currency.amount(max(row.today_usd, row.then_usd)) for row in rows), default=0.0)
    values = [
        {"name": row.name, "when": when, "cost": facts.currency.amount(usd), "amount": facts.money(usd)}
        for row in rows
        for when, usd in (("today", row.today_usd), ("after", row.then_usd))
    ]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("name", type="nominal", sort=[row.name for row in rows], title=None, axis=alt.Axis(labelLimit=200, ticks=False, domain=False)),
        yOffset=alt.YOffset("when", type="nominal", sort=["today", "after"]),
        x=alt.X("cost", type="quantitative", title=f"{facts.currency.code} a month", axis=alt.Axis(labelExpr=money_axis(facts.currency), tickCount=4), scale=alt.Scale(domainMax=ROOM * longest or 1.0)),
        tooltip=[alt.Tooltip(name, type="nominal") for name in ("name", "when", "amount")],
    )  # fmt: skip
    bars = base.mark_bar().encode(
        color=alt.Color(
            "when", type="nominal", title=None, scale=alt.Scale(domain=["today", "after"], range=[TODAY, THEN]),
            legend=alt.Legend(orient="top"),
        )
    )  # fmt: skip
    amounts = base.mark_text(align="left", dx=4, fontSize=11).encode(text=alt.Text("amount", type="nominal"))
    return _spec(alt.layer(bars, amounts).properties(height=alt.Step(17)))


def waterfall_spec(found: Waterfall) -> Spec:
    """From today's bill down to the architecture's, one row per step."""
    values = [
        {
            "name": bar.name, "from": bar.start, "to": bar.end, "amount": found.text(bar), "right": max(bar.start, bar.end),
            "kind": "total" if bar.is_total else "less" if bar.end < bar.start else "more",
        }
        for bar in found.bars
    ]  # fmt: skip
    base = alt.Chart(alt.InlineData(values=values)).encode(
        y=alt.Y("name", type="nominal", sort=[bar.name for bar in found.bars], title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False))
    )  # fmt: skip
    bars = base.mark_bar(height=20).encode(
        x=alt.X(
            "from", type="quantitative", title=f"{found.currency.code} a month",
            axis=alt.Axis(labelExpr=money_axis(found.currency), tickCount=5),
        ),
        x2="to",
        color=alt.Color(
            "kind", type="nominal", scale=alt.Scale(domain=["total", "less", "more"], range=[TODAY, SAVED, ADDED]), legend=None
        ),
        tooltip=[alt.Tooltip(name, type="nominal") for name in ("name", "amount")],
    )  # fmt: skip
    amounts = base.mark_text(align="left", dx=6, fontSize=12).encode(
        x=alt.X("right", type="quantitative"), text=alt.Text("amount", type="nominal")
    )
    return _spec(alt.layer(bars, amounts).properties(height=alt.Step(32)))


def _spec(chart: alt.TopLevelMixin) -> Spec:
    spec: Spec = chart.to_dict()
    spec.pop("config", None)
    return spec
