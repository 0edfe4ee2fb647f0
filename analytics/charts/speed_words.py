"""Waiting in words: the answer, the titles of its charts, its table."""

from typing import TYPE_CHECKING

from analytics.audit import Measure
from analytics.charts.format import seconds, share
from analytics.charts.markdown import literal

if TYPE_CHECKING:
    import polars as pl

MEASURE_WORDS: dict[Measure, str] = {
    "latency_ms": "Whole answer", "first_token_ms": "First token", "tokens_per_s": "Tokens per second",
}  # fmt: skip
RATE_WORDS = {
    "failed_share": "failed in the end", "retried_share": "needed another attempt", "fallback_share": "went to another model",
}  # fmt: skip


def speed_answer(percentiles: "pl.DataFrame", rates: "pl.DataFrame") -> str:
    """The sentence on top: from `percentiles_by` and `rates_by` of everything."""
    found = {row["measure"]: row for row in percentiles.iter_rows(named=True)}
    rate = rates.row(0, named=True)
    if "latency_ms" in found:
        whole = found["latency_ms"]
        text = f"Half the answers arrive within {seconds(whole['p50'] / 1e3)}, 5% take more than {seconds(whole['p95'] / 1e3)}"
    else:
        text = "The log does not say how long answers took"
    if "first_token_ms" in found:
        text += f"; the first token comes after {seconds(found['first_token_ms']['p50'] / 1e3)}"
    again = rate["retried_share"]
    tried = "no request" if again == 0 else f"{_rate(again)} of requests"
    return f"{text}; {tried} needed another attempt, {_rate(rate['failed_share'])} failed in the end."


def _rate(value: float | None) -> str:
    """A small share, not rounded to nothing."""
    if value == 0:
        return "none"
    return share(value) if value is None or value >= 0.0005 else "less than 0.1%"


def distribution_title(percentiles: "pl.DataFrame", measure: Measure) -> str:
    """What the distribution shows."""
    import polars as pl

    row = percentiles.filter(pl.col("measure") == measure).row(0, named=True)
    if measure == "tokens_per_s":
        return f"Half the answers come at {row['p50']:,.0f} tokens per second or more, the slowest 5% below {row['p5']:,.0f}"
    return f"{MEASURE_WORDS[measure]}: half within {seconds(row['p50'] / 1e3)}, one in a hundred over {seconds(row['p99'] / 1e3)}"


def slowest_title(by: "pl.DataFrame", measure: Measure) -> str:
    """Which name is slowest, as Markdown."""
    import polars as pl

    rows = by.filter(pl.col("measure") == measure)
    if rows.is_empty():
        return "Nothing was timed here"
    if measure == "tokens_per_s":
        slow = rows.sort("p50", "name").row(0, named=True)
        return f"{literal(slow['name'])} is slowest: {slow['p50']:,.0f} tokens per second in the middle"
    slow = rows.sort("p95", "name", descending=[True, False]).row(0, named=True)
    return f"{literal(slow['name'])} keeps people waiting longest: 5% over {seconds(slow['p95'] / 1e3)}"


def over_time_title(over_time: "pl.DataFrame", measure: Measure, step: str) -> str:
    """Between which values the slow end moved over the days or weeks."""
    import polars as pl

    place = "p5" if measure == "tokens_per_s" else "p95"
    values = over_time.filter(pl.col("measure") == measure)[place]
    if values.is_empty():
        return "Nothing was timed here"
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    if measure == "tokens_per_s":
        return f"The slowest 5% came below {low:,.0f} to {high:,.0f} tokens per second, depending on the {step}"
    return f"The longest 5% took over {seconds(low / 1e3)} to {seconds(high / 1e3)}, depending on the {step}"


def went_wrong(rates: "pl.DataFrame") -> bool:
    """Whether any request failed, was tried again, or went to another model."""
    return any(rates.row(0, named=True)[name] for name in RATE_WORDS)


def rates_title(rates: "pl.DataFrame") -> str:
    """How often something went wrong."""
    row = rates.row(0, named=True)
    text = ", ".join(f"{_rate(row[name])} {words}" for name, words in RATE_WORDS.items())
    return f"Of all requests {text}"


def speed_table(percentiles: "pl.DataFrame", rates: "pl.DataFrame") -> "pl.DataFrame":
    """One row per name: seconds to the answer and to the first token, tokens per second, shares of requests."""
    import polars as pl

    table = rates
    for measure, columns in (
        ("latency_ms", {"p50": "answer_p50_s", "p95": "answer_p95_s", "p99": "answer_p99_s"}),
        ("first_token_ms", {"p50": "first_token_p50_s", "p95": "first_token_p95_s"}),
        ("tokens_per_s", {"p50": "tokens_per_s_p50", "p5": "tokens_per_s_p5"}),
    ):
        factor = 1.0 if measure == "tokens_per_s" else 1e-3
        part = percentiles.filter(pl.col("measure") == measure).select(
            "name", *((pl.col(place) * factor).alias(name) for place, name in columns.items())
        )
        table = table.join(part, on="name", how="left", maintain_order="left")
    return table
