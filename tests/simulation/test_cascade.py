"""Cascades against the algebra of two and three steps."""

from collections.abc import Callable
from typing import Any

import pytest

from analytics.errors import SimulationError
from analytics.policies import Architecture, Cascade, Learned, Verifier, single_model
from analytics.simulation import Scenario, simulate

MakeWorld = Callable[..., Any]
STRONG_USD, WEAK_USD = (1000 * 15 + 100 * 75) / 1e6, (1000 * 1 + 100 * 5) / 1e6
# Joint shares of 1,000 prompts: both right, only weak right, only strong right, neither (MMLU, rounded).
BOTH, WEAK_ONLY, STRONG_ONLY, NEITHER = 628, 53, 178, 141


def log(n: int = 200) -> list[dict[str, Any]]:
    return [
        {"timestamp": f"2026-01-{1 + i // 24:02d} {i % 24:02d}:00:00+00", "quality": float(i % 5 > 0)} for i in range(n)
    ]


def answers() -> list[dict[str, Any]]:
    rows = []
    for i in range(1000):
        weak = i < BOTH + WEAK_ONLY
        strong = i < BOTH or BOTH + WEAK_ONLY <= i < BOTH + WEAK_ONLY + STRONG_ONLY
        for model, right in (("weak", weak), ("strong", strong)):
            sure = right if i % 10 else not right
            rows.append(
                {
                    "prompt_id": f"p{i}", "model": model, "quality": float(right), "judge_score": 0.9 if sure else 0.1,
                    "input_tokens": 1000, "output_tokens": 100, "latency_ms": 200.0 if model == "weak" else 1000.0,
                }
            )  # fmt: skip
    return rows


def cascade(verifier: Verifier | None, accept_at: float | None = None) -> Architecture:
    return Architecture("cascade", Cascade(("weak", "strong"), accept_at, verifier))


def test_a_perfect_verifier_reaches_everything_that_either_model_can(make_world: MakeWorld) -> None:
    world = make_world(log(), answers())
    found = simulate(world, [cascade(Verifier(1.0, 0.0))], Scenario(1000)).projections[1]
    assert found.grade == "A"
    assert found.quality.mean == pytest.approx((BOTH + WEAK_ONLY + STRONG_ONLY) / 1000, abs=0.01)
    assert found.escalation_rate == pytest.approx((STRONG_ONLY + NEITHER) / 1000, abs=0.01)
    assert found.monthly_cost_usd.mean == pytest.approx(1000 * (WEAK_USD + 0.319 * STRONG_USD), rel=0.02)
    assert found.model_share == pytest.approx({"weak": 0.681, "strong": 0.319}, abs=0.01)
    assert found.latency_s.mean == pytest.approx(0.2 + 0.319 * 1.0, rel=0.05)


def test_an_imperfect_verifier_follows_the_two_step_algebra(make_world: MakeWorld) -> None:
    true, false, check_usd, check_ms = 0.9, 0.3, 0.0002, 150.0
    world = make_world(log(), answers())
    verifier = Verifier(true, false, check_usd, check_ms)
    found = simulate(world, [cascade(verifier)], Scenario(1000)).projections[1]
    quality = true * (BOTH + WEAK_ONLY) + (1 - true) * BOTH + (1 - false) * STRONG_ONLY
    escalation = ((1 - true) * (BOTH + WEAK_ONLY) + (1 - false) * (STRONG_ONLY + NEITHER)) / 1000
    assert found.quality.mean == pytest.approx(quality / 1000, abs=0.012)
    assert found.escalation_rate == pytest.approx(escalation, abs=0.01)
    assert found.monthly_cost_usd.mean == pytest.approx(
        1000 * (WEAK_USD + check_usd + escalation * STRONG_USD), rel=0.02
    )
    assert found.latency_s.mean == pytest.approx(0.2 + 0.15 + escalation * 1.0, rel=0.05)
    assert found.latency_s.p95 > 1.0


def test_the_judge_measures_acceptance_when_no_verifier_is_stated(make_world: MakeWorld) -> None:
    """The judge is wrong on every tenth prompt, whichever the model."""
    found = simulate(make_world(log(), answers()), [cascade(None, accept_at=0.5)]).projections[1]
    rows = [row["judge_score"] for row in answers() if row["model"] == "weak"]
    assert found.escalation_rate == pytest.approx(sum(score < 0.5 for score in rows) / 1000, abs=0.02)
    by_prompt = {(row["prompt_id"], row["model"]): row for row in answers()}
    kept = [
        by_prompt[f"p{i}", "weak" if by_prompt[f"p{i}", "weak"]["judge_score"] >= 0.5 else "strong"]["quality"]
        for i in range(1000)
    ]
    assert found.quality.mean == pytest.approx(sum(kept) / 1000, abs=0.02)


def test_without_prompts_in_common_only_frechets_range_is_left(make_world: MakeWorld) -> None:
    separate = [row | {"prompt_id": f"{row['prompt_id']}-{row['model']}"} for row in answers()]
    found = simulate(make_world(log(), separate), [cascade(Verifier(1.0, 0.0))]).projections[1]
    weak, strong = 0.681, 0.806
    assert found.grade == "C"
    assert found.quality.mean is None
    assert found.quality.low == pytest.approx(max(weak, strong), abs=0.05)
    assert found.quality.high == pytest.approx(1.0, abs=0.03)
    assert found.settle is not None


def test_a_cascade_needs_a_rule_for_keeping_answers(make_world: MakeWorld) -> None:
    unjudged = [row | {"judge_score": None} for row in answers()]
    world = make_world(log(), unjudged)
    with pytest.raises(SimulationError, match="judge_score"):
        simulate(world, [cascade(None, accept_at=0.5)])
    with pytest.raises(SimulationError, match="verifier"):
        simulate(world, [cascade(None)])


def test_three_steps_add_up(make_world: MakeWorld) -> None:
    third = [
        row | {"model": "middle", "quality": float(int(row["prompt_id"][1:]) % 2 == 0)}
        for row in answers()
        if row["model"] == "weak"
    ]
    chain = Architecture("chain", Cascade(("weak", "middle", "strong"), None, Verifier(1.0, 0.0)))
    found = simulate(make_world(log(), answers() + third), [chain], Scenario(1000)).projections[1]
    assert sum(found.model_share.values()) == pytest.approx(1.0)
    assert found.model_share["middle"] == pytest.approx(0.319 / 2, abs=0.02)
    assert found.quality.mean == pytest.approx((681 + 160 + 178 / 2) / 1000, abs=0.02)
    assert found.monthly_cost_usd.mean == pytest.approx(
        1000 * (WEAK_USD + 0.319 * 3 * WEAK_USD + 0.1595 * STRONG_USD), rel=0.05
    )


def test_a_step_counts_by_what_gets_to_it(make_world: MakeWorld) -> None:
    """A middle model that is right where the weak one is has nothing right of what it is given."""
    third = [row | {"model": "middle"} for row in answers() if row["model"] == "weak"]
    chain = Architecture("chain", Cascade(("weak", "middle", "strong"), None, Verifier(1.0, 0.0)))
    found = simulate(make_world(log(), answers() + third), [chain], Scenario(1000)).projections[1]
    assert found.model_share == pytest.approx({"weak": 0.681, "middle": 0.0, "strong": 0.319}, abs=0.02)
    assert found.quality.mean == pytest.approx((681 + 178) / 1000, abs=0.02)


def test_three_steps_without_prompts_in_common_by_hand(make_world: MakeWorld) -> None:
    """Each model right on 60%, 70%, 80% of prompts of its own. A step's answers are right as often as the middle says of
    what is possible: of the 40% that the first failed the second has 10 to 40 points right."""
    rights = {"weak": 0.6, "middle": 0.7, "strong": 0.8}
    rows = [
        {"prompt_id": f"{model}{i}", "model": model, "quality": float(i < 400 * right), "input_tokens": 1000, "output_tokens": 100}
        for model, right in rights.items()
        for i in range(400)
    ]  # fmt: skip
    chain = Architecture("chain", Cascade(("weak", "middle", "strong"), None, Verifier(1.0, 0.0)))
    found = simulate(make_world(log(), rows), [chain], Scenario(1000)).projections[1]
    assert found.grade == "C"
    assert found.model_share == pytest.approx({"weak": 0.6, "middle": 0.25, "strong": 0.15}, abs=0.02)
    # From the back: 0.7 and what strong rescues of the rest, from 0.1 to 0.3, is 0.8 to 1; then 0.6 and 0.2 to 0.4.
    assert (found.quality.low, found.quality.high) == pytest.approx((0.8, 1.0), abs=0.05)


def test_only_prompts_that_were_judged_are_evidence_of_a_judged_cascade(make_world: MakeWorld) -> None:
    rows = answers()[:80]
    for row in rows[40:]:
        row["judge_score"] = None
    found = simulate(make_world(log(), rows), [cascade(None, 0.5)], Scenario(1000)).projections[1]
    assert found.grade == "C"  # 20 of 40 prompts
    more = simulate(make_world(log(), answers()[:80]), [cascade(None, 0.5)], Scenario(1000)).projections[1]
    assert more.grade == "A"


def test_prompts_that_say_no_use_case_are_evidence_for_all_of_them(make_world: MakeWorld) -> None:
    rows = [row | {"use_case": None} for row in answers()]
    chain = cascade(Verifier(1.0, 0.0))
    assert simulate(make_world(log(), rows[:60]), [chain]).projections[1].grade == "A"
    assert simulate(make_world(log(), rows[:58]), [chain]).projections[1].grade == "C"


def test_a_learned_plan_takes_the_cheapest_model_that_is_good_enough(make_world: MakeWorld) -> None:
    easy = [row | {"quality": 1.0, "use_case": "easy", "prompt_id": "e" + row["prompt_id"]} for row in answers()]
    hard = [
        row | {"quality": float(row["model"] == "strong"), "use_case": "hard", "prompt_id": "h" + row["prompt_id"]}
        for row in answers()
    ]
    rows = [row | {"use_case": name} for name in ("easy", "hard") for row in log()]
    world = make_world(rows, easy + hard)
    plan = Architecture("learned", Learned(("weak", "strong"), 0.9))
    found = {one.name: one for one in simulate(world, [plan, single_model("strong")], Scenario(1000)).projections}
    assert found["learned"].model_share == pytest.approx({"weak": 0.5, "strong": 0.5})
    assert found["learned"].grade == "A"
    assert found["learned"].quality.mean == pytest.approx(1.0, abs=0.02)


def test_a_learned_plan_is_as_good_as_what_it_chooses_and_says_what_it_lacks(make_world: MakeWorld) -> None:
    plan = Architecture("learned", Learned(("weak", "strong"), 0.6))
    found = simulate(make_world(log(), answers()), [plan], Scenario(1000)).projections[1]
    assert found.model_share == pytest.approx({"weak": 1.0})
    assert found.quality.mean == pytest.approx((BOTH + WEAK_ONLY) / 1000, abs=0.01)
    unknown = simulate(make_world(log()), [Architecture("learned", Learned(("weak", "middle"), 0.6))]).projections[1]
    assert (unknown.grade, unknown.quality.mean) == ("C", None)
    assert unknown.settle is not None
    assert "on chat with" in unknown.settle
