"""The cost-quality plane as a chart that PowerPoint can edit, with intervals."""

import math
from typing import Any

from pptx.chart.data import XyChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_MARKER_STYLE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Pt

from analytics.charts.labels import Spot, place_labels
from analytics.charts.plane import ROOM
from analytics.charts.theme import ARCHITECTURES, CURRENT
from analytics.currency import Currency
from analytics.reports.facts import Facts
from analytics.reports.slide_charts import cell_name, money_format, new_chart, rgb, style_axis, write_label
from analytics.reports.slide_parts import Place, Slide
from analytics.reports.text import LABEL_CHARACTERS, cut
from analytics.simulation import Estimate

HOLLOW = RGBColor(0xE8, 0xE8, 0xE8)
SIDES = {
    "right": XL_LABEL_POSITION.RIGHT, "left": XL_LABEL_POSITION.LEFT,
    "above": XL_LABEL_POSITION.ABOVE, "below": XL_LABEL_POSITION.BELOW,
}  # fmt: skip


def plane(slide: Slide, facts: Facts, place: Place) -> None:
    """Cost against quality with 95% intervals; an architecture that is not measured has no dot."""
    data = XyChartData(number_format="General")
    shown = []
    for number, one in enumerate(facts.simulation.projections):
        cost, quality = _converted(one.monthly_cost_usd, facts.currency), one.quality
        if cost.mean is None or quality.mean is None:
            continue
        series = data.add_series(cell_name(one.name))
        series.add_data_point(cost.mean, quality.mean)
        colour = CURRENT if number == 0 else ARCHITECTURES[(number - 1) % len(ARCHITECTURES)]
        shown.append((colour, cost, quality, one.name, number == 0))
    if not shown:
        return
    chart = new_chart(slide, XL_CHART_TYPE.XY_SCATTER, place, data)
    chart.has_legend = False
    style_axis(
        chart.category_axis, f"Monthly cost, {facts.currency.code}", money_format(facts.currency), gridlines=True
    )
    style_axis(chart.value_axis, "Quality, share of answers that are good", "0%", gridlines=True)
    chart.category_axis.minimum_scale = 0
    # PowerPoint fits an axis to the dots, not to their intervals.
    lows, highs = ([getattr(quality, end) for _, _, quality, _, _ in shown] for end in ("low", "high"))
    bottom, top = max(0.0, math.floor(100 * min(lows) - 0.5) / 100), min(1.0, math.ceil(100 * max(highs) + 0.5) / 100)
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = bottom, top
    most = ROOM * max(cost.mean for _, cost, _, _, _ in shown if cost.mean is not None) or 1.0
    spots = [
        Spot(cut(name, LABEL_CHARACTERS), (cost.mean or 0.0) / most, *(_part(end, bottom, top) for end in (quality.mean, quality.low, quality.high)))
        for _, cost, quality, name, _ in shown
    ]  # fmt: skip
    for series, label, (colour, cost, quality, _, today) in zip(
        chart.plots[0].series, place_labels(spots), shown, strict=True
    ):
        _mark(series, colour, today)
        if label is not None:
            there = series.points[0].data_label
            there.position = SIDES[label.side]
            write_label(there, label.text, 12, rgb(colour), bold=True)
            there.text_frame.word_wrap = False
        for axis, estimate in (("x", cost), ("y", quality)):
            _error_bars(series, axis, estimate, colour)


def _part(value: float | None, bottom: float, top: float) -> float:
    return ((value or 0.0) - bottom) / ((top - bottom) or 1.0)


def _mark(series: Any, colour: str, today: bool) -> None:
    series.format.line.fill.background()
    series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 12
    series.marker.format.line.color.rgb = rgb(colour)
    series.marker.format.line.width = Pt(2)
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = HOLLOW if today else rgb(colour)


def _converted(cost: Estimate, currency: Currency) -> Estimate:
    return Estimate(*map(currency.known_amount, (cost.mean, cost.low, cost.high)))


def _error_bars(series: Any, axis: str, estimate: Estimate, colour: str) -> None:
    """An interval as custom error bars, which python-pptx does not write by itself (ECMA-376, 21.2.2.55)."""
    if estimate.mean is None or estimate.low is None or estimate.high is None:
        return
    ends = "".join(
        f'<c:{side}><c:numLit><c:ptCount val="1"/><c:pt idx="0"><c:v>{max(0.0, size)!r}</c:v></c:pt></c:numLit></c:{side}>'
        for side, size in (("plus", estimate.high - estimate.mean), ("minus", estimate.mean - estimate.low))
    )
    bars = parse_xml(
        f'<c:errBars {nsdecls("c", "a")}><c:errDir val="{axis}"/><c:errBarType val="both"/><c:errValType val="cust"/>'
        f'<c:noEndCap val="1"/>{ends}<c:spPr><a:ln w="15875"><a:solidFill><a:srgbClr val="{colour.removeprefix("#")}"/>'
        "</a:solidFill></a:ln></c:spPr></c:errBars>"
    )
    series._element.find("{*}xVal").addprevious(bars)
