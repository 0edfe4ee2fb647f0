"""The evidence on an architecture as charts and tables, and what the words on the page mean."""

from typing import TYPE_CHECKING

import altair as alt

from analytics.charts.format import UNKNOWN, count, interval, share
from analytics.charts.theme import turned
from analytics.simulation.assess import Assessment
from analytics.simulation.evidence_present import UNNAMED
from analytics.simulation.overlap import OverlapRow
from analytics.simulation.results import Estimate
from analytics.simulation.sampling_plan import SamplingPlan

if TYPE_CHECKING:
    import polars as pl

GRADES = ("A", "B", "C")
# Grade by shade, letter in the cell, and text that stands out from the shade in either theme.
FILLS, LETTERS = ("#1F5F8B", "#9CC7E3", "#DADADA"), ("#FFFFFF", "#12303F", "#4A4A4A")
USED = "#E69F00"
LEAST_USED, LEAST_SAID = 0.005, 0.0005
PROJECTION, CHECKED, CONTRADICTING = "#0072B2", "#8A8A8A", "#D55E00"

# Term, meaning in two sentences, where it comes from.
TERMS: tuple[tuple[str, str, str, str], ...] = (
    (
        "Evidence A, B, C",
        "A: at least 30 answers scored side by side or at random, in the class itself or in classes like it; B: at least 30 "
        "logged ones of a model that serves more than 2% of the class; C: neither. An architecture has the worst letter that "
        "holds more than a tenth of its traffic, and for C only bounds are shown.",
        "Manski 1990, bounds without assumptions", "https://www.jstor.org/stable/2006592",
    ),
    (
        "Measured on the same kind, on similar ones, not at all (observed, pooled, assumed)",
        "Observed traffic has 30 scores of the very model in its own class (requests of one use case at a tenth of complexity); pooled "
        "traffic borrows from classes like it. Assumed traffic has neither: its quality could be anything.",
        "Gelman & Little 1997, multilevel regression and poststratification",
        "http://www.stat.columbia.edu/~gelman/research/published/poststrat3.pdf",
    ),
    (
        "Not in the log (overlap, unsupported traffic)",
        "Where the log never, or in less than 2% of cases, shows the model that the architecture would choose, and nothing was "
        "tried at random or side by side, no calculation can make up for it. Such traffic is called unsupported.",
        "Crump et al. 2009, limited overlap", "https://doi.org/10.1093/biomet/asn055",
    ),
    (
        "Propensity",
        "The probability with which the log chose the model that answered. Where it was chosen at random the log can say so, "
        "otherwise the model's share of the class stands in, which is right only if nothing else swayed the choice.",
        "Rosenbaum & Rubin 1983", "https://doi.org/10.1093/biomet/70.1.41",
    ),
    (
        "Hidden reasons",
        "A router may know more of a prompt than the log tells, and give a model what suits it: on the rest the model would do "
        "worse. How probable that is follows from how far logged scores are from those of the prompts run side by side, and "
        "the projection takes it to be so in as many of its draws.",
        "Dickey 1971, the Savage-Dickey ratio", "https://doi.org/10.1214/aoms/1177693507",
    ),
    (
        "Counts as (effective answers)",
        "Answers of rarely chosen models stand for many requests each, so their mean is as shaky as that of fewer, equal ones: "
        "(sum of weights)² / sum of squared weights. A large weight means that one answer stands for that many requests.",
        "Kish 1965, design effect", "https://en.wikipedia.org/wiki/Design_effect",
    ),
    (
        "Weighted scores (SNIPS)",
        "Each scored answer counts by how often the architecture would choose its model, over how often the log did; their "
        "weighted mean needs no model of quality. It is as good as the propensities, and silent where the log is.",
        "Swaminathan & Joachims 2015",
        "https://papers.nips.cc/paper/2015/hash/39027dfad5138c9ca0c474d71db915c3-Abstract.html",
    ),
    (
        "Doubly robust",
        "An expected quality per class and model, corrected by how far it misses the weighted answers of the log. It is right "
        "if either the expectation or the propensities are; no answer is compared with an expectation that saw it (cross-fitting).",
        "Dudík, Langford & Li 2011; Chernozhukov et al. 2018", "https://arxiv.org/abs/1103.4601",
    ),
    (
        "Side by side alone",
        "The plain mean of what the architecture's models answered to prompts that all of them were given. It needs no "
        "assumption but that those prompts are a fair sample of the traffic, and ignores all other evidence.",
        "Hájek's estimator, in Särndal, Swensson & Wretman 1992", "https://doi.org/10.1007/978-1-4612-4378-6",
    ),
    (
        "Sampling plan",
        "Prompts go to use cases in proportion to traffic times how much the architecture's answers and today's differ, which "
        "gives the narrowest interval for the effort; every use case gets some. The width it will reach is found by imagining "
        "the answers and projecting with them.",
        "Neyman 1934", "https://doi.org/10.2307/2342192",
    ),
)  # fmt: skip


def grade_map(assessment: Assessment) -> alt.TopLevelMixin:
    """Grades by use case and model; what the architecture uses has an orange edge."""
    rows = [
        {
            "use_case": one.use_case or UNNAMED, "model": one.model, "evidence": one.grade, "side by side": count(one.side_by_side),
            "at random": count(one.random), "logged": count(one.logged), "traffic sent there": share(one.traffic),
            "used": one.traffic >= LEAST_USED,
        }
        for one in assessment.cells
    ]  # fmt: skip
    apart = alt.Scale(paddingInner=0.12)
    top = alt.Axis(orient="top", **turned(-25, "left"), labelLimit=150, labelOverlap=False, ticks=False, domain=False)
    x = alt.X("model", type="nominal", title=None, scale=apart, axis=top)
    side = alt.Axis(labelLimit=170, ticks=False, domain=False)
    y = alt.Y("use_case", type="nominal", title=None, scale=apart, axis=side)
    details = [alt.Tooltip("use_case", type="nominal", title="use case"), alt.Tooltip("model", type="nominal")]
    details += [
        alt.Tooltip(name, type="nominal")
        for name in ("evidence", "side by side", "at random", "logged", "traffic sent there")
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y)
    fills = alt.Scale(domain=list(GRADES), range=list(FILLS))
    cells = base.mark_rect(cornerRadius=3, strokeWidth=3).encode(
        color=alt.Color("evidence", type="nominal", scale=fills, legend=None),
        stroke=alt.condition("datum.used", alt.value(USED), alt.value("transparent")),
        tooltip=details,
    )
    letters = base.mark_text(fontSize=13, fontWeight=600).encode(
        text=alt.Text("evidence", type="nominal"),
        color=alt.Color(
            "evidence", type="nominal", scale=alt.Scale(domain=list(GRADES), range=list(LETTERS)), legend=None
        ),
    )
    chart: alt.LayerChart = alt.layer(cells, letters).resolve_scale(color="independent")
    return chart.properties(height=alt.Step(30))


def checks_chart(assessment: Assessment, contradicting: list[str]) -> alt.TopLevelMixin:
    """The projection and each check with its 95% interval; without a mean only the interval is drawn."""
    shown = [("Projection", assessment.projection.quality, PROJECTION)]
    shown += [
        (one.name, one.quality, CONTRADICTING if one.name in contradicting else CHECKED)
        for one in assessment.checks
        if one.quality.mean is not None
    ]
    rows = [
        {"label": f"{name}   {share(quality.mean) if quality.mean is not None else 'bounds'}", "mean": quality.mean,
         "low": quality.low, "high": quality.high, "colour": colour, "interval": _interval(quality)}
        for name, quality, colour in shown
    ]  # fmt: skip
    y = alt.Y(
        "label", type="nominal", sort=[str(row["label"]) for row in rows], title=None, axis=alt.Axis(labelLimit=230)
    )
    colour = alt.Color("colour", type="nominal", scale=None)
    details = [alt.Tooltip("label", type="nominal", title="estimate"), alt.Tooltip("interval", type="nominal")]
    scale = alt.Scale(zero=False, nice=False, padding=20)
    axis = alt.Axis(format=".1%", tickCount=5)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y, color=colour, tooltip=details)
    rules = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X("low", type="quantitative", title="Quality, 95% interval", scale=scale, axis=axis), x2="high"
    )
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("mean", type="quantitative", scale=scale)
    ).transform_filter("isValid(datum.mean)")  # fmt: skip
    return alt.layer(rules, dots).properties(height=alt.Step(38))


def ladder_chart(plan: SamplingPlan) -> alt.TopLevelMixin:
    """Half of the 95% interval against the number of prompts run side by side; the plan's own size stands out."""
    widths = sorted(
        {one.prompts: one for one in (plan.now, *plan.ladder, plan.then)}.values(), key=lambda one: one.prompts
    )
    rows = [
        {"prompts": f"{one.prompts:,}", "points": one.half_width * 100, "chosen": one.prompts == plan.prompts,
         "label": f"±{one.half_width * 100:.1f}", "evidence": one.grade}
        for one in widths
    ]  # fmt: skip
    x = alt.X(
        "prompts", type="ordinal", sort=[str(row["prompts"]) for row in rows], title="More prompts side by side",
        axis=alt.Axis(labelAngle=0),
    )  # fmt: skip
    y = alt.Y("points", type="quantitative", title="Quality known to ± points")
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y)
    bars: alt.Chart = base.mark_bar(cornerRadiusEnd=3).encode(
        color=alt.condition("datum.chosen", alt.value(PROJECTION), alt.value("#A9C7DC")),
        tooltip=[
            alt.Tooltip("prompts", type="nominal"),
            alt.Tooltip("label", type="nominal", title="points"),
            alt.Tooltip("evidence", type="nominal"),
        ],
    )
    return bars.properties(height=230)


def overlap_table(assessment: Assessment) -> "pl.DataFrame":
    """One row of text per use case and model that gets traffic, the busiest first."""
    import polars as pl

    return pl.DataFrame([_overlap_row(one) for one in assessment.overlap.rows])


def _overlap_row(one: OverlapRow) -> dict[str, str]:
    return {
        "Use case": one.use_case or UNNAMED,
        "Model": one.model,
        "Traffic": share(one.traffic),
        "In the log": share(one.logged_share),
        "Not in the log": share(one.unsupported),
        "Side by side": count(one.side_by_side),
        "At random": count(one.random),
        "Logged": count(one.logged),
        "Counts as": count(one.effective),
        "Counts as, share": share(one.effective_share),
        "One stands for at most": "none" if one.largest_weight is None else f"{one.largest_weight:,.1f}",
    }


def overlap_sentence(assessment: Assessment) -> str:
    """Overlap of the whole architecture in a sentence."""
    overlap = assessment.overlap
    kind = "answers whose model was chosen at random" if assessment.known_propensities else "logged answers"
    weight = (
        ""
        if overlap.largest_weight is None
        else f"; one of them stands for {overlap.largest_weight:,.1f} requests at most"
    )
    shown = (
        "The log shows the models that would answer on all of the traffic."
        if overlap.unsupported < LEAST_SAID
        else f"On {share(overlap.unsupported)} of the traffic the log never shows the model that would answer."
    )
    return (
        f"{shown} Its scored {kind} count as {count(overlap.effective)} answers of this architecture itself "
        f"({share(overlap.effective_share)} of them){weight}."
    )


def plan_table(plan: SamplingPlan) -> "pl.DataFrame":
    """One row of text per use case of the plan."""
    import polars as pl

    return pl.DataFrame(
        [
            {
                "Use case": one.use_case or UNNAMED, "Prompts": count(one.prompts), "Traffic": share(one.traffic),
                "Answers that differ": share(one.discordant), "Models to run": ", ".join(one.models),
            }
            for one in plan.strata
        ]
    )  # fmt: skip


def _interval(quality: Estimate) -> str:
    found = interval(share(quality.low), share(quality.high))
    return found if found != UNKNOWN else UNKNOWN
