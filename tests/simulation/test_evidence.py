"""Overlap, cross-checks and alarms, against sums by hand and against row-by-row computations."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from analytics.backtest import FullInformation, behaviours_named
from analytics.backtest.replay import questions, replay
from analytics.policies import Architecture, Cascade, Route, Split, Use
from analytics.policies.architecture import Verifier
from analytics.policies.predicate import parse_predicate
from analytics.scope import Scope
from analytics.simulation.assess import assess, open_case
from analytics.simulation.checks import DOUBLY_ROBUST, SIDE_BY_SIDE, SNIPS, snips
from analytics.simulation.evidence_present import check_sentence, contradicts, evidence_json, evidence_sentence
from analytics.simulation.ground import lay_ground
from analytics.simulation.results import Estimate, Scenario
from analytics.simulation.weighing import RoutedScores, policy_of, read_routed_scores, weigh

WEAK = Architecture("all weak", Use("weak"))
# The limit lies within a tenth of complexity, so that a class follows two plans.
RULE = Architecture(
    "rule", Split((("strong", 0.7), ("weak", 0.3))),
    routes=(Route(parse_predicate("use_case in ('a', 'b') and complexity < 0.35", "rule"), Use("weak")),),
)  # fmt: skip
MakeWorld = Callable[..., Any]


def random_log(n: int = 4000, propensity: bool = True) -> list[dict[str, Any]]:
    """Requests of three use cases; the weak model with a probability that depends on the use case, 60% scored."""
    random = np.random.default_rng(3)
    rows = []
    for number in range(n):
        place = int(random.integers(3))
        complexity = int(random.integers(0, 100)) / 100
        weak = random.random() < (share := 0.1 + 0.2 * place)
        right = random.random() < 0.9 - 0.4 * complexity - 0.1 * place - 0.2 * weak
        scored = random.random() < 0.4 + 0.2 * place
        rows.append(
            {
                "model": "weak" if weak else "strong", "use_case": "abc"[place], "complexity": complexity,
                "timestamp": f"2026-01-{1 + number % 28:02d} 00:00:00+00", "quality": float(right) if scored else None,
                "quality_metric": "quality" if scored else None,
                "propensity": (share if weak else 1 - share) if propensity else None,
            }
        )  # fmt: skip
    return rows


def row_by_row(rows: list[dict[str, Any]], estimated: bool) -> dict[str, tuple[float, float]]:
    """SNIPS and doubly robust with their standard errors, one request at a time."""

    def probability(row: dict[str, Any], model: str) -> float:
        if row["use_case"] in ("a", "b") and row["complexity"] < 0.35:
            return float(model == "weak")
        return 0.7 if model == "strong" else 0.3

    def cell(row: dict[str, Any]) -> tuple[str, int]:
        return row["use_case"], int(row["complexity"] * 100 + 1e-9) // 10

    def plan(row: dict[str, Any]) -> tuple[str, bool]:
        return row["use_case"], row["use_case"] in ("a", "b") and row["complexity"] < 0.35

    scored = [row for row in rows if row["quality"] is not None]
    served = {
        (key, model): np.mean([row["model"] == model for row in rows if cell(row) == key])
        for key in {cell(row) for row in rows}
        for model in ("strong", "weak")
    }
    factor = {
        key: sum(plan(row) == key for row in rows) / sum(plan(row) == key for row in scored)
        for key in {plan(row) for row in rows}
    }
    p = [served[cell(row), row["model"]] if estimated else row["propensity"] for row in scored]
    w = np.array([probability(row, row["model"]) * factor[plan(row)] / q for row, q in zip(scored, p, strict=True)])
    r = np.array([row["quality"] for row in scored])
    first = float(w @ r / w.sum())
    result = {SNIPS: (first, float(np.sqrt(w**2 @ (r - first) ** 2) / w.sum()))}

    day = np.array([int(row["timestamp"][8:10]) - 1 + 9497 for row in scored])  # days from 2000 to January 2026
    fold = np.array([(d + int(row["complexity"] * 100 + 1e-9)) % 5 for d, row in zip(day, scored, strict=True)])

    def guesses(without: int) -> dict[tuple[Any, str], float]:
        seen = [row for row, place in zip(scored, fold, strict=True) if place != without]

        def shrunk(chosen: Iterable[dict[str, Any]], towards: float) -> float:
            values = [row["quality"] for row in chosen]
            return (sum(values) + 10 * towards) / (len(values) + 10)

        overall = (sum(row["quality"] for row in seen) + 0.5) / (len(seen) + 1)
        found = {}
        for model in ("strong", "weak"):
            own = [row for row in seen if row["model"] == model]
            level = shrunk(own, overall)
            for use_case in "abc":
                here = [row for row in own if row["use_case"] == use_case]
                middle = shrunk(here, level)
                for tenth in range(10):
                    key = (use_case, tenth)
                    found[key, model] = shrunk([row for row in here if cell(row) == key], middle)
        return found

    expected = [guesses(without) for without in range(5)]
    policy = [
        np.mean([sum(probability(row, m) * one[cell(row), m] for m in ("strong", "weak")) for row in rows])
        for one in expected
    ]
    guess = np.array([expected[f][cell(row), row["model"]] for f, row in zip(fold, scored, strict=True)])
    second = float(w @ (np.array(policy)[fold] + r - guess) / w.sum())
    miss = float(w @ (r - guess) / w.sum())
    result[DOUBLY_ROBUST] = (second, float(np.sqrt(w**2 @ (r - guess - miss) ** 2) / w.sum()))
    return result


@pytest.mark.parametrize("estimated", [False, True])
def test_sums_by_class_give_what_rows_give(make_world: MakeWorld, estimated: bool) -> None:
    rows = random_log(propensity=not estimated)
    found = assess(open_case(make_world(rows), RULE))
    assert found.known_propensities is not estimated
    for check in found.checks[:2]:
        value, error = row_by_row(rows, estimated)[check.name]
        assert check.quality.mean == pytest.approx(value, abs=1e-9)
        assert check.quality.high - check.quality.low == pytest.approx(2 * 1.96 * error, rel=1e-6)
    assert found.checks[0].quality.mean != pytest.approx(found.checks[1].quality.mean, abs=1e-6)


def test_a_condition_outside_the_classes_is_read_from_the_log(make_world: MakeWorld) -> None:
    world = make_world(random_log(1500))
    by_size = Architecture(
        "size", Use("strong"), routes=(Route(parse_predicate("input_tokens < 5000", "size"), Use("weak")),)
    )
    assert not by_size.on_classes
    raw = read_routed_scores(world, by_size, Scope(), "quality")
    plain = read_routed_scores(world, WEAK, Scope(), "quality")
    for name in ("n", "quality", "inverse_propensity", "weighted_quality", "inverse_propensity_squares"):
        assert getattr(raw, name) == pytest.approx(getattr(plain, name))


def test_overlap_by_hand(make_world: MakeWorld) -> None:
    """Use case a: 1 request in 10 on the weak model; b: none, and three prompts side by side in one of its two classes."""
    rows = [
        {
            "use_case": "a",
            "model": "weak" if number % 10 == 0 else "strong",
            "quality": 1.0,
            "quality_metric": "quality",
        }
        for number in range(1000)
    ]
    rows += [
        {"use_case": "b", "complexity": 0.3 if number < 600 else 0.7, "quality": 1.0, "quality_metric": "quality"}
        for number in range(1000)
    ]
    pairs = [
        {"prompt_id": f"p{number}", "model": model, "use_case": "b", "complexity": 0.3, "quality": 1.0}
        for number in range(3)
        for model in ("strong", "weak")
    ]
    found = assess(open_case(make_world(rows, pairs), WEAK))
    a, b = sorted(found.overlap.rows, key=lambda row: row.use_case)
    assert (a.traffic, a.logged_share, a.unsupported) == pytest.approx((0.5, 0.1, 0.0))
    assert (a.effective, a.effective_share, a.largest_weight) == pytest.approx((100, 0.1, 10))
    assert (b.traffic, b.logged_share, b.unsupported) == pytest.approx((0.5, 0.0, 0.2))
    assert (b.side_by_side, b.logged, b.largest_weight) == (3, 0, None)
    assert found.overlap.unsupported == pytest.approx(0.2)
    assert found.projection.grade == "C"
    assert "never shows the chosen model on 50%" in str(found.checks[0].why_not)
    assert "3 prompts" in str(found.checks[2].why_not)
    grades = {(cell.use_case, cell.model): cell.grade for cell in found.cells}
    assert grades == {("a", "strong"): "B", ("a", "weak"): "B", ("b", "strong"): "B", ("b", "weak"): "C"}


def test_traffic_whose_class_has_no_scored_answer_is_unsupported(make_world: MakeWorld) -> None:
    rows = [{"use_case": "a", "complexity": 0.1, "quality": 1.0, "quality_metric": "quality"}] * 50
    rows += [{"use_case": "a", "complexity": 0.8}] * 30 + [{"use_case": "b"}] * 20
    world, strong = make_world(rows), Architecture("strong", Use("strong"))
    assert read_routed_scores(world, strong, Scope(), "quality").effect == 1.0
    weighed = open_case(world, strong).weighed
    assert weighed.unsupported.sum() == pytest.approx(0.5)
    assert (weighed.scored, weighed.effective) == pytest.approx((50, 50))
    assert snips(weighed) == Estimate(1.0, 1.0, 1.0)  # all right: nothing varies


def test_a_prompt_counts_where_both_plans_of_its_class_were_answered(make_world: MakeWorld) -> None:
    """A quarter of the class goes to the weak model, which answered half of the prompts, all of them wrong."""
    rule = Architecture("teams", Use("strong"), routes=(Route(parse_predicate("team = 'red'", "x"), Use("weak")),))
    rows = [{"team": "red" if n % 4 == 0 else "blue"} for n in range(200)]
    pairs = [
        {"prompt_id": f"p{n}", "model": model, "quality": float(model == "strong")}
        for n in range(80)
        for model in (("strong", "weak") if n % 2 else ("strong",))
    ]
    check = assess(open_case(make_world(rows, pairs), rule)).checks[2]
    assert (check.effective, check.quality.mean) == pytest.approx((40, 0.75))


def test_side_by_side_is_the_weighted_mean_of_the_answers(make_world: MakeWorld) -> None:
    random = np.random.default_rng(5)
    rows = [{"use_case": "ab"[number % 2], "model": "strong"} for number in range(400)]
    pairs, values, weights = [], [], []
    for number in range(200):
        use_case, share = ("a", 0.1) if number < 120 else ("b", 0.4)
        right = float(random.random() < (0.9 if use_case == "a" else 0.6))
        values.append(right)
        weights.append(1 / share)
        common = {"prompt_id": f"p{number}", "use_case": use_case, "inclusion_probability": share}
        pairs += [common | {"model": "weak", "quality": right}, common | {"model": "strong", "quality": 1.0}]
    check = assess(open_case(make_world(rows, pairs), WEAK)).checks[2]
    w, v = np.array(weights), np.array(values)
    mean = float(w @ v / w.sum())
    assert check.name == SIDE_BY_SIDE
    assert check.quality.mean == pytest.approx(mean)
    assert check.quality.high == pytest.approx(mean + 1.96 * np.sqrt(w**2 @ (v - mean) ** 2) / w.sum())
    assert check.effective == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_cascades_are_checked_side_by_side_only(make_world: MakeWorld) -> None:
    """With true accept 0.9 and false accept 0.1: kept if right 9 times in 10, else the strong model's answer."""
    random = np.random.default_rng(8)
    pairs, values = [], []
    for number in range(120):
        weak, strong = float(random.random() < 0.6), float(random.random() < 0.9)
        kept = 0.9 if weak else 0.1
        values.append(kept * weak + (1 - kept) * strong)
        pairs += [
            {"prompt_id": f"p{number}", "model": model, "use_case": "a", "quality": quality}
            for model, quality in (("weak", weak), ("strong", strong))
        ]
    cascade = Architecture("cascade", Cascade(("weak", "strong"), verifier=Verifier(0.9, 0.1)))
    found = assess(open_case(make_world([row | {"use_case": "a"} for row in random_log(400)], pairs), cascade))
    assert all("cascades" in str(check.why_not) for check in found.checks[:2])
    assert found.checks[2].quality.mean == pytest.approx(np.mean(values))
    assert evidence_json(found, None)["checks"][0]["quality"]["mean"] is None
    alone = assess(open_case(make_world(random_log(400)), cascade))
    assert "nothing else here" in check_sentence(alone)


def test_intervals_of_the_checks_hold_the_truth() -> None:
    """95% intervals of SNIPS on replays of a known truth; 120 of them, so that 0.90 is 2.5 standard errors below."""
    random = np.random.default_rng(1)
    use_case, bins = random.integers(0, 4, 4000), random.integers(5, 95, 4000)
    share = 1 / (1 + np.exp(-(2.0 - 0.4 * use_case - 0.02 * bins)[:, None] - np.array([1.0, 0.0])))
    full = FullInformation(
        ("strong", "weak"), "quality", np.array([f"case {u}" for u in use_case]), bins,
        (random.random(share.shape) < share).astype(float), np.full(4000, ""), 0,
    )  # fmt: skip
    weak = questions(full)[1]
    assert weak.architecture.name == "all weak"
    held = []
    for number in range(120):
        inputs, _, _ = replay(
            full, [weak], behaviours_named("exploration")[0], 0, np.random.default_rng(number), scored=0.9
        )
        ground = lay_ground(inputs, [weak.architecture], Scenario(), 0, 20)
        one, zero = inputs.scores, np.zeros(len(inputs.scores.n), dtype=np.int64)
        scores = RoutedScores(
            zero, one.model, one.use_case, one.tenth, one.explored, zero, 1.0, one.n, one.quality, one.quality_squares,
            one.inverse_propensity, one.weighted_quality, one.inverse_propensity_squares,
        )  # fmt: skip
        estimate = snips(weigh(ground, policy_of(ground, weak.architecture), scores, True))
        held.append(estimate.low <= weak.truth <= estimate.high)
    assert np.mean(held) >= 0.90


def test_known_propensities_win_unless_they_are_too_few(make_world: MakeWorld) -> None:
    rows = random_log(3000, propensity=False)
    for number, row in enumerate(rows):
        row["propensity"] = 0.5 if number % 100 == 0 else None
    world = make_world(rows)
    found = assess(open_case(world, WEAK))
    assert not found.known_propensities
    for row in rows[:1500]:
        row["propensity"] = 0.5
    assert assess(open_case(make_world(rows), WEAK)).known_propensities


def test_a_broken_scorer_is_named_and_a_contradiction_is_said(make_world: MakeWorld) -> None:
    random = np.random.default_rng(2)
    rows = [{"use_case": f"case {number % 6}", "model": "strong"} for number in range(600)]
    pairs = []
    for number in range(600):
        for model, level in (("strong", 0.9), ("weak", 0.8)):
            broken = model == "strong" and number % 6 == 4
            right = float(random.random() < (0.05 if broken else level))
            pairs.append(
                {"prompt_id": f"p{number}", "model": model, "use_case": f"case {number % 6}", "quality": right}
            )
    found = assess(open_case(make_world(rows, pairs), WEAK))
    assert [(cell.model, cell.use_case) for cell in found.suspicious] == [("strong", "case 4")]
    check = found.checks[2]
    assert not contradicts(found.projection, check)
    assert "no proof" in check_sentence(found)
    assert "evidence A" in evidence_sentence(found)


def test_scores_of_one_session_count_as_fewer(make_world: MakeWorld) -> None:
    """Each answer ten times over, under one session: the same estimate, but worth no more than the first of each ten."""
    rows = [row | {"session_id": f"s{number}"} for number, row in enumerate(random_log(1500))]
    once, often = (
        assess(open_case(make_world(rows), RULE)).checks[0],
        assess(open_case(make_world(rows * 10), RULE)).checks[0],
    )
    assert often.quality.mean == pytest.approx(once.quality.mean)
    assert often.effective == pytest.approx(once.effective, rel=0.05)
    width = once.quality.high - once.quality.low
    assert often.quality.high - often.quality.low == pytest.approx(width, rel=0.05)
