"""What the page of the frontier says of the best under the limits, and where its names stand."""

from dataclasses import replace
from typing import Any

import pytest

from analytics.charts.frontier import frontier_chart
from analytics.charts.frontier_words import (
    frontier_answer,
    frontier_note,
    near_miss,
    offered_floor,
    strategies_answer,
    strategies_table,
)
from analytics.charts.plane import is_wide
from analytics.policies import single_model
from analytics.simulation import Projection
from analytics.simulation.frontier import Frontier, Point
from analytics.simulation.results import Change, Estimate, Evidence, Latency
from analytics.simulation.search import Limits
from analytics.simulation.strategies import Place, Strategies, Strategy


def projection(name: str, usd: float, quality: float, width: float = 0.01) -> Projection:
    sure = Estimate(quality, quality - width, quality + width)
    change = Change(
        Estimate(usd - 1000, usd - 1100, usd - 900), Estimate(quality - 0.92, -0.1, 0.1), Estimate(0.0, 0.0, 0.0)
    )
    return Projection(
        name, "A", Estimate(usd, usd * 0.9, usd * 1.1), Latency(1.5, 1.0, 3.0, 1.4, 1.6, ()), sure, {name: 1.0}, None,
        Evidence(1.0, 0.0, 0.0), (), None, change, None,
    )  # fmt: skip


def frontier(chosen: Projection | None, limits: Limits) -> Frontier:
    singles = tuple(
        Point(single_model(name), projection(f"Single {name}", usd, quality))
        for name, usd, quality in (("strong", 1000.0, 0.93), ("middle", 300.0, 0.9), ("weak", 100.0, 0.8))
    )
    points = (Point(single_model("weak"), projection("rules", 500.0, 0.93)),)
    best = None if chosen is None else Point(single_model("middle"), chosen)
    return Frontier(1e6, "quality", limits, projection("current", 1000.0, 0.92), singles, points, best, [], None, None)


def test_the_answer_claims_only_what_the_judging_half_shows() -> None:
    kept = frontier(projection("best", 300.0, 0.91), Limits(min_quality=0.9))
    assert "is the least that keeps to these limits, at 91.0% (-1.0 points against today) quality" in frontier_answer(
        kept
    )
    assert near_miss(kept) == ""
    near = frontier(projection("best", 200.0, 0.895, 0.02), Limits(min_quality=0.9))
    assert "is the least that may be as good as 90.0%; it turned out at 89.5%" in frontier_answer(near)
    assert "puts it at 89.5% (87.5% to 91.5%)" in near_miss(near)
    far = frontier(projection("best", 200.0, 0.82), Limits(min_quality=0.9))
    assert "**Nothing is sure to be as good as 90.0%**" in frontier_answer(far)
    assert "Single middle: \\$300 a month, 90.0%." in near_miss(far)


def test_a_strategy_that_is_never_as_bad_as_asked_for_says_what_it_gives() -> None:
    exact, better = Place(335.0, 0.889, 1.9, ("rules",)), Place(198.0, 0.92, 3.4, ("cascade",))
    found = Strategies(
        1e6, "quality", 0.889, 335.0, projection("current", 1000.0, 0.916),
        (Strategy("Rules", (), (), exact, exact), Strategy("Learned", (), (), None, None), Strategy("Cascade", (), (), better, better)),
    )  # fmt: skip
    assert list(strategies_table(found)["Cost at 88.9% quality"]) == ["$335", "not reached", "$198 (gives 92.0%)"]
    assert "cascade \\$198 (gives 92.0%), rules \\$335**" in strategies_answer(found)


def test_only_what_has_a_place_on_a_log_scale_is_drawn_on_one() -> None:
    assert is_wide([1.0, 21.0])
    assert not is_wide([1.0, 20.0])
    assert not is_wide([0.0, 1.0, 100.0])
    assert not is_wide([])


def test_the_note_says_for_how_much_the_best_model_is_matched() -> None:
    found = frontier(None, Limits())
    assert (
        frontier_note(found)
        == "As good as strong alone (93.0%, \\$1,000 a month), the best single model, is to be had for \\$500."
    )
    dear = replace(found, points=(Point(single_model("weak"), projection("rules", 990.0, 0.93)),))
    assert frontier_note(dear).startswith("Nothing cheaper is as good as strong alone")


@pytest.mark.parametrize(("quality", "offered"), [(0.938, 91.5), (0.92, 90.0), (0.3, 50.0)])
def test_two_points_below_today_are_offered(quality: float, offered: float) -> None:
    assert offered_floor(projection("current", 1.0, quality)) == offered


def test_points_at_one_place_share_a_name() -> None:
    chart: Any = frontier_chart(frontier(projection("best", 300.0, 0.9), Limits(min_quality=0.9))).to_dict()
    rows = [
        row for one in chart["layer"] if one["mark"]["type"] == "text" for row in chart["datasets"][one["data"]["name"]]
    ]
    assert sorted(row["label"] for row in rows) == ["best and middle", "current", "strong", "weak"]
