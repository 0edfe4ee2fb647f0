"""What a router learned: its curve, its calibration, and what demanding more quality costs."""

from typing import TYPE_CHECKING

import altair as alt

from analytics.charts.format import change, count, interval, money, money_axis, points, seconds, share
from analytics.charts.markdown import escaped
from analytics.charts.theme import ARCHITECTURES, CURRENT, model_colour, name_colours
from analytics.currency import USD, Currency
from analytics.learning import Findings
from analytics.simulation import Projection
from analytics.simulation.grade_words import EVIDENCE, evidence_text
from analytics.simulation.project import DEFAULT_MARGIN
from analytics.simulation.sweep import Sweep

if TYPE_CHECKING:
    import polars as pl

WAYS = {"learned": "learned router", "rule": "rule per use case", "random": "at random"}
WAY_COLOURS = alt.Scale(domain=list(WAYS.values()), range=[ARCHITECTURES[0], ARCHITECTURES[1], CURRENT])
MOST_CURVES = 4


def curve_chart(found: Findings) -> alt.TopLevelMixin:
    """Quality by the share of requests sent to the strong model, for the router, a rule per use case, and chance."""
    rows = [
        {"share": x, "quality": y, "way": WAYS[way.name], "to the strong model": share(x, 0), "reached": share(y)}
        for way in found.ways
        for x, y in zip(way.share, way.quality, strict=True)
    ]
    tooltip = [alt.Tooltip(name, type="nominal") for name in ("way", "to the strong model", "reached")]
    lines = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=alt.X("share", type="quantitative", title=f"Share of requests sent to {found.strong}", axis=alt.Axis(format=".0%", tickCount=5)),
            y=alt.Y("quality", type="quantitative", title="Quality", axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False)),
            color=alt.Color("way", type="nominal", title=None, scale=WAY_COLOURS, legend=alt.Legend(orient="bottom", columns=2)),
            tooltip=tooltip,
        )
    )  # fmt: skip
    best = max(way.quality[-1] for way in found.ways)
    rule = (
        alt.Chart(alt.InlineData(values=[{"quality": best, "best single model": f"{found.strong}, {share(best)}"}]))
        .mark_rule(color=CURRENT, strokeDash=[4, 4])
        .encode(y=alt.Y("quality", type="quantitative"), tooltip=[alt.Tooltip("best single model", type="nominal")])
    )
    return alt.layer(rule, lines).properties(height=320)


def ways_table(found: Findings) -> "pl.DataFrame":
    """The curves' summary metrics, one row per way, and the best single model."""
    import polars as pl

    rows = [
        {
            "Way of choosing": WAYS[way.name], "APGR": _plain(way.apgr), "CPT 50%": share(way.cpt50), "CPT 80%": share(way.cpt80),
            "AIQ": _plain(way.aiq), "Best quality": share(max(way.quality)),
        }
        for way in found.ways
    ]  # fmt: skip
    if found.ways:
        best = share(max(way.quality[-1] for way in found.ways))
        single = {
            "Way of choosing": f"{found.strong} alone",
            "APGR": "",
            "CPT 50%": "",
            "CPT 80%": "",
            "AIQ": "",
            "Best quality": best,
        }
        rows.append(single)
    return pl.DataFrame(rows)


def curve_heading(found: Findings) -> str:
    """What the curves show, in a line."""
    if found.apgr is None:
        return "Compared with simpler ways"
    rule = "" if found.rule_apgr is None else f", a rule per use case {share(found.rule_apgr, 0)}"
    return f"It recovers {share(found.apgr, 0)} of the quality gap{rule}"


def _plain(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def calibration_chart(found: Findings) -> alt.TopLevelMixin:
    """Predicted against observed quality per bin of prompts, with 95% intervals; on the diagonal they agree."""
    models = list(dict.fromkeys(one.model for one in found.bins))[:MOST_CURVES]
    shown = [one for one in found.bins if one.model in models]
    rows = [
        {
            "model": one.model, "predicted": one.predicted, "observed": one.observed, "low": one.low, "high": one.high,
            "foreseen": share(one.predicted), "seen": f"{share(one.observed)} ({interval(share(one.low), share(one.high))})",
            "prompts": count(one.prompts),
        }
        for one in shown
    ]  # fmt: skip
    lowest = min(min(one.low, one.predicted) for one in shown)
    scale = alt.Scale(domain=[max(0.0, lowest - 0.02), 1.0], nice=False)
    axis = alt.Axis(format=".0%", tickCount=6)
    base = alt.Chart(alt.InlineData(values=rows))
    colour = alt.Color(
        "model", type="nominal", title=None, scale=name_colours(models, "model"), legend=alt.Legend(orient="bottom", columns=2)
    )  # fmt: skip
    x = alt.X("predicted", type="quantitative", title="Predicted quality", scale=scale, axis=axis)
    tooltip = [alt.Tooltip(name, type="nominal") for name in ("model", "foreseen", "seen", "prompts")]
    bars = base.mark_rule(strokeWidth=1.5).encode(
        x=x, color=colour,
        y=alt.Y("low", type="quantitative", title="Observed quality", scale=scale, axis=axis), y2="high",
    )  # fmt: skip
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(
        x=x, y=alt.Y("observed", type="quantitative", scale=scale), color=colour, tooltip=tooltip
    )
    ends = [{"predicted": end, "observed": end} for end in (max(0.0, lowest - 0.02), 1.0)]
    diagonal = (
        alt.Chart(alt.InlineData(values=ends))
        .mark_line(color=CURRENT, strokeDash=[4, 4], strokeWidth=1.5)
        .encode(
            x=alt.X("predicted", type="quantitative", scale=scale),
            y=alt.Y("observed", type="quantitative", scale=scale),
        )
    )
    return alt.layer(diagonal, bars, dots).properties(height=340)


def calibration_sentence(found: Findings) -> str:
    """How far predictions lie from what was observed, on average and how often within the interval."""
    if not found.bins:
        return "Too few prompts side by side to check the predictions."
    prompts = sum(one.prompts for one in found.bins)
    off = sum(abs(one.predicted - one.observed) * one.prompts for one in found.bins) / prompts
    inside = sum(one.low <= one.predicted <= one.high for one in found.bins)
    return (
        f"Predictions differ from what was observed by {100 * off:.1f} points on average; "
        f"{inside} of {len(found.bins)} groups of prompts lie within their 95% interval."
    )


def sweep_chart(sweep: Sweep, currency: Currency = USD) -> alt.TopLevelMixin | None:
    """Monthly cost against quality for every least quality, with 95% intervals, beside each model alone; None unmeasured."""
    learned = [
        _place(f"at least {least:.1%}", one, True, rank, currency) for rank, (least, one) in enumerate(sweep.learned)
    ]
    singles = [_place(one.name.removeprefix("Single "), one, False, 0, currency) for one in sweep.singles]
    rows = [row for row in [*learned, *singles] if row["cost"] is not None and row["quality"] is not None]
    if not rows:
        return None
    base = alt.Chart(alt.InlineData(values=rows))
    most = max(float(str(row["cost"])) for row in rows)
    x = alt.X(
        "cost", type="quantitative", title=f"Monthly cost, {currency.code}", axis=alt.Axis(labelExpr=money_axis(currency), tickCount=6),
        scale=alt.Scale(domain=[0.0, 1.05 * most], nice=False),
    )  # fmt: skip
    scale = alt.Scale(zero=False, padding=20)
    y = alt.Y("quality", type="quantitative", title="Quality", axis=alt.Axis(format=".0%"), scale=scale)
    names = [str(row["name"]) for row in rows if not row["learned"]]
    tooltip = [
        alt.Tooltip(name, type="nominal") for name in ("name", "monthly cost", "quality score", "mean latency", "grade")
    ]
    path = base.mark_line(color=ARCHITECTURES[0], strokeWidth=2).encode(
        x=x, y=y, order=alt.Order("rank", type="quantitative")
    )
    upright = base.mark_rule(strokeWidth=1.5, color=ARCHITECTURES[0]).encode(
        x=x, y=alt.Y("low", type="quantitative", scale=scale), y2="high"
    )
    dots = base.mark_point(filled=True, size=70, color=ARCHITECTURES[0], opacity=1).encode(x=x, y=y, tooltip=tooltip)
    alone = base.mark_point(filled=True, size=110, shape="diamond", opacity=1).encode(
        x=x, y=y, tooltip=tooltip,
        color=alt.Color(
            "name", type="nominal", title="One model alone",
            scale=alt.Scale(domain=names, range=[model_colour(name) for name in names]), legend=alt.Legend(orient="bottom", columns=2),
        ),
    )  # fmt: skip
    is_learned = "datum.learned"
    parts = [one.transform_filter(is_learned) for one in (path, upright, dots)]
    return alt.layer(*parts, alone.transform_filter("!datum.learned")).properties(height=360)


def _place(name: str, one: Projection, learned: bool, rank: int, currency: Currency) -> dict[str, object]:
    cost, quality = one.monthly_cost_usd, one.quality
    return {
        "name": name, "learned": learned, "rank": rank, "cost": currency.known_amount(cost.mean), "quality": quality.mean, "low": quality.low,
        "high": quality.high, "monthly cost": money(cost.mean, "unpriced", currency), "mean latency": seconds(one.latency_s.mean),
        "quality score": f"{share(quality.mean)} ({interval(share(quality.low), share(quality.high))})", "grade": one.grade,
    }  # fmt: skip


def sweep_table(sweep: Sweep, currency: Currency = USD) -> "pl.DataFrame":
    """One row of text per least quality."""
    import polars as pl

    now = sweep.current.monthly_cost_usd.mean
    rows = [
        {
            "min_quality": f"{least:g}",
            "Monthly cost": money(one.monthly_cost_usd.mean, "unpriced", currency),
            "Cost change": change(one.vs_current.cost.mean, now),
            "Quality score": share(one.quality.mean),
            "Quality change": points(one.vs_current.quality.mean),
            "Average latency": seconds(one.latency_s.mean),
            EVIDENCE: one.grade,
            **{model: share(part, 0) for model, part in one.model_share.items()},
        }
        for least, one in sweep.learned
    ]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame([{name: row.get(name, "") for name in names} for row in rows])


def best_least(sweep: Sweep) -> tuple[float, Projection] | None:
    """The cheapest least quality that likely stays above the floor (today's quality less 2 points), with its projection."""
    safe = [
        pair
        for pair in sweep.learned
        if (pair[1].quality_floor_probability or 0.0) >= 0.5 and pair[1].monthly_cost_usd.mean is not None
    ]
    return min(safe, key=lambda pair: pair[1].monthly_cost_usd.mean or 0.0, default=None)


def sweep_answer(sweep: Sweep, currency: Currency = USD) -> str:
    """What the best least quality would cost, in a sentence of Markdown."""
    best = best_least(sweep)
    if best is None:
        return (
            f"No least quality keeps the router within {100 * DEFAULT_MARGIN:g} points of today's quality: "
            "it needs more evidence or better models."
        )
    least, one = best
    now = sweep.current.monthly_cost_usd.mean
    return escaped(
        f"Choosing by what is known before the answer would cost **{money(one.monthly_cost_usd.mean, currency=currency)} a month instead of "
        f"{money(now, currency=currency)}** ({change(one.vs_current.cost.mean, now)}) at {share(one.quality.mean)} quality "
        f"({points(one.vs_current.quality.mean)}), when each answer must be predicted at least {share(least)} good. {evidence_text(one.grade)}."
    )
