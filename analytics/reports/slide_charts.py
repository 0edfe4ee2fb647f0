"""Charts that PowerPoint can edit. Their data travels in a workbook, so names are written as a spreadsheet may read them."""

import math
import re
from collections.abc import Sequence
from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_TICK_LABEL_POSITION,
)
from pptx.util import Inches, Pt

from analytics.charts.sensitivity import value_text
from analytics.charts.theme import ARCHITECTURES, model_colour
from analytics.currency import Currency
from analytics.reports.facts import Facts
from analytics.reports.figures import ADDED, SAVED, THEN, TODAY
from analytics.reports.slide_parts import INK, QUIET, Place, Slide
from analytics.reports.spending import Spend
from analytics.reports.text import LABEL_CHARACTERS, cut
from analytics.reports.waterfall import Waterfall
from analytics.simulation.moves import Move
from analytics.simulation.sensitivity import Tornado

MOST_ASSUMPTIONS = 8
# A cell that starts like this becomes a formula or a link in the chart's workbook.
_RUNS = re.compile(r"^(?:[=+\-@{]|(?:https?|ftps?|mailto|internal|external|file):)", re.IGNORECASE)


def cell_name(name: str, characters: int = LABEL_CHARACTERS + 8) -> str:
    """A name that stays text in the workbook behind a chart."""
    shown = cut(name, characters)
    return f"'{shown}" if _RUNS.match(shown) else shown


def money_format(currency: Currency) -> str:
    """A spreadsheet's number format for whole amounts."""
    return "$#,##0" if currency.code == "USD" else f'"{currency.sign}"#,##0'


def spend(slide: Slide, facts: Facts, rows: tuple[Spend, ...], title: str, place: Place) -> None:
    """Today and then, a pair of bars per name."""
    currency = facts.currency
    data = CategoryChartData(number_format=money_format(currency))
    data.categories = [cell_name(row.name) for row in rows]
    data.add_series("today", [currency.amount(row.today_usd) for row in rows])
    data.add_series("after", [currency.amount(row.then_usd) for row in rows])
    chart = _bars(slide, XL_CHART_TYPE.BAR_CLUSTERED, place, data, f"{title}, {currency.code} a month")
    chart.plots[0].gap_width = 60
    for series, colour in zip(chart.plots[0].series, (TODAY, THEN), strict=True):
        _fill(series, colour)
    _numbers(chart, money_format(currency), 10)
    _hide_values(chart)


def moves(slide: Slide, found: Sequence[Move], place: Place) -> None:
    """Requests a month by use case, stacked by the model that would answer."""
    table: dict[str, dict[str, float]] = {}
    for one in found:
        row = table.setdefault(one.use_case, {})
        row[one.target] = row.get(one.target, 0.0) + one.requests
    use_cases = sorted(table, key=lambda name: -sum(table[name].values()))
    models = sorted({model for row in table.values() for model in row}, key=lambda model: -sum(row.get(model, 0.0) for row in table.values()))  # fmt: skip
    data = CategoryChartData(number_format="#,##0")
    data.categories = list(map(cell_name, use_cases))
    for model in models:
        data.add_series(cell_name(model), [table[name].get(model, 0.0) for name in use_cases])
    chart = _bars(slide, XL_CHART_TYPE.BAR_STACKED, place, data, "Requests a month, by the model that would answer")
    chart.plots[0].gap_width, chart.plots[0].overlap = 45, 100
    for series, model in zip(chart.plots[0].series, models, strict=True):
        _fill(series, model_colour(model))
    chart.value_axis.minimum_scale = 0
    style_axis(chart.value_axis, None, "#,##0", gridlines=True)


def waterfall(slide: Slide, found: Waterfall, place: Place) -> None:
    """Stacked bars on an invisible one: totals, savings and additions."""
    data = CategoryChartData(number_format=money_format(found.currency))
    data.categories = [cell_name(bar.name) for bar in found.bars]
    sizes = [abs(bar.end - bar.start) for bar in found.bars]
    kinds = ["total" if bar.is_total else "saved" if bar.end < bar.start else "added" for bar in found.bars]
    data.add_series("below", [min(bar.start, bar.end) for bar in found.bars])
    for kind in ("total", "saved", "added"):
        data.add_series(kind, [size if one == kind else 0.0 for size, one in zip(sizes, kinds, strict=True)])
    chart = _bars(slide, XL_CHART_TYPE.BAR_STACKED, place, data, None)
    chart.has_legend = False
    chart.plots[0].gap_width, chart.plots[0].overlap = 35, 100
    below, *shown = chart.plots[0].series
    below.format.fill.background()
    for series, kind, colour in zip(shown, ("total", "saved", "added"), (TODAY, SAVED, ADDED), strict=True):
        _fill(series, colour)
        for place_of, bar in enumerate(found.bars):
            if kinds[place_of] == kind:
                label = series.points[place_of].data_label
                label.position = XL_LABEL_POSITION.INSIDE_BASE
                write_label(label, found.text(bar), 12, INK, bold=bar.is_total)
    style_axis(chart.value_axis, f"{found.currency.code} a month", money_format(found.currency), gridlines=True)


def tornado(slide: Slide, facts: Facts, found: Tornado, place: Place) -> None:
    """The saving at either end of each assumption, from the saving as assumed."""
    base, currency, one = found.outcome.saving_usd, facts.currency, facts.projection
    saved = base if one is None or one.vs_current.cost.mean is None else -one.vs_current.cost.mean
    rows = [
        one for one in found.assumptions
        if one.at_low.saving_usd is not None and one.at_high.saving_usd is not None and one.at_low.saving_usd != one.at_high.saving_usd
    ][:MOST_ASSUMPTIONS]  # fmt: skip
    if base is None or not rows:
        return
    data = CategoryChartData(number_format=money_format(currency))
    data.categories = [
        cell_name(f"{cut(one.name, 48)}, {value_text(one.low, one.unit)} to {value_text(one.high, one.unit)}", 90)
        for one in rows
    ]
    data.add_series("lowest plausible value", [currency.amount(one.at_low.saving_usd or 0.0) for one in rows])
    data.add_series("highest plausible value", [currency.amount(one.at_high.saving_usd or 0.0) for one in rows])
    chart = _bars(slide, XL_CHART_TYPE.BAR_CLUSTERED, place, data, f"Saving a month; as assumed {facts.money(saved)}")
    chart.plots[0].gap_width, chart.plots[0].overlap = 50, 100
    for series, colour in zip(chart.plots[0].series, (ARCHITECTURES[5], ARCHITECTURES[0]), strict=True):
        _fill(series, colour)
    chart.value_axis.crosses_at = currency.amount(base)
    ends = [end for one in rows for end in (one.at_low.saving_usd or 0.0, one.at_high.saving_usd or 0.0)]
    chart.value_axis.major_unit = _step(currency.amount(max(0.0, *ends) - min(0.0, *ends)))
    style_axis(chart.value_axis, None, money_format(currency), gridlines=True)


def _step(span: float) -> float:
    """A round distance between ticks, about three of them in `span`: their labels are long, and would turn."""
    size = 10.0 ** math.floor(math.log10(span / 3)) if span > 0 else 1.0
    return next(factor * size for factor in (1, 2, 5, 10) if span / (factor * size) <= 3 or factor == 10)


def new_chart(slide: Slide, kind: Any, place: Place, data: Any) -> Any:
    chart = slide.shapes.add_chart(kind, *map(Inches, place), data).chart
    chart.font.size, chart.font.color.rgb = Pt(12), QUIET
    chart.has_title = False
    return chart


def _bars(slide: Slide, kind: Any, place: Place, data: Any, title: str | None) -> Any:
    chart = new_chart(slide, kind, place, data)
    if title:
        chart.has_title = True
        chart.chart_title.text_frame.text = title
        run = chart.chart_title.text_frame.paragraphs[0].runs[0]
        run.font.size, run.font.bold, run.font.color.rgb = Pt(13), True, INK
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.category_axis.reverse_order = True  # the first on top
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    chart.category_axis.format.line.color.rgb = RGBColor(0xDC, 0xE1, 0xE8)
    chart.category_axis.has_major_gridlines = False
    chart.value_axis.tick_label_position = XL_TICK_LABEL_POSITION.HIGH  # which is below, where the first is on top
    style_axis(chart.value_axis, None, "General", gridlines=False)
    return chart


def style_axis(axis: Any, title: str | None, number_format: str, gridlines: bool) -> None:
    axis.has_major_gridlines = gridlines
    if gridlines:
        axis.major_gridlines.format.line.color.rgb = RGBColor(0xE3, 0xE8, 0xEE)
    axis.format.line.fill.background()
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = number_format, False
    axis.tick_labels.font.size = Pt(11)
    axis.has_title = bool(title)
    if title:
        axis.axis_title.text_frame.text = title
        run = axis.axis_title.text_frame.paragraphs[0].runs[0]
        run.font.size, run.font.bold, run.font.color.rgb = Pt(11), False, QUIET


def _numbers(chart: Any, number_format: str, size: float) -> None:
    plot = chart.plots[0]
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.number_format, labels.number_format_is_linked = number_format, False
    labels.position, labels.font.size = XL_LABEL_POSITION.OUTSIDE_END, Pt(size)


def _hide_values(chart: Any) -> None:
    """The bars carry their numbers; an axis would say them again."""
    chart.value_axis.tick_label_position = XL_TICK_LABEL_POSITION.NONE


def write_label(label: Any, text: str, size: float, colour: RGBColor, bold: bool = False) -> None:
    label.has_text_frame = True
    label.text_frame.text = text
    run = label.text_frame.paragraphs[0].runs[0]
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, colour


def _fill(series: Any, colour: str) -> None:
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = rgb(colour)
    series.invert_if_negative = False


def rgb(colour: str) -> RGBColor:
    found: RGBColor = RGBColor.from_string(colour.removeprefix("#"))
    return found
