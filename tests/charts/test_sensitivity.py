"""The tornado's words: what flips the decision, and what never does."""

from dataclasses import replace
from typing import Any

import altair as alt
import pytest

from analytics.charts.sensitivity import (
    break_even_text,
    escalation_chart,
    escalation_sentence,
    sensitivity_sentence,
    sensitivity_table,
    tornado_chart,
    value_text,
)
from analytics.simulation.escalation import Escalation
from analytics.simulation.sensitivity import BreakEven, Sensitivity, Tornado
from analytics.simulation.study import Outcome

BASE = Outcome(1000.0, -0.01, -0.5)
PRICE = Sensitivity(
    "price of x", "times", 1.0, 0.5, 1.5, Outcome(1500.0, -0.01, -0.5), Outcome(500.0, -0.01, -0.5),
    (BreakEven("saving", 2.0),), 0.05, 20.0,
)  # fmt: skip
GAP = Sensitivity(
    "quality of other models' answers", "points", 0.0, -0.03, 0.03, Outcome(1000.0, -0.04, -0.5), Outcome(1000.0, 0.02, -0.5),
    (BreakEven("quality", -0.01),), -0.5, 0.5,
)  # fmt: skip
STEP = Escalation("", "weak", "strong", 1.0, 0.3, 0.9, 0.0015, 0.0005, 0.02)


def drawn_rows(chart: alt.TopLevelMixin) -> list[dict[str, Any]]:
    """The rows of a chart's first layer, wherever Altair keeps them."""
    spec = chart.to_dict()
    data = spec["layer"][0].get("data", spec.get("data"))
    rows = data["values"] if "values" in data else spec["datasets"][data["name"]]
    return list(rows)


TORNADO = Tornado(1e6, BASE, -0.02, (PRICE, GAP), (STEP,))


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1e6, "requests", "1,000,000"), (1.5, "times", "1.5x"), (13.406, "times", "13.41x"), (0.85, "share", "85.0%"), (-0.005, "points", "-0.5 points")],
)  # fmt: skip
def test_values(value: float, unit: str, text: str) -> None:
    assert value_text(value, unit) == text  # type: ignore[arg-type]


def test_what_is_fragile_is_named() -> None:
    said = sensitivity_sentence(TORNADO)
    assert "saves **\\$1,000 a month**" in said
    assert "hangs on: quality of other models' answers (quality at its floor at -1.0 points)" in said
    assert "price of x" not in said
    assert sensitivity_sentence(replace(TORNADO, assumptions=(PRICE,))).endswith(
        "No single assumption changes that within its plausible range."
    )


def test_what_is_unknown_is_not_a_decision() -> None:
    assert "no price" in sensitivity_sentence(replace(TORNADO, outcome=replace(BASE, saving_usd=None)))
    assert "not measured well enough" in sensitivity_sentence(replace(TORNADO, outcome=replace(BASE, quality=None)))
    assert "costs **\\$50.00 a month** more" in sensitivity_sentence(
        replace(TORNADO, outcome=replace(BASE, saving_usd=-50.0))
    )
    assert "more than the tolerated -2.0 points" in sensitivity_sentence(
        replace(TORNADO, outcome=replace(BASE, quality=-0.05))
    )


def test_where_it_flips() -> None:
    assert break_even_text(PRICE) == "no saving at 2x"
    assert break_even_text(replace(PRICE, break_evens=())) == "nothing from 0.05x to 20x"
    latency_only = replace(PRICE, break_evens=(BreakEven("latency", 1.2),))
    assert break_even_text(latency_only).startswith("nothing")
    assert not latency_only.fragile
    assert sensitivity_table(TORNADO)["Saving a month"].to_list() == ["$1,500 to $500", "$1,000"]


def test_bars_are_drawn_only_for_what_moves_the_measure() -> None:
    saving, quality = tornado_chart(TORNADO, "saving"), tornado_chart(TORNADO, "quality")
    assert saving is not None
    assert quality is not None
    bars = drawn_rows(saving)
    assert {(row["assumption"], row["from"], row["to"]) for row in bars} == {
        ("price of x", 1000.0, 1500.0),
        ("price of x", 1000.0, 500.0),
    }
    assert {row["to"] for row in drawn_rows(quality)} == {-4.0, 2.0}
    assert tornado_chart(TORNADO, "latency") is None


def test_a_cascade_step_in_words() -> None:
    assert escalation_sentence(STEP) == (
        "weak: 30.0% of its answers are not kept and go on to strong. It pays below 90.0%, so the step saves money "
        "(1 - (\\$1.50 + \\$0.50) / \\$20.00, in USD per 1,000 requests)."
    )
    assert "costs more than it saves" in escalation_sentence(replace(STEP, escalation=0.95))
    assert "never pays" in escalation_sentence(replace(STEP, limit=-0.2))
    assert "unknown" in escalation_sentence(replace(STEP, limit=None))
    assert "a guess" in escalation_sentence(replace(STEP, measured=False))
    assert [row["limit"] for row in drawn_rows(escalation_chart((STEP,)))] == [0.9]
