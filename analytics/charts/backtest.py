"""A backtest as an answer, charts and a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import altair as alt
import numpy as np

from analytics.backtest import FullInformation, Verdict
from analytics.charts.format import count, points, share
from analytics.simulation.grade_words import EVIDENCE

if TYPE_CHECKING:
    import polars as pl

NOMINAL = 0.95
Z = 1.96
PROJECTED, NAIVE = "#0072B2", "#8A8A8A"
# How the made-up log came about, in the words of its reader.
WAYS = {
    "single model": "one model answered everything",
    "soft rule": "hard requests went to the strong model a little more often",
    "steep rule": "hard requests went to the strong model most of the time",
    "hard rule": "hard use cases went to the strong model always, easy ones never",
    "exploration": "one model answered all but 5%, which were sent anywhere at random",
}
TERMS: tuple[tuple[str, str, str, str], ...] = (
    (
        "Truth",
        "The file knows what every model answered to every prompt, so the quality of any architecture on it is a plain mean. "
        "Each replay hides all answers but one per prompt, as a log would, and projects from what is left.",
        "Li et al. 2011, replay of logged data", "https://arxiv.org/abs/1003.5956",
    ),
    (
        "Leans, typically off by (bias and RMSE)",
        "Where projections lean is the mean of (projected - true): what would not go away with more data. How far one is typically "
        "off altogether is the root of the mean squared error.",
        "Mean squared error", "https://en.wikipedia.org/wiki/Mean_squared_error",
    ),
    (
        "Truth within the range (coverage)",
        "How often the 95% interval held the true quality; it should be 95% of the time. Fewer means that ranges are too narrow to "
        "be believed, many more that they are wider than they need to be.",
        "Coverage probability; its own interval is Wilson's, 1927", "https://doi.org/10.1080/01621459.1927.10502953",
    ),
    (
        "Simple average",
        "The mean score of each model over the answers it happened to give, which is what a dashboard shows. It compares models on "
        "different requests: the strong one looks weak because it got the hard ones.",
        "Confounding", "https://en.wikipedia.org/wiki/Confounding",
    ),
    (
        "Width of the range",
        "Mean distance between the two ends of the interval. With evidence C there is no single estimate, hence no error: only bounds, "
        "and whether they hold the truth.",
        "Manski 1990, bounds without assumptions", "https://www.jstor.org/stable/2006592",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Summary:
    """All architectures of one way of logging together; rmse and naive_rmse over those that have both."""

    logging: str
    covered: int
    intervals: int
    rmse: float | None
    naive_rmse: float | None

    @property
    def coverage(self) -> float:
        """Share of the intervals that held the truth."""
        return self.covered / self.intervals


def summaries(verdicts: Sequence[Verdict]) -> list[Summary]:
    """One per way of logging, in the order given."""
    found = []
    for logging in dict.fromkeys(one.logging for one in verdicts):
        here = [one for one in verdicts if one.logging == logging]
        both = [(one.rmse, one.naive_rmse) for one in here if one.rmse is not None and one.naive_rmse is not None]
        root = np.sqrt(np.mean(np.square(both), axis=0)) if both else (None, None)
        covered, intervals = sum(int(one.covered.sum()) for one in here), sum(len(one.covered) for one in here)
        found.append(Summary(logging, covered, intervals, *(None if one is None else float(one) for one in root)))
    return found


def backtest_answer(full: FullInformation, verdicts: Sequence[Verdict]) -> str:
    """Would it have been right? In one sentence with numbers."""
    found = summaries(verdicts)
    held = sum(one.covered for one in found) / sum(one.intervals for one in found)
    text = (
        f"On {count(len(full))} prompts that {len(full.models)} models answered, the true quality lay **within the projected range "
        f"{share(held)} of the time** (95% is promised)"
    )
    both = [(one.rmse, one.naive_rmse) for one in verdicts if one.rmse is not None and one.naive_rmse is not None]
    if both:
        ours, naive = np.sqrt(np.mean(np.square(both), axis=0)) * 100
        text += (
            f", and projections were typically **off by {ours:.1f} points, simple averages of the log by {naive:.1f}**"
        )
    return f"{text}."


def backtest_words(verdicts: Sequence[Verdict]) -> list[str]:
    """One sentence per way of logging."""
    sentences = []
    for one in summaries(verdicts):
        way = WAYS.get(one.logging, one.logging)
        text = f"When {way}: {one.covered:,} of {one.intervals:,} ranges held the truth"
        if one.rmse is not None and one.naive_rmse is not None:
            text += f"; off by {one.rmse * 100:.1f} points, simple averages by {one.naive_rmse * 100:.1f}"
        if all(verdict.grade == "C" for verdict in verdicts if verdict.logging == one.logging):
            text += "; nothing but bounds could be given"
        sentences.append(f"{text}.")
    return sentences


def backtest_table(verdicts: Sequence[Verdict]) -> "pl.DataFrame":
    """One row of text per way of logging and architecture."""
    import polars as pl

    return pl.DataFrame(
        [
            {
                "How it was logged": one.logging, "Architecture": one.name, "True quality": share(one.truth),
                "Typically off by": _size(one.rmse, "bounds only"), "Averages off by": _size(one.naive_rmse, "not logged"),
                "Truth held": share(one.coverage, 0), EVIDENCE: one.grade,
                "Leans": "bounds only" if one.bias is None else points(one.bias), "Width": _size(one.width, ""),
                "Prompts": count(one.pairs), "Replays": count(len(one.covered)),
            }
            for one in verdicts
        ]
    )  # fmt: skip


def _size(value: float | None, lacking: str) -> str:
    return lacking if value is None else f"{value * 100:.1f} points"


def coverage_chart(verdicts: Sequence[Verdict]) -> alt.TopLevelMixin:
    """Coverage per way of logging with Wilson's interval, against the promised 95%."""
    rows = []
    for one in summaries(verdicts):
        low, high = wilson(one.covered, one.intervals)
        rows.append(
            {"label": f"{one.logging}   {share(one.coverage, 0)}", "coverage": one.coverage, "low": low, "high": high,
             "intervals": f"{one.covered:,} of {one.intervals:,}"}
        )  # fmt: skip
    y = alt.Y(
        "label", type="nominal", sort=[str(row["label"]) for row in rows], title=None, axis=alt.Axis(labelLimit=220)
    )
    scale = alt.Scale(domain=[min(0.6, *(float(str(row["low"])) for row in rows)), 1.0], nice=False)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=y,
        tooltip=[
            alt.Tooltip("label", type="nominal", title="truth within range"),
            alt.Tooltip("intervals", type="nominal", title="held the truth"),
        ],
    )
    rules = base.mark_rule(strokeWidth=2.5, color=PROJECTED).encode(
        x=alt.X(
            "low", type="quantitative", scale=scale, title="Ranges that held the truth", axis=alt.Axis(format=".0%")
        ),
        x2="high",
    )
    dots = base.mark_point(filled=True, size=110, opacity=1, color=PROJECTED).encode(
        x=alt.X("coverage", type="quantitative", scale=scale)
    )
    promised = (
        alt.Chart(alt.InlineData(values=[{"promised": NOMINAL}]))
        .mark_rule(strokeDash=[5, 4], color=NAIVE, strokeWidth=2)
        .encode(x=alt.X("promised", type="quantitative", scale=scale))
    )
    return alt.layer(promised, rules, dots).properties(height=alt.Step(38))


def error_chart(verdicts: Sequence[Verdict]) -> alt.TopLevelMixin | None:
    """How far projections and simple averages are off, per way of logging: two dots and what lies between them.

    None where only bounds were given.
    """
    rows = [
        {
            "logging": one.logging,
            "kind": kind,
            "points": value * 100,
            "ours": one.rmse * 100,
            "naive": one.naive_rmse * 100,
        }
        for one in summaries(verdicts)
        if one.rmse is not None and one.naive_rmse is not None
        for kind, value in (("projected", one.rmse), ("simple averages", one.naive_rmse))
    ]
    if not rows:
        return None
    y = alt.Y("logging", type="nominal", sort=list(dict.fromkeys(str(row["logging"]) for row in rows)), title=None)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=y)
    between = base.mark_rule(strokeWidth=2, color=NAIVE).encode(
        x=alt.X("ours", type="quantitative", title="Typically off by, points of quality", scale=alt.Scale(zero=True)),
        x2="naive",
    )
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("points", type="quantitative"),
        color=alt.Color(
            "kind", type="nominal", title=None, legend=alt.Legend(orient="bottom"),
            scale=alt.Scale(domain=["projected", "simple averages"], range=[PROJECTED, NAIVE]),
        ),
        tooltip=[
            alt.Tooltip("logging", type="nominal"),
            alt.Tooltip("kind", type="nominal"),
            alt.Tooltip("points", type="quantitative", format=".1f"),
        ],
    )  # fmt: skip
    return alt.layer(between, dots).properties(height=alt.Step(38))


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share."""
    p, spread = successes / trials, Z**2 / trials
    middle = (p + spread / 2) / (1 + spread)
    half = Z * float(np.sqrt(p * (1 - p) / trials + spread / (4 * trials))) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
