"""What the pages of evidence and backtest say and draw, from results made up by hand."""

from dataclasses import replace
from typing import Any

import altair as alt
import numpy as np
import pytest

from analytics.backtest import FullInformation, Verdict
from analytics.charts.backtest import (
    backtest_answer,
    backtest_table,
    backtest_words,
    coverage_chart,
    error_chart,
    summaries,
    wilson,
)
from analytics.charts.evidence import checks_chart, grade_map, ladder_chart, overlap_table
from analytics.outcomes.health import SuspiciousCell
from analytics.simulation.assess import Assessment, GradedCell
from analytics.simulation.checks import DOUBLY_ROBUST, SIDE_BY_SIDE, SNIPS, Check
from analytics.simulation.evidence_present import check_sentence, check_title, contradicting, evidence_sentence
from analytics.simulation.overlap import Overlap, OverlapRow
from analytics.simulation.results import UNKNOWN, Change, Estimate, Evidence, Latency, Projection
from analytics.simulation.sampling_plan import SamplingPlan, Width

PROJECTION = Projection(
    "Cheap", "A", UNKNOWN, Latency(1, 1, 1, 1, 1), Estimate(0.9, 0.88, 0.92), {"m": 1.0}, None, Evidence(0.8, 0.2, 0.0), (),
    1.0, Change(UNKNOWN, UNKNOWN, UNKNOWN), None,
)  # fmt: skip
ROW = OverlapRow("", "m", 1.0, 0.02, 0.5, 40, 0, 100, 80, 0.4, None)
ASSESSMENT = Assessment(
    "quality", PROJECTION, PROJECTION, (GradedCell("a", "m", "A", 40, 0, 100, 1.0),), Overlap((ROW,), 0.02, 80, 0.4, 2.0),
    (
        Check(SNIPS, Estimate(0.93, 0.90, 0.96), 80, 0.0), Check(DOUBLY_ROBUST, UNKNOWN, 0, 0, "Not defined: no."),
        Check(SIDE_BY_SIDE, Estimate(0.91, 0.85, 0.97), 40, 0.0),
    ),
    False, (SuspiciousCell("m", "a", 40, 0.02, 0.9),),
)  # fmt: skip
FULL = FullInformation(
    ("m", "n"), "quality", np.array(["a"] * 60), np.zeros(60, dtype=np.int64), np.ones((60, 2)), np.full(60, ""), 0
)


def verdict(logging: str, name: str, errors: list[float], covered: list[float], naive: float | None) -> Verdict:
    rmse = float(np.sqrt(np.mean(np.square(errors)))) if errors else None
    bias = float(np.mean(errors)) if errors else None
    return Verdict(
        logging, 300, name, 0.8, "A" if errors else "C", bias, rmse, float(np.mean(covered)), 0.1, naive, np.array(errors),
        np.array(covered),
    )  # fmt: skip


VERDICTS = [
    verdict("steep rule", "all m", [0.03, -0.03], [1, 1], 0.08),
    verdict("steep rule", "all n", [0.04, 0.04], [1, 0], 0.06),
    verdict("steep rule", "half and half", [0.2, 0.2], [1, 1], None),
    verdict("hard rule", "all m", [], [1, 1], 0.1),
]


def drawn(chart: alt.TopLevelMixin) -> list[dict[str, Any]]:
    """The rows behind a chart, wherever Altair puts them."""
    found = chart.to_dict()
    rows: list[dict[str, Any]] = (
        found["data"]["values"] if "values" in found["data"] else found["datasets"][found["data"]["name"]]
    )
    return rows


def test_a_check_contradicts_beyond_chance_only() -> None:
    """SNIPS is 3 points off with a joint half-width of √(3² + 2²) = 3.6 points; at 94% it is 4 points off."""
    assert contradicting(ASSESSMENT) == []
    assert check_title(ASSESSMENT) == "No other estimate contradicts the projection"
    assert "no proof" in check_sentence(ASSESSMENT)
    assert "for 2.0% the log never shows the model" in evidence_sentence(ASSESSMENT)
    assert "its traffic is measured 80% on requests of the same kind and 20% on similar ones" in evidence_sentence(
        ASSESSMENT
    )
    similar = replace(ASSESSMENT, projection=replace(PROJECTION, evidence=Evidence(0.0, 1.0, 0.0)))
    assert "its traffic is measured 100% on similar ones" in evidence_sentence(similar)
    off = Check(SNIPS, Estimate(0.94, 0.91, 0.97), 80, 0.0)
    against = replace(ASSESSMENT, checks=(off, *ASSESSMENT.checks[1:]))
    assert contradicting(against) == [SNIPS]
    assert "Believe neither" in check_sentence(against)
    assert "but weighted scores (SNIPS) contradicts it" in evidence_sentence(against)
    bounds = replace(PROJECTION, grade="C", quality=Estimate(None, 0.5, 0.89), evidence=Evidence(0.2, 0, 0.8))
    assert contradicting(replace(ASSESSMENT, projection=bounds)) == [SNIPS]
    assert "never tried on 80% of the traffic" in evidence_sentence(replace(ASSESSMENT, projection=bounds))


def test_charts_of_evidence_show_what_is_there() -> None:
    shown = drawn(checks_chart(ASSESSMENT, [SNIPS]))
    assert [row["mean"] for row in shown] == [0.9, 0.93, 0.91]
    assert len({row["colour"] for row in shown}) == 3
    assert len(grade_map(ASSESSMENT).to_dict()["layer"]) == 2
    wide, narrow = Width(0, 0.05, 0.05, "B"), Width(300, 0.02, 0.02, "A")
    plan = SamplingPlan("Cheap", 300, (), wide, narrow, (Width(100, 0.03, 0.03, "A"), narrow))
    assert [row["points"] for row in drawn(ladder_chart(plan))] == [5.0, 3.0, 2.0]
    table = overlap_table(ASSESSMENT)
    assert table["Use case"][0] == "requests without a use case"
    assert table["One stands for at most"][0] == "none"


def test_a_backtest_is_summed_up_over_architectures() -> None:
    steep, hard = summaries(VERDICTS)
    assert (steep.covered, steep.intervals, hard.covered, hard.intervals) == (5, 6, 2, 2)
    # The half-and-half has no naive mean to compare with and stays out of both.
    assert steep.rmse == pytest.approx(np.sqrt((0.03**2 + 0.04**2) / 2))
    assert steep.naive_rmse == pytest.approx(np.sqrt((0.08**2 + 0.06**2) / 2))
    assert hard.rmse is None
    answer = backtest_answer(FULL, VERDICTS)
    assert "**within the projected range 87.5% of the time**" in answer
    assert "**off by 3.5 points, simple averages of the log by 7.1**" in answer
    assert "nothing but bounds" in backtest_words(VERDICTS)[1]
    table = backtest_table(VERDICTS)
    assert list(table["Leans"]) == ["+0.0 points", "+4.0 points", "+20.0 points", "bounds only"]
    assert table["Averages off by"][2] == "not logged"
    assert len(coverage_chart(VERDICTS).to_dict()["layer"]) == 3
    assert {row["logging"] for row in drawn(error_chart(VERDICTS))} == {"steep rule"}
    assert error_chart(VERDICTS[3:]) is None


def test_wilsons_interval() -> None:
    """Newcombe 1998, table I: 15 of 148 and 0 of 20."""
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=2e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=2e-4)
