"""Charts of spend."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import altair as alt

from analytics.audit import Dimension
from analytics.audit.spend import OTHER
from analytics.charts.format import money
from analytics.charts.spend_words import DIMENSION_WORDS, signed
from analytics.charts.theme import name_colours

if TYPE_CHECKING:
    import polars as pl

MAX_SERIES = 7
MAX_BARS = 12
ROSE, FELL = "#D55E00", "#0072B2"


def top_names(table: "pl.DataFrame", limit: int = MAX_SERIES) -> tuple[str, ...]:
    """The dearest names of a spend table, in order."""
    return tuple(name for name in table["name"].head(limit + 1) if name != OTHER)[:limit]


def spend_over_time_chart(
    frame: "pl.DataFrame", names: tuple[str, ...], dimension: str, step: str
) -> alt.TopLevelMixin:
    """Stacked bars of list cost per step, the dearest name lowest and all others on top."""
    import polars as pl

    order = [*names, OTHER] if OTHER in frame["name"].to_list() else list(names)
    places = {name: place for place, name in enumerate(order)}
    shown = (
        frame.with_columns(
            pl.col("list_usd").fill_null(0.0),
            ends=pl.col("begins").dt.offset_by({"hour": "50m", "day": "20h", "week": "6d"}[step]),
            rank=pl.col("name").replace_strict(places, default=len(order), return_dtype=pl.Int64),
        )
        .sort("begins", "rank")
        .with_columns(top_usd=pl.col("list_usd").cum_sum().over("begins"))
        .with_columns(foot_usd=pl.col("top_usd") - pl.col("list_usd"))
    )
    chart: alt.Chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            x=alt.X("begins", type="temporal", title=None),
            x2="ends",
            y=alt.Y(
                "foot_usd",
                type="quantitative",
                title=f"List cost per {step}, USD",
                axis=alt.Axis(format=usd_axis(shown["top_usd"])),
            ),
            y2="top_usd",
            color=alt.Color(
                "name",
                type="nominal",
                title=None,
                scale=name_colours(order, dimension),
                legend=alt.Legend(orient="bottom", columns=2),
            ),
            tooltip=[
                alt.Tooltip("begins", type="temporal", title=step, format="%Y-%m-%d %H:%M"),
                alt.Tooltip("name", type="nominal", title=dimension.replace("_", " ")),
                alt.Tooltip("list_usd", type="quantitative", title="list cost", format="$,.2f"),
                alt.Tooltip("requests", type="quantitative", format=","),
            ],
        )
        .properties(height=300)
    )
    return chart


def spend_bars(table: "pl.DataFrame", dimension: str) -> alt.TopLevelMixin:
    """Horizontal bars of list cost per value of a dimension, with the amount beside each bar."""
    shown = _labelled(table.head(MAX_BARS), "list_usd", lambda usd: money(usd, "unpriced"))
    bars: alt.Chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            y=alt.Y("label", type="nominal", sort=shown["label"].to_list(), title=None, axis=alt.Axis(labelLimit=280)),
            x=alt.X(
                "list_usd",
                type="quantitative",
                title="List cost, USD",
                axis=alt.Axis(format=usd_axis(shown["list_usd"]), tickCount=4),
            ),
            color=alt.Color(
                "name", type="nominal", scale=name_colours(shown["name"].to_list(), dimension), legend=None
            ),
            tooltip=[
                alt.Tooltip("name", type="nominal", title=dimension.replace("_", " ")),
                alt.Tooltip("list_usd", type="quantitative", title="list cost", format="$,.2f"),
                alt.Tooltip("billed_usd", type="quantitative", title="billed", format="$,.2f"),
                alt.Tooltip("requests", type="quantitative", format=","),
                alt.Tooltip("share", type="quantitative", format=".1%"),
            ],
        )
        .properties(height=alt.Step(30))
    )
    return bars


def usd_axis(amounts: "pl.Series") -> str:
    """How an axis writes these amounts: k and M from $1,000 on; below, d3's prefixes would write $0.20 as "$200m"."""
    most = float(amounts.abs().max() or 0.0)  # type: ignore[arg-type]
    return "$,.2~s" if most >= 1000 else "$,.0f" if most >= 10 else "$,.2f" if most >= 0.1 else "$,.2~r"


def _labelled(table: "pl.DataFrame", column: str, written: Callable[[float | None], str]) -> "pl.DataFrame":
    """With names that carry their amount: text marks do not follow the theme, axes do."""
    import polars as pl

    labels = [f"{name}   {written(usd)}" for name, usd in zip(table["name"], table[column], strict=True)]
    return table.with_columns(label=pl.Series(labels, dtype=pl.String))


def movers_chart(movers: "pl.DataFrame") -> alt.TopLevelMixin:
    """Bars of change to either side of zero, the largest first."""
    import polars as pl

    shown = _labelled(movers.head(8), "change_usd", signed).with_columns(
        direction=pl.when(pl.col("change_usd") >= 0).then(pl.lit("rose")).otherwise(pl.lit("fell")),
    )
    bars: alt.Chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            y=alt.Y("label", type="nominal", sort=shown["label"].to_list(), title=None, axis=alt.Axis(labelLimit=280)),
            x=alt.X(
                "change_usd",
                type="quantitative",
                title="Change of list cost, USD",
                axis=alt.Axis(format=usd_axis(shown["change_usd"]), tickCount=4),
            ),
            color=alt.Color(
                "direction", type="nominal", scale=alt.Scale(domain=["rose", "fell"], range=[ROSE, FELL]), legend=None
            ),
            tooltip=[
                alt.Tooltip("name", type="nominal"),
                alt.Tooltip("now_usd", type="quantitative", title="now", format="$,.2f"),
                alt.Tooltip("before_usd", type="quantitative", title="before", format="$,.2f"),
                alt.Tooltip("change_usd", type="quantitative", title="change", format="+$,.2f"),
            ],
        )
        .properties(height=alt.Step(30))
    )
    return bars


def pair_chart(pairs: "pl.DataFrame", first: Dimension, second: Dimension) -> alt.TopLevelMixin:
    """A heat map of list cost by two dimensions, the dearest values first (complexity in its own order)."""
    rows, columns = (_order(pairs, column, dimension) for column, dimension in (("first", first), ("second", second)))
    chart: alt.Chart = (
        alt.Chart(pairs)
        .mark_rect()
        .encode(
            y=alt.Y("first", type="nominal", sort=rows, title=DIMENSION_WORDS[first], axis=alt.Axis(labelLimit=160)),
            x=alt.X(
                "second", type="nominal", sort=columns, title=DIMENSION_WORDS[second],
                axis=alt.Axis(labelAngle=-40, labelLimit=140),
            ),
            color=alt.Color(
                "list_usd", type="quantitative", title="List cost, USD",
                scale=alt.Scale(range=["#DCEBF7", "#0B3C66"], domainMin=0),
                legend=alt.Legend(orient="bottom", format=usd_axis(pairs["list_usd"]), tickCount=3),
            ),
            tooltip=[
                alt.Tooltip("first", type="nominal", title=DIMENSION_WORDS[first]),
                alt.Tooltip("second", type="nominal", title=DIMENSION_WORDS[second]),
                alt.Tooltip("list_usd", type="quantitative", title="list cost", format="$,.2f"),
                alt.Tooltip("requests", type="quantitative", format=","),
                alt.Tooltip("usd_per_request", type="quantitative", title="per request", format="$,.5f"),
            ],
        )
        .properties(height=alt.Step(28))
    )  # fmt: skip
    return chart


def _order(pairs: "pl.DataFrame", column: str, dimension: Dimension) -> list[str]:
    import polars as pl

    if dimension == "complexity":
        return sorted(pairs[column].unique().to_list())
    sums = pairs.group_by(column).agg(pl.col("list_usd").sum()).sort("list_usd", column, descending=[True, False])
    names: list[str] = sums[column].to_list()
    return [name for name in names if name != OTHER] + [name for name in names if name == OTHER]
