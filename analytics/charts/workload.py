"""Charts of what each kind of request needs, and the answer in a sentence."""

from typing import TYPE_CHECKING

import altair as alt

from analytics.charts.format import count, interval, money, money_texts, points, share
from analytics.charts.markdown import escaped, listed, literal
from analytics.charts.moves import NAMELESS
from analytics.charts.present import rate_note
from analytics.charts.theme import model_colour
from analytics.currency import USD, Currency
from analytics.simulation.workload import Workload

if TYPE_CHECKING:
    import polars as pl

NOT_MEASURED, NO_PRICE = "not measured", "no price"
MIXED_COLOURS = {NOT_MEASURED: "#C9C9C9", NO_PRICE: "#8A8A8A"}
MOSTLY = 0.9
COLUMNS = (
    "use_case", "complexity", "served_by", "requests", "cost", "verdict", "good_enough", "saving", "change_points",
    "low_points", "high_points", "grade", "unmeasured",
)  # fmt: skip
# What is known without scores: who pays how much for what.
PAID = ["use_case", "complexity", "served_by", "requests", "cost"]


def workload_answer(found: Workload, currency: Currency = USD) -> str:
    """The sentence on top, as Markdown."""
    over, tolerance = found.share_of("over-served"), f"{100 * found.tolerance:.1f}".removesuffix(".0")
    if not found.usd:
        return "No model in this log has a price: what is overpaid is unknown."
    if found.metric is None:
        return "No answer is scored: what a cheaper model could do as well is unknown."
    model, part = found.premium
    name = literal(model) if part >= MOSTLY else "a dearer model"
    unknown = found.share_of("unknown")
    if not over:
        text = f"No spend goes to requests that a cheaper model is known to answer within {tolerance} points"
    else:
        text = (
            f"{share(over, 0)} of spend buys {name} for requests a cheaper model answers within {tolerance} points: "
            f"{escaped(money(found.saving_usd, currency=currency))} a month more than needed"
        )
    if unknown:
        text += f". For {share(unknown, 0)} ({escaped(money(found.usd_of('unknown'), currency=currency))}) nobody has measured a cheaper one"
    return f"{text}."


def quality_sentence(found: Workload) -> str:
    """What moving all over-served classes would do to quality; empty where there are none."""
    if not found.share_of("over-served"):
        return ""
    low, high = points(found.quality.low).removesuffix(" points"), points(found.quality.high).removesuffix(" points")
    return (
        f"Moving all of it would change mean quality by {points(found.quality.mean)} (95% interval {interval(low, high)}), "
        "judged by scores that had no part in choosing."
    )


def unpriced_sentence(found: Workload) -> str:
    """Which traffic has no price, as Markdown."""
    requests = sum(found.unpriced.values())
    return (
        f"{count(requests)} requests a month are served by models without a price ({listed(list(found.unpriced))}): "
        "what they cost is unknown and in no number here."
    )


def need_title(found: Workload, currency: Currency = USD) -> str:
    """Where most of the saving is, as Markdown."""
    by_use_case: dict[str, float] = {}
    for one in found.classes:
        by_use_case[one.use_case] = by_use_case.get(one.use_case, 0.0) + (one.saving_usd or 0.0)
    dearest = max(by_use_case, key=lambda name: (by_use_case[name], name), default="")
    if not found.saving_usd:
        return "What each kind of request needs"
    return (
        f"Most is overpaid in {literal(dearest or NAMELESS)}: {escaped(money(by_use_case[dearest], currency=currency))} of "
        f"{escaped(money(found.saving_usd, currency=currency))} a month"
    )


def workload_caption(found: Workload, currency: Currency = USD) -> str:
    """What stands behind the numbers, as Markdown."""
    metric = f"quality is '{literal(found.metric)}'" if found.metric else "no answer is scored"
    return (
        f"{count(sum(one.requests for one in found.classes))} requests a month, as in the log, at today's list prices; {metric}. A kind of request is a use case and a tenth of complexity. "
        "It is over-served when a cheaper model's projected quality there is within the points chosen above, on evidence A or B "
        "for both models; needed when every cheaper model falls short; unknown when a cheaper one was never measured there. "
        "Each kind is judged by few scores: the table has its interval. Days are UTC." + rate_note(currency)
    )


def workload_table(found: Workload, currency: Currency = USD) -> "pl.DataFrame":
    """One row per class and serving model, dearest first; cost and saving per month in `currency`, quality changes in points."""
    import polars as pl

    rows = [
        {
            "use_case": one.use_case or NAMELESS,
            "complexity": f"{one.complexity[0]:.1f} to {one.complexity[1]:.1f}",
            "served_by": one.served,
            "requests": one.requests,
            "cost": currency.known_amount(one.usd),
            "verdict": one.need,
            "good_enough": {"unknown": NOT_MEASURED, "unpriced": NO_PRICE}.get(one.need, one.model),
            "saving": currency.known_amount(one.saving_usd) if one.need in ("over-served", "needed") else None,
            "change_points": _points(one.quality.mean) if one.need == "over-served" else None,
            "low_points": _points(one.quality.low) if one.need == "over-served" else None,
            "high_points": _points(one.quality.high) if one.need == "over-served" else None,
            "grade": "" if one.need in ("unknown", "unpriced") else one.grade,
            "unmeasured": ", ".join(one.unmeasured) or None,
        }
        for one in found.classes
    ]
    numbers = ("requests", "cost", "saving", "change_points", "low_points", "high_points")
    return pl.DataFrame(rows, schema={name: pl.Float64 if name in numbers else pl.String for name in COLUMNS})


def _points(share: float | None) -> float | None:
    return None if share is None else 100 * share


def need_chart(found: Workload, currency: Currency = USD) -> alt.TopLevelMixin:
    """Use case x complexity: a square's area is the class's spend, its colour the model that most of it needs."""
    import polars as pl

    table = workload_table(found, currency)
    cells = (
        table.group_by("use_case", "complexity", "good_enough", maintain_order=True)
        .agg(pl.col("cost").sum(), pl.col("saving").sum(), pl.col("requests").sum())
        .sort("cost", "requests", descending=True, maintain_order=True)
        .group_by("use_case", "complexity", maintain_order=True)
        .agg(
            pl.col("good_enough").first().alias("needs"),
            pl.col("cost").sum(), pl.col("saving").sum(), pl.col("requests").sum(),
        )
        .filter((pl.col("cost") > 0) | (pl.col("needs") == NO_PRICE))
    )  # fmt: skip
    cells = cells.with_columns(
        money_texts(cells["cost"], currency=currency.unit).alias("spend a month"),
        money_texts(cells["saving"], currency=currency.unit).alias("saving a month"),
    )
    served = table.filter(pl.col("cost") > 0)["served_by"].unique().to_list()
    needs = sorted(
        cells["needs"].unique().to_list(), key=lambda name: (name in MIXED_COLOURS, name not in served, name)
    )
    rows = cells.group_by("use_case").agg(pl.col("cost").sum()).sort("cost", "use_case", descending=[True, False])
    chart: alt.Chart = (
        alt.Chart(cells)
        .mark_square(opacity=1)
        .encode(
            y=alt.Y(
                "use_case", type="nominal", sort=rows["use_case"].head(25).to_list(), title=None,
                axis=alt.Axis(labelLimit=160, grid=True),
            ),
            x=alt.X(
                "complexity", type="ordinal", title="Complexity", sort=sorted(cells["complexity"].unique().to_list()),
                axis=alt.Axis(labelAngle=0, labelExpr="split(datum.label, ' ')[0]", grid=True),
            ),
            size=alt.Size("cost", type="quantitative", scale=alt.Scale(range=[6, 520], domainMin=0), legend=None),
            color=alt.Color(
                "needs", type="nominal", title="Needs", legend=alt.Legend(orient="bottom", columns=2),
                scale=alt.Scale(domain=needs, range=[MIXED_COLOURS.get(name) or model_colour(name) for name in needs]),
            ),
            tooltip=[
                alt.Tooltip("use_case", type="nominal", title="use case"),
                alt.Tooltip("complexity", type="nominal"),
                alt.Tooltip("needs", type="nominal"),
                alt.Tooltip("spend a month", type="nominal"),
                alt.Tooltip("saving a month", type="nominal"),
                alt.Tooltip("requests", type="quantitative", title="requests a month", format=",.0f"),
            ],
        )
        .properties(height=alt.Step(38))
    )  # fmt: skip
    return chart
