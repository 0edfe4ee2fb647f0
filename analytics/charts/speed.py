"""Charts of waiting times, speeds and rates."""

import math
from typing import TYPE_CHECKING

import altair as alt

from analytics.audit import Measure
from analytics.charts.format import seconds
from analytics.charts.speed_words import RATE_WORDS
from analytics.charts.theme import CURRENT, time_axis

if TYPE_CHECKING:
    import polars as pl

RATE_COLOURS = ("#D55E00", "#E69F00", "#0072B2")
# Which percentiles are shown: of waits the long ones, of speeds the slow ones.
SHOWN = {
    "latency_ms": {"p50": "half wait less", "p95": "5% wait longer", "p99": "1% wait longer"},
    "first_token_ms": {"p50": "half wait less", "p95": "5% wait longer", "p99": "1% wait longer"},
    "tokens_per_s": {"p5": "5% are slower", "p50": "half are slower", "p95": "5% are faster"},
}
SHORT = {"p5": "5%", "p50": "half", "p95": "95%", "p99": "99%"}
PERCENTILE_COLOURS = ("#56B4E9", "#0072B2", "#D55E00")
LOG_SCALE_SPAN = 20.0


def unit(measure: Measure) -> tuple[str, float]:
    """How a measure is shown: its unit, and what the stored values are multiplied by."""
    return ("tokens per second", 1.0) if measure == "tokens_per_s" else ("seconds", 1e-3)


def distribution_chart(frame: "pl.DataFrame", percentiles: "pl.DataFrame", measure: Measure) -> alt.TopLevelMixin:
    """The whole distribution on a log scale, with its percentiles as lines."""
    import polars as pl

    name, factor = unit(measure)
    shown = frame.with_columns(pl.col("low", "high") * factor)
    x = alt.X(
        "low", type="quantitative", title=f"{name.capitalize()} (log scale)", scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(format=",.3~r", tickCount=6, grid=False),
    )  # fmt: skip
    bars = (
        alt.Chart(shown)
        .mark_rect(color=PERCENTILE_COLOURS[1], opacity=0.75)
        .encode(
            x=x,
            x2="high",
            y=alt.Y("share", type="quantitative", title="Share of answers", axis=alt.Axis(format=".0%", tickCount=4)),
            y2=alt.Y2Datum(0.0),
            tooltip=[
                alt.Tooltip("low", type="quantitative", title=f"from, {name}", format=".3~g"),
                alt.Tooltip("high", type="quantitative", title="to", format=".3~g"),
                alt.Tooltip("share", type="quantitative", format=".2%"),
                alt.Tooltip("below", type="quantitative", title="up to here", format=".1%"),
                alt.Tooltip("n", type="quantitative", title="answers", format=","),
            ],
        )
    )
    row = percentiles.filter(pl.col("measure") == measure).row(0, named=True)
    marks = pl.DataFrame(
        [
            {"low": row[place] * factor, "label": _mark(place, row[place] * factor, measure), "line": line}
            for line, place in enumerate(SHOWN[measure])
        ]
    )
    rules = alt.Chart(marks).mark_rule(color=CURRENT, strokeDash=[4, 3]).encode(x=alt.X("low", type="quantitative"))
    # Above the plot, where no bar is, and towards its middle, so that none leaves it.
    ends = frame.select(pl.col("low").min(), pl.col("high").max()).row(0)
    middle = factor * math.sqrt(math.prod(ends))
    names = (
        alt.Chart(marks)
        .mark_text(
            color=CURRENT,
            align=alt.ExprRef(f"datum.low > {middle} ? 'right' : 'left'"),
            fontSize=12,
            baseline="bottom",
        )
        .encode(
            x=alt.X("low", type="quantitative"),
            y=alt.Y("line", type="ordinal", axis=None, scale=alt.Scale(range=[-44, 2])),
            text=alt.Text("label", type="nominal"),
        )
    )
    chart: alt.TopLevelMixin = alt.layer(bars, rules, names).resolve_scale(y="independent").properties(height=290)
    return chart


def _mark(place: str, value: float, measure: Measure) -> str:
    """What stands at a percentile's line: half within 1.6 s, 5% below 18."""
    if measure == "tokens_per_s":
        return f"{SHORT[place]} below {value:.0f}"
    return f"{SHORT[place]} within {seconds(value)}"


def percentiles_over_time_chart(frame: "pl.DataFrame", measure: Measure, step: str) -> alt.TopLevelMixin:
    """One line per percentile over the days or weeks."""
    import polars as pl

    name, factor = unit(measure)
    words = SHOWN[measure]
    shown = (
        frame.filter(pl.col("measure") == measure)
        .select(
            pl.col("name").cast(pl.Datetime("us")).alias("begins"), "n", *(pl.col(place) * factor for place in words)
        )
        .unpivot(index=["begins", "n"], variable_name="percentile", value_name="value")
        .with_columns(words=pl.col("percentile").replace_strict(words))
    )
    chart: alt.Chart = (
        alt.Chart(shown)
        .mark_line(point=True)
        .encode(
            x=time_axis("begins"),
            y=alt.Y("value", type="quantitative", title=name.capitalize(), scale=alt.Scale(zero=True)),
            color=alt.Color(
                "words", type="nominal", title=None, legend=alt.Legend(orient="bottom", columns=2),
                scale=alt.Scale(domain=list(words.values()), range=list(PERCENTILE_COLOURS)),
            ),
            tooltip=[
                alt.Tooltip("begins", type="temporal", title=step, format="%Y-%m-%d"),
                alt.Tooltip("percentile", type="nominal"),
                alt.Tooltip("value", type="quantitative", title=name, format=",.3~f"),
                alt.Tooltip("n", type="quantitative", title="answers", format=","),
            ],
        )
        .properties(height=260)
    )  # fmt: skip
    return chart


def percentiles_by_chart(frame: "pl.DataFrame", measure: Measure, most: int = 12) -> alt.TopLevelMixin:
    """A row per name: dots at its percentiles, joined; log scale where they span more than 20x."""
    import polars as pl

    name, factor = unit(measure)
    words = SHOWN[measure]
    places = list(words)
    rows = (
        frame.filter(pl.col("measure") == measure)
        .head(most)
        .select("name", "n", *(pl.col(place) * factor for place in places))
        .sort("p95" if measure != "tokens_per_s" else "p50", descending=measure != "tokens_per_s")
    )
    wide = not rows.is_empty() and rows[places[-1]].max() > LOG_SCALE_SPAN * max(rows[places[0]].min() or 0.0, 1e-9)  # type: ignore[operator]
    scale = alt.Scale(type="log", nice=False, padding=12) if wide else alt.Scale(zero=True)
    axis = alt.Axis(format=",.3~r", tickCount=5, grid=not wide)
    x_title = f"{name.capitalize()}{' (log scale)' if wide else ''}"
    y = alt.Y("name", type="nominal", sort=rows["name"].to_list(), title=None, axis=alt.Axis(labelLimit=160))
    lines = (
        alt.Chart(rows)
        .mark_rule(color=CURRENT, strokeWidth=1.5)
        .encode(y=y, x=alt.X(places[0], type="quantitative", scale=scale, title=x_title, axis=axis), x2=places[-1])
    )
    dots = (
        alt.Chart(
            rows.unpivot(index=["name", "n"], variable_name="percentile", value_name="value").with_columns(
                words=pl.col("percentile").replace_strict(words)
            )
        )
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            y=y,
            x=alt.X("value", type="quantitative", scale=scale, title=x_title, axis=axis),
            color=alt.Color(
                "words", type="nominal", title=None, legend=alt.Legend(orient="bottom", columns=2),
                scale=alt.Scale(domain=list(words.values()), range=list(PERCENTILE_COLOURS)),
            ),
            tooltip=[
                alt.Tooltip("name", type="nominal"),
                alt.Tooltip("percentile", type="nominal"),
                alt.Tooltip("value", type="quantitative", title=name, format=",.3~f"),
                alt.Tooltip("n", type="quantitative", title="answers", format=","),
            ],
        )
    )  # fmt: skip
    return alt.layer(lines, dots).properties(height=alt.Step(28))


def rates_over_time_chart(frame: "pl.DataFrame", step: str) -> alt.TopLevelMixin:
    """Shares of requests that failed, were tried again, or went to another model."""
    import polars as pl

    shown = (
        frame.select(pl.col("name").cast(pl.Datetime("us")).alias("begins"), "requests", *RATE_WORDS)
        .unpivot(index=["begins", "requests"], variable_name="rate", value_name="value")
        .with_columns(words=pl.col("rate").replace_strict(RATE_WORDS))
    )
    chart: alt.Chart = (
        alt.Chart(shown)
        .mark_line(point=True)
        .encode(
            x=time_axis("begins"),
            y=alt.Y(
                "value", type="quantitative", title="Share of requests", axis=alt.Axis(format=".1%", tickCount=4),
                scale=alt.Scale(zero=True),
            ),
            color=alt.Color(
                "words", type="nominal", title=None, legend=alt.Legend(orient="bottom", columns=1),
                scale=alt.Scale(domain=list(RATE_WORDS.values()), range=list(RATE_COLOURS)),
            ),
            tooltip=[
                alt.Tooltip("begins", type="temporal", title=step, format="%Y-%m-%d"),
                alt.Tooltip("words", type="nominal", title="requests that"),
                alt.Tooltip("value", type="quantitative", title="share", format=".3%"),
                alt.Tooltip("requests", type="quantitative", format=","),
            ],
        )
        .properties(height=280)
    )  # fmt: skip
    return chart
