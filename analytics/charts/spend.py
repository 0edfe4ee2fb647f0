"""Charts of spend, and its answer in a sentence."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import altair as alt

from analytics.audit import Comparison, CostLines, Dimension, Line, Spend, Step, Totals
from analytics.audit.dimensions import reads_raw_log, source_of
from analytics.audit.spend import OTHER
from analytics.charts.format import count, money, share
from analytics.charts.present import escaped
from analytics.charts.theme import name_colours
from analytics.charts.words import literal

if TYPE_CHECKING:
    import polars as pl

MAX_SERIES = 7
MAX_BARS = 12
ROSE, FELL = "#D55E00", "#0072B2"
DIMENSION_WORDS: dict[Dimension, str] = {
    "model": "Model", "use_case": "Use case", "team": "Team", "complexity": "Complexity", "environment": "Environment",
    "provider": "Provider", "prompt_version": "Prompt version", "origin": "Users or overhead", "batch": "Batch or live",
    "source": "Source", "user_id": "User", "session_id": "Session",
}  # fmt: skip


def spend_answer(totals: Totals, spend: Spend, dimension: Dimension) -> str:
    """The sentence on top, as Markdown: how much, who took most of it, and what changed."""
    if totals.list_usd is None:
        return f"What {count(totals.requests)} requests cost is unknown: none of their models has a price."
    text = f"{escaped(money(totals.list_usd))} at list price over {count(totals.requests)} requests"
    first = next((row for row in spend.table.iter_rows(named=True) if row["name"] != OTHER), None)
    if first is not None and first["share"] is not None:
        text += f"; {DIMENSION_WORDS[dimension].lower()} {literal(first['name'])} took {share(first['share'])} of it"
    if spend.comparison is not None and not spend.movers.is_empty():
        change, before = (float(spend.movers[name].sum()) for name in ("change_usd", "before_usd"))
        relative = f" ({change / before:+.1%})" if before else ""
        text += f". The last {days(spend.comparison)} cost {escaped(money(abs(change)))} {'more' if change >= 0 else 'less'} than the {days(spend.comparison)} before{relative}"
    return f"{text}."


def days(comparison: Comparison) -> str:
    """ "15 days", "day"."""
    return "day" if comparison.days == 1 else f"{comparison.days} days"


def movers_title(spend: Spend) -> str:
    """What the chart of movers shows, or why there is none, as Markdown."""
    if spend.comparison is None:
        return "One day has no period before it: choose more days to see what rose and what fell."
    if spend.movers.is_empty():
        return "Nothing here has a price: what rose and what fell is unknown."
    top = spend.movers.row(0, named=True)
    direction = "rose" if top["change_usd"] >= 0 else "fell"
    return (
        f"**{literal(top['name'])} {direction} most: {escaped(signed(top['change_usd']))}** "
        f"from {spend.comparison.since:%Y-%m-%d}, against the {days(spend.comparison)} before"
    )


def trend_title(frame: "pl.DataFrame", step: str) -> str:
    """What the chart over time shows, as Markdown."""
    import polars as pl

    if frame["list_usd"].null_count() == len(frame):
        return "Nothing here has a price"
    sums = frame.group_by("begins").agg(pl.col("list_usd").sum()).sort("list_usd", "begins", descending=[True, False])
    mean, most = sums["list_usd"].mean(), sums.row(0, named=True)
    when = f"{most['begins']:{'%Y-%m-%d %H:%M' if step == 'hour' else '%Y-%m-%d'}}"
    return (
        f"{'An' if step == 'hour' else 'A'} {step} costs {escaped(money(float(mean or 0.0)))} on average; "  # type: ignore[arg-type]
        f"the dearest, {'week from ' if step == 'week' else ''}{when}, cost {escaped(money(most['list_usd']))}"
    )


def spend_caption(time_zone: str, *dimensions: Dimension) -> str:
    """What the numbers are made of."""
    text = (
        "List cost is recomputed from tokens at dated catalogue prices; billed is what the log says. Retries and the calls of "
        f'routers, judges and shadow tests are included. Days begin at midnight in {time_zone}. Lines under "of which" may '
        "overlap: an attempt that failed and was tried again is in both."
    )
    relation = source_of(*dimensions).relation
    if relation == "classes":
        text += " By complexity: users' requests only, in UTC days."
    elif reads_raw_log(*dimensions):
        text += " This division reads the raw log once for each scope: it may take a moment."
    return text


def steps(dimension: Dimension) -> list[Step]:
    """The steps of time that a dimension is kept in."""
    return ["day", "week"] if source_of(dimension).time == "day" else ["hour", "day", "week"]


def signed(usd: float | None) -> str:
    """A change of money with its sign."""
    return f"{'+' if usd is not None and usd > 0 else ''}{money(usd)}"


def line_rows(lines: CostLines) -> "pl.DataFrame":
    """The lines of spend as a table: what, list cost in USD (null is unknown), how many."""
    import polars as pl

    known = [line.usd for line in lines.by_origin if line.usd is not None]
    total = Line("total", sum(known) if known else None, sum(line.count or 0 for line in lines.by_origin))
    rows = [(line.name, line) for line in (total, *lines.by_origin)]
    rows += [(f"of which {line.name}", line) for line in lines.within]
    rows += [(f"saved by the {line.name}", line) for line in lines.saved]
    return pl.DataFrame(
        {
            "line": [name for name, _ in rows],
            "amount": [money(line.usd, "not in the log" if line.count is None else "unknown") for _, line in rows],
            "list_usd": [line.usd for _, line in rows],
            "count": ["" if line.count is None else f"{count(line.count)} {line.unit}" for _, line in rows],
        },
        schema={"line": pl.String, "amount": pl.String, "list_usd": pl.Float64, "count": pl.String},
    )


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
