"""Every audit chart on a busy log: it is valid, its formats exist, nothing in it is a Decimal, and it becomes a picture."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl
import pytest

from analytics import audit
from analytics.charts import quality, speed, speed_words, spend, spend_words
from analytics.charts.format import money_axis
from analytics.currency import Currency
from analytics.exports import chart_image, image_spec
from analytics.scope import Scope
from analytics.store import Store

# The grammar of d3-format: a sign comes before the dollar.
NUMBER = re.compile(r"(?:(?:.)?[<>=^])?[+\-( ]?[$#]?0?\d*,?(?:\.\d+)?~?[a-z%]?")
ALL = Scope()


def charts(store: Store) -> dict[str, Any]:
    by = audit.spend_by(store, ALL, "use_case")
    names = spend.top_names(by.table)
    pairs = audit.spend_by_pair(store, ALL, "use_case", "complexity")
    everything = audit.percentiles_by(store, ALL)
    cells = audit.quality_by(store, ALL, "correct", "use_case", "model")
    found: dict[str, Any] = {
        "over time": spend.spend_over_time_chart(
            audit.spend_over_time(store, ALL, "week", "use_case", names), names, "use_case", "week"
        ),
        "bars": spend.spend_bars(by.table, "use_case"),
        "bars with an unpriced model": spend.spend_bars(audit.spend_by(store, ALL, "model").table, "model"),
        "movers": spend.movers_chart(by.movers),
        "pair": spend.pair_chart(pairs, "use_case", "complexity"),
        "rates": speed.rates_over_time_chart(audit.rates_over_time(store, ALL, "day"), "day"),
        "quality": quality.quality_chart(cells, "use_case", "model"),
        "weekly": quality.weekly_chart(audit.weekly(audit.quality_over_time(store, ALL, "correct"))),
    }
    for measure in audit.MEASURES:
        found[f"{measure} distribution"] = speed.distribution_chart(
            audit.distribution(store, ALL, measure), everything, measure
        )
        found[f"{measure} by"] = speed.percentiles_by_chart(audit.percentiles_by(store, ALL, "model"), measure)
        found[f"{measure} over time"] = speed.percentiles_over_time_chart(
            audit.percentiles_over_time(store, ALL, "day"), measure, "day"
        )
    return found


def formats(spec: Any) -> Iterator[str]:
    """All number formats in a specification."""
    if isinstance(spec, dict):
        if "format" in spec and spec.get("type") != "temporal" and "%Y" not in spec["format"]:
            yield spec["format"]
        for part in spec.values():
            yield from formats(part)
    elif isinstance(spec, list):
        for part in spec:
            yield from formats(part)


def test_every_chart_is_valid_and_becomes_a_picture(busy: Store) -> None:
    for name, chart in charts(busy).items():
        spec = image_spec(chart, name)
        assert all(NUMBER.fullmatch(one) for one in formats(spec)), (name, list(formats(spec)))
        assert spec["title"] == name
        pytest.importorskip("vl_convert")
        assert b"<svg" in chart_image(chart, "svg", name)[:200]


def test_a_picture_keeps_local_days() -> None:
    """A date alone would be read as UTC and drawn a day early in America."""
    import altair as alt

    frame = pl.DataFrame({"day": [date(2026, 10, 1)], "usd": [1.0]})
    layered = alt.layer(
        alt.Chart(frame).mark_bar().encode(x="day:T", y="usd:Q"), alt.Chart(frame).mark_rule().encode(x="day:T")
    )
    text = str(image_spec(layered))
    assert "2026-10-01T00:00:00" in text
    assert "'width': 900" in text


def test_more_rows_than_altair_allows_become_a_picture() -> None:
    import altair as alt

    frame = pl.DataFrame({"x": range(6000)})
    spec = image_spec(alt.Chart(frame).mark_point().encode(x="x:Q"))
    assert [len(rows) for rows in spec["datasets"].values()] == [6000]


def test_axes_write_amounts_as_people_do() -> None:
    """The labels that Vega itself draws, in the currency, with neither "$200m" for $0.20 nor "$2.3M" for $2.25M."""
    import altair as alt

    vl_convert = pytest.importorskip("vl_convert")
    amounts = [0.0, 0.004, 0.25, 125.0, 999.0, 12_500.0, 2_250_000.0, 3e9, -300.0]
    for code, sign in (("USD", "$"), ("EUR", "€")):
        axis = alt.Axis(values=amounts, labelExpr=money_axis(Currency(code, sign)), labelOverlap=False)
        chart = alt.Chart(alt.InlineData(values=[{"x": one} for one in amounts])).mark_point()
        drawn = vl_convert.vegalite_to_svg(chart.encode(x=alt.X("x", type="quantitative", axis=axis)).to_dict())
        labels = ("0", "0.004", "0.25", "125", "999", "12.5k", "2.25M", "3B")
        assert all(f">{sign}{label}<" in drawn for label in labels)
        assert f">-{sign}300<" in drawn


def test_sentences_of_speed(busy: Store) -> None:
    rates = pl.DataFrame(
        {
            "name": ["all"],
            "requests": [1000],
            "failed_share": [0.0],
            "retried_share": [0.003],
            "fallback_share": [0.0002],
        }
    )
    waits = pl.DataFrame(
        {
            "name": ["all", "all"],
            "measure": ["latency_ms", "first_token_ms"],
            "p50": [1600.0, 870.0],
            "p95": [5200.0, 1300.0],
            "p99": [9000.0, 2000.0],
        }
    )
    assert speed_words.speed_answer(waits, rates) == (
        "Half the answers arrive within 1.6 s, 5% take more than 5.2 s; the first token comes after 0.9 s; "
        "0.3% of requests needed another attempt, none failed in the end."
    )
    assert speed_words.rates_title(rates).endswith("less than 0.1% went to another model")
    assert speed_words.speed_answer(waits.clear(), rates).startswith("The log does not say how long answers took;")


def test_sentences_of_quality() -> None:
    cells = pl.DataFrame({"use_case": ["chat", "translation", "legal*"], "requests": [800, 150, 50], "n": [100, 0, 0]})
    score = audit.Score(100, 1000, 0.94, 0.88, 0.97)
    assert quality.quality_answer(score, cells) == (
        "94.0% (88.0 to 97.0%) over 100 scored answers, 10.0% of requests; nothing scored in translation and legal\\*."
    )
    drift = audit.Drift(date(2026, 10, 19), -0.031, -0.05, -0.012, "chat")
    assert quality.drift_sentence(drift) == (
        "**Since 2026-10-19 quality fell by 3.1 points** (95% interval -5.0 to -1.2), use case by use case; most of it in chat."
    )
    calm = audit.Drift(date(2026, 10, 19), -0.001, -0.005, 0.003, "chat")
    assert "has not changed beyond chance" in quality.drift_sentence(calm)
    pairs = pl.DataFrame(
        {"use_case": ["chat", "legal*"], "model": ["gpt-4o", "gpt-4o"], "requests": [800, 50], "n": [3, 0]}
    )
    assert quality.unknown_sentences(cells, pairs) == [
        "translation: nothing scored in 150 requests",
        "legal\\*: nothing scored in 50 requests",
        "chat on gpt-4o: only 3 scored of 800 requests",
    ]


def test_sentences_of_spend(busy: Store) -> None:
    totals = audit.log_totals(busy, ALL)
    text = spend_words.spend_answer(totals, audit.spend_by(busy, ALL, "use_case"), "use_case")
    assert f"over {totals.requests:,} requests; use case " in text
    change = spend_words.change_sentence(audit.spend_by(busy, ALL, "use_case"))
    assert change is not None
    assert change.startswith("The 10 days from 2026-10-09 cost \\$")
    nothing = audit.Spend(pl.DataFrame({"name": ["x"], "share": [None]}), pl.DataFrame(), None)
    unpriced = audit.Totals(5, 5, None, None, 5, 0, 0, 0, 0, None, 1.0, 1.0)
    assert (
        spend_words.spend_answer(unpriced, nothing, "model")
        == "What 5 requests cost is unknown: none of their models has a price."
    )
    lines = spend_words.line_rows(audit.cost_lines(busy, ALL))
    assert lines["list_cost"][0] == pytest.approx(totals.list_cost)
    assert lines["line"].to_list()[:2] == ["total", "user requests"]
