"""Charts of spend. Amounts are already in the currency that is passed along."""

from typing import TYPE_CHECKING

import altair as alt

from analytics.audit import Dimension
from analytics.audit.spend import OTHER
from analytics.charts.format import money_axis, money_texts
from analytics.charts.spend_words import DIMENSION_WORDS, signed
from analytics.charts.theme import name_colours, time_axis, turned
from analytics.currency import USD, Currency

if TYPE_CHECKING:
    import polars as pl

MAX_SERIES = 7
MAX_BARS = 12
ROSE, FELL = "#D55E00", "#0072B2"


def top_names(table: "pl.DataFrame", limit: int = MAX_SERIES) -> tuple[str, ...]:
    """The dearest names of a spend table, in order."""
    return tuple(name for name in table["name"].head(limit + 1) if name != OTHER)[:limit]


def spend_over_time_chart(
    frame: "pl.DataFrame", names: tuple[str, ...], dimension: str, step: str, currency: Currency = USD
) -> alt.TopLevelMixin:
    """Stacked bars of list cost per step, the dearest name lowest and all others on top."""
    import polars as pl

    order = [*names, OTHER] if OTHER in frame["name"].to_list() else list(names)
    places = {name: place for place, name in enumerate(order)}
    shown = (
        frame.with_columns(
            pl.col("list_cost").fill_null(0.0),
            money_texts(frame["list_cost"], "unpriced", currency).alias("cost"),
            ends=pl.col("begins").dt.offset_by({"hour": "50m", "day": "20h", "week": "6d"}[step]),
            rank=pl.col("name").replace_strict(places, default=len(order), return_dtype=pl.Int64),
        )
        .sort("begins", "rank")
        .with_columns(top_cost=pl.col("list_cost").cum_sum().over("begins"))
        .with_columns(foot_cost=pl.col("top_cost") - pl.col("list_cost"))
    )
    chart: alt.Chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            x=time_axis("begins"),
            x2="ends",
            y=alt.Y(
                "foot_cost",
                type="quantitative",
                title=f"List cost per {step}, {currency.code}",
                axis=alt.Axis(labelExpr=money_axis(currency)),
            ),
            y2="top_cost",
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
                alt.Tooltip("cost", type="nominal", title="list cost"),
                alt.Tooltip("requests", type="quantitative", format=","),
            ],
        )
        .properties(height=300)
    )
    return chart


def spend_bars(table: "pl.DataFrame", dimension: str, currency: Currency = USD) -> alt.TopLevelMixin:
    """Horizontal bars of list cost per value of a dimension, with the amount beside each bar."""
    first = table.head(MAX_BARS)
    shown = first.with_columns(
        money_texts(first["list_cost"], "unpriced", currency).alias("cost"),
        money_texts(first["billed_cost"], currency=currency).alias("billed"),
    )
    shown = _labelled(shown, "cost")
    bars: alt.Chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            y=alt.Y("label", type="nominal", sort=shown["label"].to_list(), title=None, axis=alt.Axis(labelLimit=280)),
            x=alt.X(
                "list_cost",
                type="quantitative",
                title=f"List cost, {currency.code}",
                axis=alt.Axis(labelExpr=money_axis(currency), tickCount=4),
            ),
            color=alt.Color(
                "name", type="nominal", scale=name_colours(shown["name"].to_list(), dimension), legend=None
            ),
            tooltip=[
                alt.Tooltip("name", type="nominal", title=dimension.replace("_", " ")),
                alt.Tooltip("cost", type="nominal", title="list cost"),
                alt.Tooltip("billed", type="nominal"),
                alt.Tooltip("requests", type="quantitative", format=","),
                alt.Tooltip("share", type="quantitative", format=".1%"),
            ],
        )
        .properties(height=alt.Step(30))
    )
    return bars


def _labelled(table: "pl.DataFrame", written: str) -> "pl.DataFrame":
    """With names that carry their amount, the column `written`: text marks do not follow the theme, axes do."""
    import polars as pl

    return table.with_columns(label=pl.format("{}   {}", "name", written))


def movers_chart(movers: "pl.DataFrame", currency: Currency = USD) -> alt.TopLevelMixin:
    """Bars of change to either side of zero, the largest first."""
    import polars as pl

    first = movers.head(8)
    shown = first.with_columns(
        money_texts(first["now_cost"], currency=currency).alias("now"),
        money_texts(first["before_cost"], currency=currency).alias("before"),
        pl.Series("change", [signed(cost, currency) for cost in first["change_cost"]], dtype=pl.String),
        direction=pl.when(pl.col("change_cost") >= 0).then(pl.lit("rose")).otherwise(pl.lit("fell")),
    )
    shown = _labelled(shown, "change")
    bars: alt.Chart = (
        alt.Chart(shown)
        .mark_bar()
        .encode(
            y=alt.Y("label", type="nominal", sort=shown["label"].to_list(), title=None, axis=alt.Axis(labelLimit=280)),
            x=alt.X(
                "change_cost",
                type="quantitative",
                title=f"Change of list cost, {currency.code}",
                axis=alt.Axis(labelExpr=money_axis(currency), tickCount=4),
                scale=alt.Scale(padding=12),
            ),
            color=alt.Color(
                "direction", type="nominal", scale=alt.Scale(domain=["rose", "fell"], range=[ROSE, FELL]), legend=None
            ),
            tooltip=[
                alt.Tooltip("name", type="nominal"),
                alt.Tooltip("now", type="nominal"),
                alt.Tooltip("before", type="nominal"),
                alt.Tooltip("change", type="nominal"),
            ],
        )
        .properties(height=alt.Step(30))
    )
    return bars


def pair_chart(
    pairs: "pl.DataFrame", first: Dimension, second: Dimension, currency: Currency = USD
) -> alt.TopLevelMixin:
    """A heat map of list cost by two dimensions, the dearest values first (complexity in its own order)."""
    rows, columns = (_order(pairs, column, dimension) for column, dimension in (("first", first), ("second", second)))
    shown = pairs.with_columns(
        money_texts(pairs["list_cost"], "unpriced", currency).alias("cost"),
        money_texts(pairs["cost_per_request"], "unpriced", currency).alias("each"),
    )
    chart: alt.Chart = (
        alt.Chart(shown)
        .mark_rect()
        .encode(
            y=alt.Y("first", type="nominal", sort=rows, title=DIMENSION_WORDS[first], axis=alt.Axis(labelLimit=160)),
            x=alt.X(
                "second", type="nominal", sort=columns, title=DIMENSION_WORDS[second],
                axis=alt.Axis(labelLimit=140, **turned(-40, "right")),
            ),
            color=alt.Color(
                "list_cost", type="quantitative", title=f"List cost, {currency.code}",
                scale=alt.Scale(range=["#DCEBF7", "#0B3C66"], domainMin=0),
                legend=alt.Legend(orient="bottom", labelExpr=money_axis(currency), tickCount=3),
            ),
            tooltip=[
                alt.Tooltip("first", type="nominal", title=DIMENSION_WORDS[first]),
                alt.Tooltip("second", type="nominal", title=DIMENSION_WORDS[second]),
                alt.Tooltip("cost", type="nominal", title="list cost"),
                alt.Tooltip("requests", type="quantitative", format=","),
                alt.Tooltip("each", type="nominal", title="per request"),
            ],
        )
        .properties(height=alt.Step(28))
    )  # fmt: skip
    return chart


def _order(pairs: "pl.DataFrame", column: str, dimension: Dimension) -> list[str]:
    import polars as pl

    if dimension == "complexity":
        return sorted(pairs[column].unique().to_list())
    sums = pairs.group_by(column).agg(pl.col("list_cost").sum()).sort("list_cost", column, descending=[True, False])
    names: list[str] = sums[column].to_list()
    return [name for name in names if name != OTHER] + [name for name in names if name == OTHER]
