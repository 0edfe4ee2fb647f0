"""What each kind of request needs, in small worlds where the answer is known."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from analytics.charts.workload import need_chart, quality_sentence, unpriced_sentence, workload_answer, workload_table
from analytics.errors import SimulationError
from analytics.scope import Scope
from analytics.simulation.workload import Workload, study_classes, workload

MakeWorld = Callable[..., Any]
# 1,000 input and 100 output tokens: strong 15 and 75 USD per million tokens, middle 3 and 15, weak 1 and 5.
STRONG, MIDDLE, WEAK = 0.0225, 0.0045, 0.0015


def requests(use_case: str | None, count: int, model: str = "strong", **more: Any) -> list[dict[str, Any]]:
    return [{"use_case": use_case, "model": model, **more} for _ in range(count)]


def pairs(use_case: str, count: int, right: dict[str, float], complexity: float = 0.3) -> Iterable[dict[str, Any]]:
    """Side-by-side answers: the first `right` of them are right, model by model."""
    for number in range(count):
        for model, part in right.items():
            yield {
                "prompt_id": f"{use_case}-{complexity}-{number}", "model": model, "use_case": use_case, "complexity": complexity,
                "quality": float(number < part * count), "input_tokens": 1000, "output_tokens": 100,
            }  # fmt: skip


def judged(world: Any, tolerance: float = 0.02, scope: Scope | None = None) -> Workload:
    return workload(study_classes(world, scope or Scope()), tolerance)


def needs(found: Workload) -> dict[tuple[str, str], tuple[str, str]]:
    return {(one.use_case, one.served): (one.need, one.model) for one in found.classes}


@pytest.fixture
def known(make_world: MakeWorld) -> Any:
    """Two kinds of requests, all on the strong model: on chat the weak one is as good, on code both others fail."""
    return make_world(
        [*requests("chat", 300), *requests("code", 100)],
        [
            *pairs("chat", 400, {"strong": 0.9, "middle": 0.9, "weak": 0.9}),
            *pairs("code", 400, {"strong": 0.9, "middle": 0.5, "weak": 0.4}),
        ],
    )


def test_each_kind_of_request_gets_the_cheapest_model_that_is_as_good(known: Any) -> None:
    found = judged(known)
    assert needs(found) == {("chat", "strong"): ("over-served", "weak"), ("code", "strong"): ("needed", "strong")}
    assert found.share_of("over-served") == pytest.approx(0.75, rel=1e-6)
    chat = found.classes[0]
    month = 365.25 / 12  # a log of one day
    assert chat.usd == pytest.approx(300 * month * STRONG)
    assert chat.saving_usd == pytest.approx(300 * month * (STRONG - WEAK), rel=0.01)  # answers' lengths are estimated
    assert found.saving_usd == pytest.approx(chat.saving_usd)
    assert chat.grade == "A"
    assert workload_answer(found).startswith(
        "75% of spend buys strong for requests a cheaper model answers within 2 points: "
    )


def test_a_wider_tolerance_accepts_worse_models(known: Any) -> None:
    found = judged(known, 0.45)
    assert needs(found)["code", "strong"] == ("over-served", "middle")
    assert judged(known, 1.0).share_of("over-served") == 1.0
    assert needs(judged(known, 1.0))["code", "strong"] == ("over-served", "weak")


def test_the_change_of_quality_is_the_moved_traffics(known: Any) -> None:
    found = judged(known, 1.0)  # everything moves to weak: 3/4 loses nothing, 1/4 loses 0.5
    assert found.quality.mean == pytest.approx(0.25 * -0.5, abs=0.02)
    assert found.quality.low is not None
    assert found.quality.high is not None
    assert found.quality.low < -0.125 < found.quality.high
    assert "mean quality by -12" in quality_sentence(found)
    assert judged(known, 0.0001).quality.high is not None


def test_what_nobody_measured_is_unknown_and_not_saved(make_world: MakeWorld) -> None:
    """Legal requests are as many as chat requests but have no prompt side by side: nothing may be borrowed from chat."""
    world = make_world(
        [*requests("chat", 300), *requests("legal", 300)], [*pairs("chat", 400, {"strong": 0.9, "weak": 0.9})]
    )
    found = judged(world)
    assert needs(found) == {("chat", "strong"): ("over-served", "weak"), ("legal", "strong"): ("unknown", "strong")}
    assert found.share_of("unknown") == pytest.approx(0.5)
    legal = next(one for one in found.classes if one.use_case == "legal")
    assert legal.unmeasured == ("weak",)
    assert found.saving_usd == pytest.approx(found.classes[0].saving_usd or found.classes[1].saving_usd)
    assert "nobody has measured a cheaper one" in workload_answer(found)
    row = next(row for row in workload_table(found).iter_rows(named=True) if row["use_case"] == "legal")
    assert (row["good_enough"], row["saving"], row["change_points"], row["grade"]) == (
        "not measured",
        None,
        None,
        "",
    )


def test_an_unmeasured_model_does_not_hide_a_measured_one(make_world: MakeWorld) -> None:
    world = make_world(
        [*requests("chat", 300), *requests("legal", 300), *requests("legal", 5, "weak")],
        [
            *pairs("chat", 200, {"strong": 0.9, "middle": 0.9, "weak": 0.9}),
            *pairs("legal", 200, {"strong": 0.9, "middle": 0.9}),
        ],
    )
    assert needs(judged(world))["legal", "strong"] == ("over-served", "middle")


def test_the_cheapest_model_is_needed_where_it_serves(make_world: MakeWorld) -> None:
    world = make_world(requests("chat", 100, "weak"), pairs("chat", 100, {"strong": 0.9, "weak": 0.2}))
    assert needs(judged(world)) == {("chat", "weak"): ("needed", "weak")}


def test_a_model_without_a_price_is_named_and_never_free(make_world: MakeWorld) -> None:
    world = make_world(
        [*requests("chat", 100), *requests("chat", 300, "mystery")],
        pairs("chat", 200, {"strong": 0.9, "mystery": 0.9, "weak": 0.9}),
    )
    found = judged(world)
    assert needs(found)["chat", "mystery"] == ("unpriced", "mystery")
    assert needs(found)["chat", "strong"] == ("over-served", "weak")
    assert found.usd == pytest.approx(100 * 365.25 / 12 * STRONG)
    assert found.unpriced == pytest.approx({"mystery": 300 * 365.25 / 12})
    assert "without a price (mystery)" in unpriced_sentence(found)
    only = judged(make_world(requests("chat", 10, "mystery"), pairs("chat", 100, {"mystery": 0.9, "weak": 0.9})))
    assert workload_answer(only) == "No model in this log has a price: what is overpaid is unknown."


def test_without_scores_everything_is_unknown(make_world: MakeWorld) -> None:
    found = judged(make_world([*requests("chat", 30), *requests("chat", 30, "weak")]))
    assert needs(found)["chat", "strong"] == ("unknown", "strong")
    assert "No answer is scored" in workload_answer(found)


def test_bands_of_complexity_are_judged_apart(make_world: MakeWorld) -> None:
    world = make_world(
        [*requests("chat", 100, complexity=0.15), *requests("chat", 100, complexity=0.85)],
        [
            *pairs("chat", 400, {"strong": 0.9, "weak": 0.9}, 0.15),
            *pairs("chat", 400, {"strong": 0.9, "weak": 0.3}, 0.85),
        ],
    )
    found = {one.complexity: one.need for one in judged(world).classes}
    assert found == {(0.1, 0.2): "over-served", (0.8, 0.9): "needed"}


def test_a_scope_narrows_it_and_an_empty_one_is_a_sentence(known: Any) -> None:
    assert needs(judged(known, scope=Scope(use_cases=("code",)))) == {("code", "strong"): ("needed", "strong")}
    with pytest.raises(SimulationError, match="chosen scope"):
        judged(known, scope=Scope(teams=("nobody",)))


def test_the_chart_draws_every_class_once(known: Any) -> None:
    spec = need_chart(judged(known)).to_dict()
    rows = next(iter(spec["datasets"].values()))
    assert {(row["use_case"], row["needs"]) for row in rows} == {("chat", "weak"), ("code", "strong")}
    assert np.isclose(sum(row["cost"] for row in rows), judged(known).usd)


def test_requests_without_a_use_case_are_called_so_and_a_use_case_named_unknown_keeps_its_name(
    make_world: MakeWorld,
) -> None:
    found = judged(make_world([*requests(None, 30), *requests("unknown", 10)]))
    assert {one.use_case for one in found.classes} == {"", "unknown"}
    assert set(workload_table(found)["use_case"]) == {"no use case", "unknown"}
