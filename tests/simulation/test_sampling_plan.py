"""Which prompts to run side by side: how many where, which ones, and whether they bring what was promised."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import UsageError
from analytics.outcomes import read_pairs
from analytics.policies import Architecture, Use
from analytics.scope import Scope
from analytics.simulation import simulate
from analytics.simulation.assess import open_case, plan_side_by_side
from analytics.simulation.evidence_present import plan_sentence
from analytics.simulation.sampling_plan import SamplingPlan, _whole, draw_prompts

WEAK = Architecture("all weak", Use("weak"))
LEVELS = {"chat": (0.95, 0.93), "code": (0.9, 0.75), "summaries": (0.85, 0.6)}  # quality of strong and weak
MakeWorld = Callable[..., Any]


def log_of_one_model(requests: int = 4000) -> list[dict[str, Any]]:
    """Half chat, the rest code and summaries, all on the strong model, a quarter scored."""
    random = np.random.default_rng(4)
    names = random.choice(list(LEVELS), requests, p=[0.5, 0.25, 0.25])
    return [
        {
            "model": "strong", "use_case": str(name), "complexity": int(random.integers(0, 100)) / 100,
            "quality": float(random.random() < LEVELS[str(name)][0]) if random.random() < 0.25 else None,
            "quality_metric": "quality",
        }
        for name in names
    ]  # fmt: skip


def answered(prompts: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """What both models really answer to the prompts."""
    random = np.random.default_rng(seed)
    return [
        prompt | {"model": model, "quality": float(random.random() < level)}
        for prompt in prompts
        for model, level in zip(("strong", "weak"), LEVELS[prompt["use_case"]], strict=True)
    ]


def uniform_pairs(n: int) -> list[dict[str, Any]]:
    random = np.random.default_rng(8)
    names = random.choice(list(LEVELS), n, p=[0.5, 0.25, 0.25])
    prompts = [
        {"prompt_id": f"old {number}", "use_case": str(name), "complexity": int(random.integers(0, 100)) / 100}
        for number, name in enumerate(names)
    ]
    return answered(prompts, 9)


def frame_of(world: Any, plan: SamplingPlan, seed: int = 0) -> pl.DataFrame:
    """`draw_prompts` on a world in memory."""

    def frame(sql: str, values: dict[str, object]) -> pl.DataFrame:
        return world.connection.cursor().sql(sql, params=values).pl()

    return draw_prompts(SimpleNamespace(frame=frame), plan, Scope(), seed)


@pytest.mark.parametrize("before", [0, 150])
def test_the_promised_width_is_what_the_prompts_bring(make_world: MakeWorld, before: int) -> None:
    """Draw the plan's prompts, run them, load them, project again: the widths agree within a fifth."""
    log, old = log_of_one_model(), uniform_pairs(before)
    world = make_world(log, old)
    plan = plan_side_by_side(open_case(world, WEAK), 500)
    assert plan.now.grade == ("A" if before else "C")
    prompts = frame_of(world, plan).drop("models").to_dicts()
    achieved = []
    for seed in range(2):
        more = make_world(log, old + answered(prompts, seed))
        found = simulate(more, [WEAK]).projections[1]
        assert found.grade == plan.then.grade == "A"
        achieved.append((found.quality.high - found.quality.low) / 2)
    assert plan.then.half_width == pytest.approx(np.mean(achieved), rel=0.2)
    assert plan.then.half_width < 0.8 * plan.now.half_width
    halves = [one.half_width for one in plan.ladder]
    assert halves == sorted(halves, reverse=True)


def test_prompts_go_where_answers_differ(make_world: MakeWorld) -> None:
    """Neyman's allocation, with the disagreement that 3,000 pairs leave no doubt about."""
    world = make_world(log_of_one_model(), uniform_pairs(3000))
    plan = plan_side_by_side(open_case(world, WEAK), 1000)
    share = {"chat": 0.5, "code": 0.25, "summaries": 0.25}
    differs = {name: strong + weak - 2 * strong * weak for name, (strong, weak) in LEVELS.items()}
    importance = {name: share[name] * np.sqrt(differs[name]) for name in share}
    for one in plan.strata:
        assert one.discordant == pytest.approx(differs[one.use_case], abs=0.05)
        assert one.prompts == pytest.approx(1000 * importance[one.use_case] / sum(importance.values()), abs=40)
        assert one.models == ("strong", "weak")
    assert sum(one.prompts for one in plan.strata) == plan.prompts == 1000


def test_the_sample_is_random_repeatable_and_new(make_world: MakeWorld) -> None:
    log = log_of_one_model(3000)
    first = [{"prompt_id": f"r{number}", "model": "weak", "use_case": "chat", "quality": 1.0} for number in range(1500)]
    world = make_world(log, first)
    plan = plan_side_by_side(open_case(world, WEAK), 300)
    drawn = frame_of(world, plan)
    assert drawn.equals(frame_of(world, plan))
    assert set(drawn["prompt_id"]) != set(frame_of(world, plan, 1)["prompt_id"])
    assert drawn["prompt_id"].n_unique() == drawn.height == 300
    assert min(int(name[1:]) for name in drawn["prompt_id"]) >= 1500
    assert "prompt" not in drawn.columns
    for one in plan.strata:
        rows = drawn.filter(pl.col("use_case") == one.use_case)
        left = sum(row["use_case"] == one.use_case for row in log[1500:])
        assert rows.height == one.prompts
        assert rows["inclusion_probability"].unique().to_list() == pytest.approx([one.prompts / left])
        assert rows["models"].unique().to_list() == ["strong;weak"]
    # A quarter of the sample from each quarter of the log that was left: 75 +- 4 standard errors of 7.5.
    quarter = np.bincount([(int(name[1:]) - 1500) * 4 // 1500 for name in drawn["prompt_id"]], minlength=4)
    assert np.abs(quarter - 75).max() < 30


def test_a_small_log_is_asked_no_more_than_it_has(make_world: MakeWorld) -> None:
    plan = plan_side_by_side(open_case(make_world(log_of_one_model(40)), WEAK), 500)
    assert plan.prompts == 40
    assert plan.ladder == ()
    assert "40 prompts side by side" in plan_sentence(plan)
    with pytest.raises(UsageError, match="at least one prompt"):
        plan_side_by_side(open_case(make_world(log_of_one_model(40)), WEAK), 0)


def test_what_is_known_already_is_not_oversold(make_world: MakeWorld) -> None:
    plan = plan_side_by_side(open_case(make_world(log_of_one_model(), uniform_pairs(300)), WEAK), 300)
    assert "would narrow the quality of all weak from ±" in plan_sentence(plan)
    same = replace(plan, then=replace(plan.then, half_width=plan.now.half_width))
    assert "would hardly narrow" in plan_sentence(same)


def test_a_stratified_sample_counts_as_much_as_a_uniform_one(make_world: MakeWorld) -> None:
    """1 / probability is rescaled to 1 on average: 40 prompts out of a million do not outweigh a thousand others."""
    rows = [{"prompt_id": f"p{number}", "model": "weak", "quality": 1.0} for number in range(4)]
    for row, probability in zip(rows, (None, None, 1e-4, 3e-4), strict=True):
        row["inclusion_probability"] = probability
    assert read_pairs(make_world((), rows), "quality", 0).weight == pytest.approx([1, 1, 1.5, 0.5])


@given(
    st.lists(st.tuples(st.just(0.0) | st.floats(0.01, 1), st.integers(0, 50)), min_size=1, max_size=12),
    st.integers(0, 200),
)
def test_whole_numbers_sum_up_within_their_bounds(cells: list[tuple[float, int]], total: int) -> None:
    importance = np.array([weight if most else 0.0 for weight, most in cells])
    most = np.where(importance > 0, [float(one) for _, one in cells], 0.0)
    whole = _whole(importance, most, total)
    assert whole.sum() == min(total, most.sum())
    assert (whole >= 0).all()
    assert (whole <= most).all()
