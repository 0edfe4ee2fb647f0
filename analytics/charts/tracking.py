"""Charts of what came of a projection: week by week inside or outside its band, and what a difference is made of."""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import altair as alt

from analytics.charts.format import money, money_axis
from analytics.charts.theme import ARCHITECTURES, CURRENT, time_axis
from analytics.charts.tracking_words import PARTS, amount, seconds_precise
from analytics.currency import USD, Currency
from analytics.tracking import Measure, Period, Tracking

if TYPE_CHECKING:
    import polars as pl

WITHIN, OUTSIDE = ARCHITECTURES[0], ARCHITECTURES[4]
STATES = ("as projected", "outside", "not judged")
TITLES: dict[Measure, str] = {
    "cost": "List cost of 1,000 requests",
    "latency": "Average latency, s",
    "quality": "Quality, %",
}


def week_chart(tracking: Tracking, measure: Measure, currency: Currency = USD) -> alt.TopLevelMixin:
    """A measure per week: actual with its interval as dots, the band it may lie in as boxes, the projection dashed."""
    frame = _weeks(tracking, measure, currency)
    labels = alt.Axis(labelExpr=money_axis(currency)) if measure == "cost" else alt.Axis()
    title = f"{TITLES[measure]}, {currency.code}" if measure == "cost" else TITLES[measure]

    def y(column: str) -> alt.Y:
        return alt.Y(column, type="quantitative", title=title, axis=labels, scale=alt.Scale(zero=False, nice=True))

    base = alt.Chart(frame)
    mondays = [
        alt.DateTime(year=one.first.year, month=one.first.month, date=one.first.day)
        for one in tracking.weeks
        if one.days > 1
    ]
    x = alt.X(
        "middle",
        type="temporal",
        title=None,
        axis=alt.Axis(format="%-d %b", values=mondays, labelOverlap=True),
    )
    tooltips = [
        alt.Tooltip(name, type="nominal") for name in ("week", "actual", "interval", "may be", "projected", "state")
    ]
    band = base.mark_bar(color=WITHIN, opacity=0.18).encode(
        x=time_axis("begins"),
        x2="ends",
        y=y("low"),
        y2="high",
        tooltip=tooltips,
    )
    dash = base.mark_line(color=CURRENT, strokeDash=[5, 4], strokeWidth=1.5).encode(x=x, y=y("expected"))
    shown = alt.Color(
        "state", type="nominal", legend=alt.Legend(title=None, orient="top"),
        scale=alt.Scale(domain=list(STATES), range=[WITHIN, OUTSIDE, CURRENT]),
    )  # fmt: skip
    whiskers = base.mark_rule(strokeWidth=2).encode(x=x, y=y("from"), y2="to", color=shown)
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(x=x, y=y("value"), color=shown, tooltip=tooltips)
    return alt.layer(band, dash, whiskers, dots).properties(height=260)


def _weeks(tracking: Tracking, measure: Measure, currency: Currency) -> "pl.DataFrame":
    """One row per week that has a value; numbers in the unit of the axis."""
    import polars as pl

    factor = currency.amount(1000.0) if measure == "cost" else 100.0 if measure == "quality" else 1.0
    rows = []
    for week in tracking.weeks:
        seen = week.measures[measure]
        if seen.actual is None:
            continue
        begins = datetime.combine(week.first, time())
        ends = datetime.combine(week.last, time()) + timedelta(days=1)
        scaled = {
            "value": seen.actual,
            "from": seen.actual_low,
            "to": seen.actual_high,
            "low": seen.low,
            "high": seen.high,
            "expected": seen.projected,
        }
        rows.append(
            {name: None if value is None else factor * value for name, value in scaled.items()}
            | {
                "begins": begins + timedelta(hours=6), "ends": ends - timedelta(hours=6), "middle": begins + (ends - begins) / 2,
                "week": f"{week.first} to {week.last}", "actual": amount(measure, seen.actual, currency),
                "interval": _between(measure, seen.actual_low, seen.actual_high, currency),
                "may be": _between(measure, seen.low, seen.high, currency), "projected": amount(measure, seen.projected, currency),
                "state": STATES[2] if seen.low is None else STATES[1] if seen.outside else STATES[0],
            }
        )  # fmt: skip
    numbers = dict.fromkeys(("value", "from", "to", "low", "high", "expected"), pl.Float64)
    times = dict.fromkeys(("begins", "ends", "middle"), pl.Datetime)
    words = dict.fromkeys(("week", "actual", "interval", "may be", "projected", "state"), pl.String)
    return pl.DataFrame(rows, schema={**numbers, **times, **words})


def _between(measure: Measure, low: float | None, high: float | None, currency: Currency) -> str:
    return (
        "not judged"
        if low is None or high is None
        else f"{amount(measure, low, currency)} to {amount(measure, high, currency)}"
    )


def parts_chart(period: Period, measure: Measure, currency: Currency = USD) -> alt.TopLevelMixin | None:
    """What the difference to the projection is made of, as bars from zero; None where it is unknown.

    More requests are neither better nor worse: their bar is grey.
    """
    import polars as pl

    found = _parts(period, measure)
    if found is None:
        return None
    factor = currency.amount(1.0) if measure == "cost" else 100.0 if measure == "quality" else 1.0
    good = -1.0 if measure != "quality" else 1.0
    rows = [
        {
            "part": PARTS[name], "value": value * factor, "amount": _said(measure, value, currency),
            "side": "volume" if name == "volume" else "better" if value * good > 0 else "worse",
        }
        for name, value in found.items()
    ]  # fmt: skip
    axis = alt.Axis(labelExpr=money_axis(currency)) if measure == "cost" else alt.Axis()
    unit = {
        "cost": f"USD since the adoption{'' if currency.code == 'USD' else f', shown in {currency.code}'}",
        "latency": "Seconds per answer",
        "quality": "Points",
    }
    base = alt.Chart(pl.DataFrame(rows)).encode(
        x=alt.X("value", type="quantitative", title=unit[measure], axis=axis),
        y=alt.Y("part", type="nominal", title=None, sort=None, axis=alt.Axis(labelLimit=240)),
        tooltip=[alt.Tooltip("part", type="nominal"), alt.Tooltip("amount", type="nominal")],
    )
    bars = base.mark_bar(height={"band": 0.6}).encode(
        color=alt.Color(
            "side",
            type="nominal",
            legend=None,
            scale=alt.Scale(domain=["better", "worse", "volume"], range=[WITHIN, OUTSIDE, CURRENT]),
        )
    )
    chart: alt.TopLevelMixin = bars.properties(height=40 * len(rows) + 20)
    return chart


def _parts(period: Period, measure: Measure) -> dict[str, float] | None:
    """The parts in USD, seconds or shares."""
    if measure == "cost":
        return None if period.usd is None else period.usd.named()
    if measure == "latency":
        return None if period.latency is None else {name: value / 1e3 for name, value in period.latency.parts.items()}
    return None if period.quality is None else period.quality.parts


def _said(measure: Measure, value: float, currency: Currency) -> str:
    sign = "+" if value >= 0 else "-"
    if measure == "cost":
        return f"{sign}{money(round(abs(value), 2), currency=currency)}"
    return f"{sign}{seconds_precise(abs(value))}" if measure == "latency" else f"{100 * value:+.2f} points"
