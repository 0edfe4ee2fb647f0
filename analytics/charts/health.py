"""Charts of data health: calls over time with their gaps, what calls lack, and the log against the invoice."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import altair as alt

from analytics.audit.health import Gap
from analytics.charts.format import COUNT_AXIS, money, money_axis
from analytics.charts.theme import time_axis
from analytics.reconcile import MonthCheck

if TYPE_CHECKING:
    import polars as pl

CALLS, MISSING = "#0072B2", "#D55E00"
CAPTURES = {"low": ("too low", "#D55E00"), "good": ("agrees", "#009E73"), "high": ("too high", "#E69F00")}


def calls_chart(hours: "pl.DataFrame", gaps: Sequence[Gap]) -> alt.TopLevelMixin:
    """Calls per hour (UTC) as an area; gaps are bands across the chart."""
    import polars as pl

    line = (
        alt.Chart(hours)
        .mark_area(color=CALLS, opacity=0.6, line={"color": CALLS, "strokeWidth": 1})
        .encode(
            x=time_axis("begins"),
            y=alt.Y("attempts", type="quantitative", title="Calls per hour", axis=alt.Axis(labelExpr=COUNT_AXIS)),
            tooltip=[
                alt.Tooltip("begins", type="temporal", title="hour, UTC", format="%a %Y-%m-%d %H:%M"),
                alt.Tooltip("attempts", type="quantitative", title="calls", format=","),
            ],
        )
    )
    bands = [{"start": gap.start, "end": gap.end, "hours": gap.hours, "missing": round(gap.missing)} for gap in gaps]
    if not bands:
        return alt.layer(line).properties(height=240)
    gap = (
        alt.Chart(pl.DataFrame(bands))
        .mark_rect(color=MISSING, opacity=0.35)
        .encode(
            x=alt.X("start", type="temporal"),
            x2="end",
            tooltip=[
                alt.Tooltip("start", type="temporal", title="missing from", format="%Y-%m-%d %H:%M"),
                alt.Tooltip("hours", type="quantitative"),
                alt.Tooltip("missing", type="quantitative", title="calls usual there", format=","),
            ],
        )
    )
    return alt.layer(line, gap).properties(height=240)


def lacking_bars(lacking: dict[str, float]) -> alt.TopLevelMixin:
    """The share of calls that lack each field, the share beside its name."""
    rows = [
        {"label": f"{name}   {share:.1%}", "share": share, "order": -share}
        for name, share in sorted(lacking.items(), key=lambda item: -item[1])
    ]
    bars: alt.Chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(color=MISSING)
        .encode(
            y=alt.Y(
                "label",
                type="nominal",
                sort=[str(row["label"]) for row in rows],
                title=None,
                axis=alt.Axis(labelLimit=280),
            ),
            x=alt.X(
                "share",
                type="quantitative",
                title="Share of calls without it",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5),
            ),
            tooltip=[
                alt.Tooltip("label", type="nominal", title="field"),
                alt.Tooltip("share", type="quantitative", format=".2%"),
            ],
        )
        .properties(height=alt.Step(26))
    )
    return bars


def capture_chart(checks: Sequence[MonthCheck]) -> alt.TopLevelMixin:
    """Ours as a bar and the invoice as a tick per provider and month; the colour says whether they agree."""
    currency = checks[0].currency
    rows = [
        {
            "label": f"{check.month:%Y-%m}  {check.provider}   {check.capture_rate:.0%}",
            "our_total": check.currency.amount(check.ours_usd or 0.0),
            "invoiced": check.currency.known_amount(check.invoice_usd),
            "capture": CAPTURES[check.capture][0],
            "ours": money(check.ours_usd, currency=check.currency),
            "invoice": money(check.invoice_usd, currency=check.currency),
        }
        for check in checks
        if check.capture_rate is not None
    ]
    colours = alt.Scale(
        domain=[word for word, _ in CAPTURES.values()], range=[colour for _, colour in CAPTURES.values()]
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y(
            "label", type="nominal", sort=[str(row["label"]) for row in rows], title=None, axis=alt.Axis(labelLimit=280)
        ),
        tooltip=[
            alt.Tooltip("label", type="nominal", title="month, provider, captured"),
            alt.Tooltip("ours", type="nominal"),
            alt.Tooltip("invoice", type="nominal"),
        ],
    )
    bars = base.mark_bar().encode(
        x=alt.X(
            "our_total",
            type="quantitative",
            title=f"Ours (bar) and the invoice (line), {currency.code}",
            axis=alt.Axis(labelExpr=money_axis(currency), tickCount=5),
        ),
        color=alt.Color("capture", type="nominal", scale=colours, title=None, legend=alt.Legend(orient="bottom")),
    )
    ticks = base.mark_tick(thickness=3, color="#8A8A8A").encode(x=alt.X("invoiced", type="quantitative"))
    return alt.layer(bars, ticks).properties(height=alt.Step(34))
