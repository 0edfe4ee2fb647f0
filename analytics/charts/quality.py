"""Charts of quality with intervals, and the answer in a sentence."""

from typing import TYPE_CHECKING

import altair as alt

from analytics.audit import Drift, Score
from analytics.audit.quality import FEW_SCORES
from analytics.charts.format import count, interval, points, share
from analytics.charts.markdown import listed, literal
from analytics.charts.theme import name_colours, time_axis

if TYPE_CHECKING:
    import polars as pl

COLOUR = "#0072B2"
MAX_SERIES = 7


def quality_answer(score: Score, by_use_case: "pl.DataFrame") -> str:
    """The sentence on top, as Markdown: how good, over how many scores, and what is not scored at all."""
    asked = int(by_use_case["requests"].sum())
    covered = share(score.n / asked) if asked else "unknown"
    sure = interval(share(score.low).removesuffix("%"), share(score.high))
    text = f"{share(score.mean)} ({sure}) over {count(score.n)} scored answer{'' if score.n == 1 else 's'}, {covered} of requests"
    missing = unscored(by_use_case)
    if missing:
        return f"{text}; nothing scored in {listed(missing)}."
    return f"{text}; every use case has scores."


def unscored(by_use_case: "pl.DataFrame") -> list[str]:
    """Names with requests but not one score, most requests first."""
    import polars as pl

    names: list[str] = by_use_case.filter(pl.col("n") == 0)["use_case"].to_list()
    return names


def unknown_sentences(by_use_case: "pl.DataFrame", cells: "pl.DataFrame", most: int = 8) -> list[str]:
    """What is not scored at all, and what hardly, with how many requests; Markdown, most requests first."""
    import polars as pl

    found = [
        f"{literal(row['use_case'])}: nothing scored in {count(row['requests'])} requests"
        for row in by_use_case.filter(pl.col("n") == 0).iter_rows(named=True)
    ]
    bare = set(unscored(by_use_case))
    few = cells.filter((pl.col("n") < FEW_SCORES) & ~pl.col("use_case").is_in(list(bare)))
    for row in few.iter_rows(named=True):
        scores = "nothing scored" if row["n"] == 0 else f"only {row['n']} scored"
        found.append(
            f"{literal(row['use_case'])} on {literal(row['model'])}: {scores} of {count(row['requests'])} requests"
        )
    rest = len(found) - most
    return [*found[:most], *([f"and {rest} more combinations of use case and model"] if rest > 0 else [])] or [
        f"Every use case has at least {FEW_SCORES} scores on every model that serves it."
    ]


def quality_title(cells: "pl.DataFrame", *dimensions: str) -> str:
    """Which value is worst, as Markdown, among those with enough scores to say."""
    import polars as pl

    known = cells.filter(pl.col("n") >= FEW_SCORES).sort("mean", *dimensions)
    if known.is_empty():
        return f"Nothing has the {FEW_SCORES} scores it takes to say"
    worst, best = known.row(0, named=True), known.row(-1, named=True)
    name = " on ".join(literal(worst[one]) for one in dimensions)
    if len(known) == 1:
        return f"{name}: {share(worst['mean'])}"
    other = " on ".join(literal(best[one]) for one in dimensions)
    return f"Lowest is {name} with {share(worst['mean'])}, highest {other} with {share(best['mean'])}"


def drift_sentence(drift: Drift | None) -> str:
    """What the last weeks say, as Markdown."""
    if drift is None:
        return "There are too few scores before or after to say whether quality changes."
    sure = f"95% interval {interval(points(drift.low).removesuffix(' points'), points(drift.high).removesuffix(' points'))}"
    if not drift.significant:
        return f"Since {drift.since:%Y-%m-%d} quality has not changed beyond chance: {points(drift.change)} ({sure}), use case by use case."
    moved = "rose" if drift.change > 0 else "fell"
    return (
        f"**Since {drift.since:%Y-%m-%d} quality {moved} by {points(abs(drift.change)).removeprefix('+')}** ({sure}), use case by use case; "
        f"most of it in {literal(drift.largest)}."
    )


def quality_chart(cells: "pl.DataFrame", first: str, second: str | None = None, most: int = 12) -> alt.TopLevelMixin:
    """Dots with 95% intervals: a row per `first`, a colour per `second`; cells without scores are left out."""
    import polars as pl

    scored = cells.filter(pl.col("n") > 0)
    rows = scored.group_by(first).agg(pl.col("requests").sum()).sort("requests", first, descending=[True, False])
    order: list[str] = rows[first].head(most).to_list()
    shown = scored.filter(pl.col(first).is_in(order))
    if second is not None:
        series = shown.group_by(second).agg(pl.col("requests").sum()).sort("requests", second, descending=[True, False])
        names: list[str] = series[second].head(MAX_SERIES).to_list()
        shown = shown.filter(pl.col(second).is_in(names))
        colour: alt.Color | alt.ColorValue = alt.Color(
            second, type="nominal", title=None, scale=name_colours(names, second),
            legend=alt.Legend(orient="bottom", columns=2),
        )  # fmt: skip
        offset = {"yOffset": alt.YOffset(second, type="nominal", sort=names)}
    else:
        colour, offset = alt.ColorValue(COLOUR), {}
    y = alt.Y(first, type="nominal", sort=order, title=None, axis=alt.Axis(labelLimit=160))
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart(shown)
    bars = base.mark_rule(strokeWidth=2).encode(
        y=y, x=alt.X("low", type="quantitative", scale=scale, title="Quality, mean and 95% interval"), x2="high",
        color=colour, **offset,
    )  # fmt: skip
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(
        y=y,
        x=alt.X("mean", type="quantitative", scale=scale, axis=alt.Axis(format=".0%", tickCount=5)),
        color=colour,
        tooltip=[
            *(alt.Tooltip(name, type="nominal", title=name.replace("_", " ")) for name in (first, second) if name),
            alt.Tooltip("mean", type="quantitative", format=".1%"),
            alt.Tooltip("low", type="quantitative", title="at least", format=".1%"),
            alt.Tooltip("high", type="quantitative", title="at most", format=".1%"),
            alt.Tooltip("n", type="quantitative", title="scores", format=","),
            alt.Tooltip("requests", type="quantitative", format=","),
        ],
        **offset,
    )
    return alt.layer(bars, dots).properties(height=alt.Step(34 if second is None else 12))


def weekly_chart(weeks: "pl.DataFrame") -> alt.TopLevelMixin:
    """Mean quality per week with its 95% interval."""
    import polars as pl

    base = alt.Chart(weeks.filter(pl.col("n") > 0).with_columns(begins=pl.col("week").cast(pl.Datetime("us"))))
    x = time_axis("begins", "Week from", values=_starts(weeks))
    scale = alt.Scale(zero=False, nice=True)
    bars = base.mark_rule(color=COLOUR, strokeWidth=2).encode(
        x=x, y=alt.Y("low", type="quantitative", scale=scale, title="Quality"), y2="high"
    )
    dots = base.mark_line(color=COLOUR, point=alt.OverlayMarkDef(filled=True, size=60, color=COLOUR)).encode(
        x=x,
        y=alt.Y("mean", type="quantitative", scale=scale, axis=alt.Axis(format=".1%", tickCount=5)),
        tooltip=[
            alt.Tooltip("begins", type="temporal", title="week from", format="%Y-%m-%d"),
            alt.Tooltip("mean", type="quantitative", format=".2%"),
            alt.Tooltip("low", type="quantitative", title="at least", format=".2%"),
            alt.Tooltip("high", type="quantitative", title="at most", format=".2%"),
            alt.Tooltip("n", type="quantitative", title="scores", format=","),
        ],
    )
    return alt.layer(bars, dots).properties(height=240)


def _starts(weeks: "pl.DataFrame", most: int = 6) -> list[dict[str, int]]:
    """The Mondays to label, as Vega dates: every one, or evenly spaced ones of many."""
    days = weeks["week"].to_list()
    step = -(-len(days) // most) if days else 1
    return [{"year": day.year, "month": day.month, "date": day.day} for day in days[::step]]
