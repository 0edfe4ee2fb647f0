"""What would change the decision, as a tornado, a table and sentences."""

import textwrap
from typing import TYPE_CHECKING, Literal

import altair as alt

from analytics.charts.format import UNKNOWN, count, interval, money, money_axis, points, share, signed_seconds
from analytics.charts.markdown import escaped
from analytics.charts.theme import ARCHITECTURES, CURRENT
from analytics.currency import USD, Currency
from analytics.simulation.escalation import Escalation
from analytics.simulation.sensitivity import BreakEven, Sensitivity, Tornado, Unit
from analytics.simulation.study import Outcome

if TYPE_CHECKING:
    import polars as pl

Measure = Literal["saving", "quality", "latency"]
AXES = {
    "saving": "Saving a month",
    "quality": "Quality against today, points",
    "latency": "Average latency against today, s",
}
# Without a precision Vega writes as many digits as its steps need, and as many at each.
FORMATS = {"quality": "+f", "latency": "+f"}
LABEL_CHARACTERS = 26
MOST_BARS = 9
LOW, HIGH = "lowest plausible value", "highest plausible value"


def value_text(value: float, unit: Unit) -> str:
    """A value of an assumption: 500,000, 1.5x, 85.0%, -3.0 points."""
    if unit == "requests":
        return count(value)
    if unit == "times":
        return f"{value:.2f}".rstrip("0").rstrip(".") + "x"
    return share(value) if unit == "share" else points(value)


def tornado_chart(tornado: Tornado, measure: Measure, currency: Currency = USD) -> alt.TopLevelMixin | None:
    """A bar from the measure at the lowest to the measure at the highest plausible value, per assumption; None without any.

    A rule marks the projection as assumed, a dashed one the line that must not be crossed.
    """
    base, rows = _height(tornado.outcome, measure, currency), []
    for one in tornado.assumptions:
        ends = [
            (LOW, one.low, _height(one.at_low, measure, currency)),
            (HIGH, one.high, _height(one.at_high, measure, currency)),
        ]
        if base is None or all(height is None or abs(height - base) < 1e-9 for _, _, height in ends):
            continue
        rows += [
            _bar(one, end, value, base, height, measure, currency) for end, value, height in ends if height is not None
        ]
    if base is None or not rows:
        return None
    labels = list(dict.fromkeys(sorted((str(row["label"]) for row in rows), key=lambda one: -_width(rows, one))))[
        :MOST_BARS
    ]
    shown = [row for row in rows if row["label"] in labels]
    title, axis = _axis(measure, currency)
    line = 0.0 if measure != "quality" else 100 * tornado.tolerated_loss
    bars = (
        alt.Chart(alt.InlineData(values=shown))
        .mark_bar(height=16)
        .encode(
            y=alt.Y(
                "label", type="nominal", sort=labels, title=None,
                axis=alt.Axis(labelExpr="split(datum.label, '|')", labelLimit=260, ticks=False, domain=False, labelLineHeight=14),
            ),
            x=alt.X("from", type="quantitative", title=title, axis=axis, scale=alt.Scale(zero=False)),
            x2="to",
            color=alt.Color(
                "end", type="nominal", title=None, scale=alt.Scale(domain=[LOW, HIGH], range=[ARCHITECTURES[5], ARCHITECTURES[0]]),
                legend=None,
            ),
            tooltip=[alt.Tooltip(name, type="nominal") for name in ("assumption", "value", AXES[measure].split(",")[0])],
        )
    )  # fmt: skip
    rules = [_rule(100 * base if measure == "quality" else base, [1, 0], "as assumed"), _rule(line, [4, 4], "the line")]
    return alt.layer(bars, *rules).properties(height=alt.Step(54))


def _axis(measure: Measure, currency: Currency) -> tuple[str, alt.Axis]:
    if measure == "saving":
        return f"{AXES[measure]}, {currency.code}", alt.Axis(labelExpr=money_axis(currency), tickCount=5)
    return AXES[measure], alt.Axis(format=FORMATS[measure], tickCount=5)


def _rule(at: float, dash: list[int], what: str) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=[{"at": at, "what": what}]))
        .mark_rule(color=CURRENT, strokeWidth=1.5, strokeDash=dash)
        .encode(x=alt.X("at", type="quantitative"), tooltip=[alt.Tooltip("what", type="nominal", title="line")])
    )
    return chart


def _bar(
    one: Sensitivity, end: str, value: float, base: float, height: float, measure: Measure, currency: Currency
) -> dict[str, object]:
    scale = 100 if measure == "quality" else 1
    name = "|".join(textwrap.wrap(one.name, LABEL_CHARACTERS))
    spoken = {
        "saving": money(height, currency=currency.unit),
        "quality": points(height),
        "latency": f"{height:+.2f} s",
    }[measure]
    return {
        "label": f"{name}|{value_text(one.low, one.unit)} to {value_text(one.high, one.unit)}",
        "end": end, "from": scale * base, "to": scale * height,
        "assumption": one.name, "value": value_text(value, one.unit), AXES[measure].split(",")[0]: spoken,
    }  # fmt: skip


def _width(rows: list[dict[str, object]], label: str) -> float:
    ends = [float(str(row["to"])) for row in rows if row["label"] == label]
    return max(ends) - min(ends) if len(ends) > 1 else 0.0


def _height(outcome: Outcome, measure: Measure, currency: Currency) -> float | None:
    return {
        "saving": currency.known_amount(outcome.saving_usd),
        "quality": outcome.quality,
        "latency": outcome.latency_s,
    }[measure]


def break_even_text(one: Sensitivity, found: BreakEven | None = None) -> str:
    """Where an assumption flips the decision, in words."""
    parts = [found] if found else [each for each in one.break_evens if each.line != "latency"]
    words = {"saving": "no saving", "quality": "quality at its floor", "latency": "as slow as today"}
    if not parts:
        return f"nothing from {value_text(one.lowest, one.unit)} to {value_text(one.highest, one.unit)}"
    return "; ".join(f"{words[each.line]} at {value_text(each.value, one.unit)}" for each in parts)


def sensitivity_table(tornado: Tornado, currency: Currency = USD) -> "pl.DataFrame":
    """One row of text per assumption."""
    import polars as pl

    rows = [
        {
            "Assumption": one.name,
            "As assumed": value_text(one.value, one.unit),
            "Plausible": _span(value_text(one.low, one.unit), value_text(one.high, one.unit)),
            "Saving a month": _span(*(money(end.saving_usd, currency=currency) for end in (one.at_low, one.at_high))),
            "Quality": _span(points(one.at_low.quality), points(one.at_high.quality)),
            "Latency": _span(*(signed_seconds(end.latency_s) for end in (one.at_low, one.at_high))),
            "Flips the decision": break_even_text(one),
        }
        for one in tornado.assumptions
    ]
    return pl.DataFrame(rows)


def _span(low: str, high: str) -> str:
    """Both ends, or the one number that the assumption does not move."""
    return low if low == high else interval(low, high)


def sensitivity_sentence(tornado: Tornado, currency: Currency = USD) -> str:
    """What the decision hangs on, in one or two sentences, as Markdown."""
    saving, quality = tornado.outcome.saving_usd, tornado.outcome.quality
    if saving is None:
        return "A model in use has no price, so the saving is unknown: give it one in this scenario or in your prices file."
    floor = f"the tolerated {points(tornado.tolerated_loss)}"
    if saving <= 0:
        start = f"It saves nothing: it costs **{money(-saving, currency=currency)} a month** more than today."
    elif tornado.holds is None:
        start = f"It saves **{money(saving, currency=currency)} a month**; its quality is not measured well enough for a decision."
    elif tornado.holds:
        start = (
            f"It saves **{money(saving, currency=currency)} a month** at {points(quality)} of quality, within {floor}."
        )
    else:
        start = f"It saves **{money(saving, currency=currency)} a month**, but quality changes by {points(quality)}, more than {floor}."
    fragile = [one for one in tornado.assumptions if one.fragile]
    if fragile:
        named = "; ".join(f"{one.name} ({break_even_text(one)})" for one in fragile)
        return escaped(f"{start} Within plausible ranges this hangs on: {named}.")
    return escaped(f"{start} No single assumption changes that within its plausible range.")


def escalation_sentence(one: Escalation, currency: Currency = USD) -> str:
    """Whether a step of a cascade pays, with its break-even, as Markdown."""
    step = f"{one.model}: {share(one.escalation)} of its answers are not kept and go on to {one.next_model}"
    if not one.measured:
        step = f"{step} (a guess: too few prompts were answered side by side by all its models)"
    if one.limit is None or one.call_usd is None or one.rest_usd is None:
        return f"{step}. Whether that pays is {UNKNOWN}: a model has no price."
    cheap, verifier, strong = (
        money(1000 * usd, currency=currency) for usd in (one.call_usd, one.verifier_usd, one.rest_usd)
    )
    formula = f"1 - ({cheap} + {verifier}) / {strong}, in {currency.code} per 1,000 requests"
    if one.limit <= 0:
        return escaped(f"{step}. It never pays: what follows costs less than the step ({formula} is below 0).")
    pays = "so the step saves money" if one.pays else "so the step costs more than it saves"
    return escaped(f"{step}. It pays below {share(one.limit)}, {pays} ({formula}).")


def escalation_chart(escalations: tuple[Escalation, ...]) -> alt.TopLevelMixin:
    """Share of each step's requests that go on, with a tick at the share from which the step no longer pays."""
    rows = [
        {
            "step": f"{one.model}|then {one.next_model}" + ("" if not one.rule else f"|{textwrap.shorten(one.rule, 30)}"),
            "escalation": one.escalation, "limit": one.limit, "goes on": share(one.escalation),
            "pays below": share(one.limit), "reached by": share(one.reached),
        }
        for one in escalations
    ]  # fmt: skip
    y = alt.Y(
        "step", type="nominal", title=None, sort=[str(row["step"]) for row in rows],
        axis=alt.Axis(labelExpr="split(datum.label, '|')", labelLimit=260, ticks=False, domain=False, labelLineHeight=14),
    )  # fmt: skip
    axis = alt.Axis(format=".0%", tickCount=5)
    tooltip = [alt.Tooltip(name, type="nominal") for name in ("goes on", "pays below", "reached by")]
    base = alt.Chart(alt.InlineData(values=rows))
    bars = base.mark_bar(color=ARCHITECTURES[0], height=14).encode(
        y=y, tooltip=tooltip,
        x=alt.X("escalation", type="quantitative", title="Share that goes on", axis=axis, scale=alt.Scale(domain=[0, 1])),
    )  # fmt: skip
    ticks = (
        base.mark_tick(color=ARCHITECTURES[4], thickness=3, size=30)
        .encode(y=y, x=alt.X("limit", type="quantitative"), tooltip=tooltip)
        .transform_filter("isValid(datum.limit) && datum.limit >= 0")
    )
    return alt.layer(bars, ticks).properties(height=alt.Step(54))
