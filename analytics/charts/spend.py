"""Charts of spend."""

from typing import TYPE_CHECKING

import altair as alt

from analytics.charts.format import money
from analytics.charts.theme import name_colours

if TYPE_CHECKING:
    import polars as pl

MAX_SERIES = 7


def top_names(table: "pl.DataFrame", limit: int = MAX_SERIES) -> list[str]:
    """The dearest names of `spend_by`, in order."""
    return table["name"].to_list()[:limit]


def spend_over_time_chart(frame: "pl.DataFrame", names: list[str], dimension: str, step: str) -> alt.TopLevelMixin:
    """Stacked bars of list cost per step; names outside `names` are drawn together as "other"."""
    import polars as pl

    shown = (
        frame.with_columns(name=pl.when(pl.col("name").is_in(names)).then("name").otherwise(pl.lit("other")))
        .group_by("begins", "name", maintain_order=True)
        .agg(pl.col("list_usd").sum(), pl.col("requests").sum())
        .with_columns(ends=pl.col("begins").dt.offset_by({"hour": "50m", "day": "20h", "week": "6d"}[step]))
        .with_columns(rank=pl.col("name").replace_strict({name: place for place, name in enumerate(names)}, default=99))
        .sort("begins", "rank")
        .with_columns(top_usd=pl.col("list_usd").cum_sum().over("begins"))
        .with_columns(foot_usd=pl.col("top_usd") - pl.col("list_usd"))
    )
    order = [*names, "other"] if "other" in shown["name"].to_list() else names
    chart: alt.Chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            x=alt.X("begins", type="temporal", title=None),
            x2="ends",
            y=alt.Y(
                "foot_usd", type="quantitative", title=f"List cost per {step}, USD", axis=alt.Axis(format="$,.2~s")
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
    import polars as pl

    # The amount is part of the label: text marks do not follow the theme, axes do.
    shown = table.head(12).with_columns(
        label=pl.concat_str(
            "name", pl.col("list_usd").map_elements(lambda usd: f"   {money(usd)}", return_dtype=pl.String)
        )
    )
    bars: alt.Chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            y=alt.Y("label", type="nominal", sort=shown["label"].to_list(), title=None, axis=alt.Axis(labelLimit=280)),
            x=alt.X(
                "list_usd", type="quantitative", title="List cost, USD", axis=alt.Axis(format="$,.2~s", tickCount=4)
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
