"""Answers side by side: which model is best in a sentence, as a chart, as tables, and how two answers differ."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING, Any

import altair as alt

from analytics.charts.format import UNKNOWN, count, interval, money, money_each, points, seconds, share
from analytics.charts.markdown import plain
from analytics.charts.theme import name_colours
from analytics.currency import USD, Currency
from analytics.sidebyside.agreement import Agreement, Preference
from analytics.sidebyside.estimate import Price
from analytics.sidebyside.run import Standing
from analytics.sidebyside.sharpen import Sharpened
from analytics.sidebyside.summary import LEAST_ANSWERS, Cell, Summary, cells_frame, winners
from analytics.sidebyside.work import RunFacts

if TYPE_CHECKING:
    import polars as pl

UNNAMED = "without a use case"
MOST_SHOWN_CHARACTERS = 6000


def best_sentence(summary: Summary, currency: Currency = USD) -> str:
    """Which model is best, and where a cheaper one is as good, as Markdown."""
    if len(summary.overall) < 2:
        return "No prompt was answered by several models yet: run some below, or load outcomes on the Sources page."
    best = summary.overall[0]
    if min(best.prompts, summary.overall[1].prompts) < LEAST_ANSWERS:
        return (
            f"{count(summary.prompts)} prompts side by side are too few to name a winner: run at least {LEAST_ANSWERS} "
            "of a kind."
        )
    text = (
        f"On {count(summary.prompts)} prompts side by side **{plain(best.model)}** is best with {share(best.quality)} "
        f"({interval(share(best.low).removesuffix('%'), share(best.high))})"
    )
    pairs = winners(summary)
    cheaper = [(top, good) for top, good in pairs if good.model != top.model]
    if not cheaper:
        return f"{text}; no cheaper model comes within two points of it on any kind of request."
    top, good = min(cheaper, key=lambda pair: _ratio(pair[1], pair[0]))
    where = plain(good.use_case or UNNAMED)
    price = (
        ""
        if not top.cost_usd
        else f", for {money_each(good.cost_usd, currency=currency)} an answer instead of {money_each(top.cost_usd, currency=currency)}"
    )
    return (
        f"{text}. On {len(cheaper)} of {len(pairs)} kinds of request a cheaper model comes within two points of the best. Most is "
        f"saved on {where} with **{plain(good.model)}** ({share(good.quality)} against {share(top.quality)}{price})."
    ).replace("$", "\\$")


def _ratio(good: Cell, top: Cell) -> float:
    return (good.cost_usd or 0.0) / top.cost_usd if top.cost_usd else 1.0


def quality_cells_chart(summary: Summary) -> alt.TopLevelMixin:
    """Dots with 95% intervals: a row per use case, a colour per model."""
    import polars as pl

    frame = cells_frame(summary.cells).with_columns(
        pl.when(pl.col("use_case") == "").then(pl.lit(UNNAMED)).otherwise(pl.col("use_case")).alias("use_case")
    )
    models = sorted({one.model for one in summary.cells})
    y = alt.Y("use_case", type="nominal", title=None, axis=alt.Axis(labelLimit=150))
    colour = alt.Color(
        "model", type="nominal", title=None, scale=name_colours(models, "model"),
        legend=alt.Legend(orient="bottom", columns=2),
    )  # fmt: skip
    offset = alt.YOffset("model", type="nominal", sort=models)
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart(frame)
    bars = base.mark_rule(strokeWidth=2).encode(
        y=y, yOffset=offset, color=colour, x2="high",
        x=alt.X("low", type="quantitative", scale=scale, title="Quality, mean and 95% interval"),
    )  # fmt: skip
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(
        y=y, yOffset=offset, color=colour,
        x=alt.X("quality", type="quantitative", scale=scale, axis=alt.Axis(format=".0%", tickCount=5)),
        tooltip=[
            alt.Tooltip("use_case", type="nominal", title="use case"), alt.Tooltip("model", type="nominal"),
            alt.Tooltip("quality", type="quantitative", format=".1%"),
            alt.Tooltip("low", type="quantitative", title="at least", format=".1%"),
            alt.Tooltip("high", type="quantitative", title="at most", format=".1%"),
            alt.Tooltip("prompts", type="quantitative", format=","),
        ],
    )  # fmt: skip
    return alt.layer(bars, dots).properties(height=alt.Step(12))


def quality_cells_title(summary: Summary) -> str:
    """What the chart shows, as Markdown."""
    pairs = winners(summary)
    if not pairs:
        return "Too few answers to name a winner"
    wins: dict[str, int] = {}
    for top, _ in pairs:
        wins[top.model] = wins.get(top.model, 0) + 1
    model = max(wins, key=lambda name: wins[name])
    return f"{plain(model)} scores highest on {wins[model]} of {len(pairs)} kinds of request"


def cells_table(summary: Summary, currency: Currency = USD) -> "pl.DataFrame":
    """One row of text per use case and model, best first within a use case."""
    import polars as pl

    ordered = sorted(summary.cells, key=lambda one: (one.use_case, -one.quality))
    return pl.DataFrame(
        [
            {
                "Use case": one.use_case or UNNAMED, "Model": one.model, "Prompts": count(one.prompts),
                "Quality": share(one.quality),
                "95% interval": interval(share(one.low).removesuffix("%"), share(one.high)),
                "Cost per answer": money_each(one.cost_usd, "unpriced", currency),
                "Latency": UNKNOWN if one.latency_ms is None else seconds(one.latency_ms / 1000),
            }
            for one in ordered
        ]
    )  # fmt: skip


def price_sentence(price: Price, max_usd: float | None, currency: Currency = USD) -> str:
    """What a run will cost, before it is started, as Markdown."""
    if price.expected_usd is None or price.most_usd is None:
        return f"{count(price.calls)} calls of unknown cost: {plain(', '.join(price.unpriced))} has no price, so no cap can hold."
    text = f"{count(price.calls)} calls for about **{money(price.expected_usd, currency=currency)}**"
    if price.judge_usd:
        text += f", of which {money(price.judge_usd, currency=currency)} for the judge"
    if max_usd is not None and max_usd < price.most_usd:
        text += f"; no call is made that could bring it above {money(max_usd, currency=currency)}."
    else:
        text += (
            f", {money(price.most_usd, currency=currency)} at the very most, if every answer is as long as it may be."
        )
    return text.replace("$", "\\$")


def standing_words(what: str, standing: Standing, currency: Currency = USD) -> str:
    """How far a run is, beside its bar."""
    spent = money(standing.spent_usd, currency=currency)
    return f"{count(standing.done)} of {count(standing.total)} {what}, {spent}".replace("$", "\\$")


def run_sentence(facts: RunFacts, currency: Currency = USD) -> str:
    """How a run ended, as Markdown: everything accounted for."""
    text = f"{count(facts.answered)} of {count(facts.calls)} calls answered for {money(facts.cost_usd, 'an unknown amount', currency)}"
    scored = [one for one in facts.models if one.quality is not None]
    if len(scored) > 1:
        most = max(one.quality or 0.0 for one in scored)
        best = [one for one in scored if one.quality == most]
        names = " and ".join(f"**{plain(one.model)}**" for one in best)
        how = "scored best with" if len(best) == 1 else "scored alike,"
        text = f"{names} {how} {share(most)} of {count(best[0].scored)} answers; {text}"
    if facts.judge["calls"]:
        text += f"; the judge took {money(facts.judge['cost_usd'], 'an unknown amount', currency)} more"
    return f"{text}.".replace("$", "\\$")


def run_notes(facts: RunFacts, currency: Currency = USD) -> list[str]:
    """What else there is to know of a run, as Markdown: what is open, what may have been billed, what failed."""
    notes = []
    if facts.open:
        notes.append(f"{count(facts.open)} calls are open. Resuming asks nothing again that was answered.")
    if facts.limited:
        notes.append(
            f"{count(facts.limited)} answers were stopped by their limit of output tokens: with a higher one they might score better."
        )
    if facts.maybe_billed:
        most = money(facts.maybe_usd, currency=currency)
        notes.append(
            f"{count(facts.maybe_billed)} attempts were sent and not seen to end. They may have been billed, {most} at most, and "
            "count as spent."
        )
    if facts.given_up:
        notes.append(f"{count(facts.given_up)} calls are given up: each may have been billed twice already.")
    notes += [f"{count(calls)} x {plain(error)}" for error, calls in facts.errors]
    return [note.replace("$", "\\$") for note in notes]


def models_table(facts: RunFacts, currency: Currency = USD) -> "pl.DataFrame":
    """One row of text per model of a run."""
    import polars as pl

    return pl.DataFrame(
        [
            {
                "Model": one.model, "Answers": count(one.answered), "Missing": count(one.failed),
                "Quality": "not scored" if one.quality is None else share(one.quality),
                "Cost per answer": money_each(one.cost_usd, UNKNOWN if one.answered == 0 else "unpriced", currency),
                "Latency": UNKNOWN if one.latency_ms is None else seconds(one.latency_ms / 1000),
                "First token": UNKNOWN if one.ttft_ms is None else seconds(one.ttft_ms / 1000),
                "Input tokens": count(one.input_tokens), "Output tokens": count(one.output_tokens),
            }
            for one in facts.models
        ]
    )  # fmt: skip


def answer_caption(end: dict[str, Any], score: float | None, currency: Currency = USD) -> str:
    """What an answer took, as Markdown."""
    latency, first = end.get("latency_ms"), end.get("ttft_ms")
    parts = [
        f"{count(end.get('output_tokens'))} tokens", money(end.get("cost_usd"), "unpriced", currency),
        UNKNOWN if latency is None else seconds(latency / 1000),
        *([] if first is None else [f"first token after {seconds(first / 1000)}"]),
        *([] if score is None else [f"score {share(score, 0)}"]),
    ]  # fmt: skip
    return " · ".join(parts).replace("$", "\\$")


def answer_markdown(text: str, other: str | None) -> str:
    """An answer as it is, nothing in it acting as formatting; what the other answer does not say stands out."""
    shown = text[:MOST_SHOWN_CHARACTERS]
    words = shown.replace("\n", " \n ").split(" ")
    marked = [True] * len(words)
    if other is None:
        marked = [False] * len(words)
    else:
        theirs = other[:MOST_SHOWN_CHARACTERS].replace("\n", " \n ").split(" ")
        for block in SequenceMatcher(None, words, theirs, autojunk=False).get_matching_blocks():
            marked[block.a : block.a + block.size] = [False] * block.size
    pieces = []
    for new, stretch in groupby(
        zip(words, marked, strict=True), key=lambda pair: pair[1] and pair[0] not in ("", "\n")
    ):
        said = " ".join("  \n" if word == "\n" else plain(word) for word, _ in stretch)
        pieces.append(f":blue-background[{said}]" if new else said)
    more = f"  \n... and {count(len(text) - len(shown))} characters more" if len(text) > len(shown) else ""
    return " ".join(pieces) + more


def run_label(run_id: str) -> str:
    """When a run began, and what tells it from others of the same minute: 2026-11-23 18:15 UTC (a1b2c3)."""
    day, time, rest = run_id.split("-")
    return f"{day[:4]}-{day[4:6]}-{day[6:]} {time[:2]}:{time[2:4]} UTC ({rest})"


def sharpened_sentence(found: Sequence[Sharpened], metric: str) -> str:
    """How the projections changed, as Markdown."""
    if not found:
        return "The scores are kept. With a log of requests loaded they also sharpen its projections."
    return " ".join(_sharpened(one) for one in found) + f" Quality is '{plain(metric)}'."


def _sharpened(one: Sharpened) -> str:
    after = interval(share(one.after.low).removesuffix("%"), share(one.after.high))
    text = f"Everything on **{plain(one.model)}**: quality {share(one.after.mean)} ({after})"
    if one.before is None or one.before.low is None or one.before.high is None or one.after.low is None:
        return f"{text}, unknown before."
    was, now = ((each.high or 0.0) - (each.low or 0.0) for each in (one.before, one.after))
    return f"{text}, ±{was * 50:.1f} points before and ±{now * 50:.1f} now."


def agreement_sentence(agreement: Agreement, preferences: Sequence[Preference]) -> str:
    """How far the judge agrees with people, and what the votes make of its verdict, as Markdown."""
    if not agreement.pairs:
        return "Nobody has voted on answers that the judge graded yet: a few dozen votes say how far it can be trusted."
    text = f"Judge and people give the same verdict on {share(agreement.same, 0)} of {count(agreement.pairs)} pairs"
    kappa = agreement.kappa
    if kappa.mean is not None and kappa.low is not None and kappa.high is not None:
        text += (
            f" (kappa {kappa.mean:.2f}, 95% interval {kappa.low:.2f} to {kappa.high:.2f}; 0 is chance, 1 is perfect)"
        )
    for one in preferences:
        if one.corrected.mean is not None:
            moved = points((one.corrected.mean or 0.0) - (one.judge_alone or 0.0))
            sure = interval(share(one.corrected.low, 0).removesuffix("%"), share(one.corrected.high, 0))
            text += (
                f". People would prefer {plain(one.first)} to {plain(one.second)} on {share(one.corrected.mean, 0)} ({sure}) of the "
                f"prompts: the judge says {share(one.judge_alone, 0)}, {count(one.voted)} votes move that by {moved}"
            )
    return f"{text}."
