"""The difference taken apart, against numbers worked out by hand."""

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.policies import parse_architecture
from analytics.tracking.actual import MEASURES, SCORES, Actual
from analytics.tracking.baseline import Baseline
from analytics.tracking.causes import find_causes
from analytics.tracking.ledger import Ledger, open_ledger
from analytics.tracking.parts import cost_parts, latency_parts, quality_parts

ARCHITECTURE = parse_architecture(
    'name = "Two"\n[[route]]\nwhen = "use_case = \'chat\'"\nuse = "small"\n[default]\nuse = "big"', "here"
)
# route, use case, tenth, model, share, extra_usd, calls, answers, tokens in, out, USD per token in, out, ms, ms per token, quality
PLANNED = [
    (0, "chat", 1, "small", 0.75, 0.0, 1.0, 1.0, 1000.0, 200.0, 1e-6, 5e-6, 500.0, 1.0, 0.90, 0.8, 1.0),
    (0, "chat", 1, "big", 0.75, 0.0, 0.0, 0.0, 1000.0, 200.0, 10e-6, 50e-6, 2000.0, 2.0, 0.95, 0.9, 1.0),
    (1, "code", 5, "big", 0.25, 0.0, 1.0, 1.0, 1000.0, 400.0, 10e-6, 50e-6, 3000.0, 2.0, 0.80, 0.7, 0.9),
]
COST = 0.75 * 0.002 + 0.25 * 0.03
# 120 requests where 100 were expected: 10 of chat went to the big model, the small one's answers are 300 tokens instead of
# 200, the big model became a tenth cheaper.
SMALL = {"requests": 70, "attempts": 70, "input_tokens": 70_000, "output_tokens": 21_000, "usd": 0.175, "latency_n": 70, "latency_ms": 45_500, "scores": 20, "score_total": 16, "score_squares": 16}  # fmt: skip
STRAY = {"requests": 10, "attempts": 10, "input_tokens": 10_000, "output_tokens": 2_000, "usd": 0.18, "latency_n": 10, "latency_ms": 20_000}  # fmt: skip
CODE = {"requests": 40, "attempts": 40, "input_tokens": 40_000, "output_tokens": 16_000, "usd": 1.08, "latency_n": 40, "latency_ms": 116_000, "scores": 10, "score_total": 9, "score_squares": 9}  # fmt: skip
SEEN = [(0, "chat", 1, "small", SMALL), (0, "chat", 1, "big", STRAY), (1, "code", 5, "big", CODE)]


def ledger(seen: list[tuple[int, str, int, str, dict[str, float]]]) -> Ledger:
    columns = [np.array(column) for column in zip(*PLANNED, strict=True)]
    sums = {name: np.array([float(row[4].get(name, 0.0)) for row in seen]) for name in MEASURES + SCORES}
    actual = Actual(
        date(2026, 11, 1), np.zeros(len(seen), np.int64), np.array([row[0] for row in seen]), np.array([row[1] for row in seen]),
        np.array([row[2] for row in seen]), np.array([row[3] for row in seen]), sums,
    )  # fmt: skip
    return open_ledger(Baseline(*columns), actual, ARCHITECTURE)


def test_cost_is_taken_apart_in_order() -> None:
    book = ledger(SEEN)
    found = cost_parts(book, book.over(0, 0), 100, COST)
    assert found.expected == pytest.approx(0.9)
    assert found.actual == pytest.approx(0.175 + 0.18 + 1.08)
    assert found.named() == pytest.approx(
        {
            "volume": 20 * 0.009,
            "mix": (80 - 90) * 0.002 + (40 - 30) * 0.03,
            "routing": (70 - 80) * 0.002 + 10 * 0.02,
            "tokens": 70 * 100 * 5e-6,
            "price": -0.1 * 0.2 - 0.1 * 1.2,
        }
    )
    assert found.expected + sum(found.named().values()) == pytest.approx(found.actual, abs=1e-12)


seen_cells = st.lists(
    st.tuples(
        st.sampled_from([(0, "chat", 1), (1, "code", 5), (1, "poems", 9)]), st.sampled_from(["small", "big", "other"]),
        st.integers(1, 500), st.integers(1, 9000), st.integers(1, 900), st.floats(1e-6, 5), st.integers(1, 60_000),
    ),
    min_size=1, max_size=6, unique_by=lambda one: one[:2],
)  # fmt: skip


@settings(deadline=None)
@given(seen_cells, st.integers(1, 1000))
def test_whatever_came_the_parts_add_up(cells: list[tuple[Any, ...]], expected_requests: int) -> None:
    seen = [
        (*place, model, {"requests": n, "attempts": n, "input_tokens": n * size, "output_tokens": n * answer, "usd": n * usd,
                         "latency_n": n, "latency_ms": float(n * ms), "scores": n, "score_total": n / 2, "score_squares": n / 2})
        for place, model, n, size, answer, usd, ms in cells
    ]  # fmt: skip
    book = ledger(seen)
    sums = book.over(0, 0)
    cost = cost_parts(book, sums, expected_requests, COST)
    assert cost.expected + sum(cost.named().values()) == pytest.approx(cost.actual)
    requests = sum(one[2] for one in cells)
    assert cost.actual == pytest.approx(sum(one[2] * one[5] for one in cells))
    assert cost.named()["volume"] == pytest.approx((requests - expected_requests) * COST)
    waits = latency_parts(book, sums, 1125.0)
    assert waits.actual == pytest.approx(sum(one[2] * one[6] for one in cells) / requests)
    if all(
        model in ("small", "big") and place[1] != "poems" and (place[1], model) != ("code", "small")
        for place, model, *_ in cells
    ):
        assert 1125.0 + sum(waits.parts.values()) == pytest.approx(waits.actual)


def test_latency_is_taken_apart() -> None:
    book = ledger(SEEN)
    found = latency_parts(book, book.over(0, 0), 0.75 * 500 + 0.25 * 3000)
    assert found.actual == pytest.approx((45_500 + 20_000 + 116_000) / 120)
    assert found.parts == pytest.approx(
        {
            "mix": (80 / 120 - 0.75) * 500 + (40 / 120 - 0.25) * 3000,
            "routing": -10 / 120 * 500 + 10 / 120 * 2000,
            "length": 70 / 120 * 100 * 1.0,
            "speed": 70 / 120 * 50 - 40 / 120 * 100,
        }
    )


def test_quality_counts_scores_by_the_traffic_of_their_place() -> None:
    book = ledger(SEEN)
    found = quality_parts(book, book.over(0, 0), 0.75 * 0.9 + 0.25 * 0.8)
    assert found.parts == pytest.approx(
        {
            "mix": (80 / 120 - 0.75) * 0.9 + (40 / 120 - 0.25) * 0.8,
            "routing": 10 / 120 * (0.95 - 0.9),
            "answers": 70 / 120 * (0.8 - 0.9) + 40 / 120 * (0.9 - 0.8),
        }
    )
    assert found.actual == pytest.approx(0.875 + sum(found.parts.values()))
    assert found.known_share == pytest.approx(110 / 120)
    # Of n scores with one more of a coin's spread: (Σ(q - mean)² + p(1 - p)) / n / n, weighted by the traffic.
    small, code = (20 * 0.8 * 0.2 + 0.9 * 0.1) / 20 / 20, (10 * 0.9 * 0.1 + 0.8 * 0.2) / 10 / 10
    assert found.deviation == pytest.approx(((70 / 120) ** 2 * small + (40 / 120) ** 2 * code) ** 0.5)


def test_what_was_never_projected_is_mix_or_routing() -> None:
    new_class = {"requests": 5, "attempts": 5, "input_tokens": 5_000, "output_tokens": 500, "usd": 0.5, "latency_n": 5, "latency_ms": 500}  # fmt: skip
    new_model = {"requests": 7, "attempts": 7, "input_tokens": 7_000, "output_tokens": 700, "usd": 0.07, "latency_n": 7, "latency_ms": 700}  # fmt: skip
    book = ledger([*SEEN, (1, "poems", 9, "big", new_class), (0, "chat", 1, "other", new_model)])
    sums = book.over(0, 0)
    found = cost_parts(book, sums, 100, COST)
    named = found.named()
    assert found.expected + sum(named.values()) == pytest.approx(found.actual, abs=1e-12)
    assert (named["tokens"], named["price"]) == pytest.approx((0.035, -0.14))
    assert named["routing"] == pytest.approx((70 - 87) * 0.002 + 10 * 0.02 + 0.07)
    waits = latency_parts(book, sums, 1125)
    assert waits.actual == pytest.approx((45_500 + 20_000 + 116_000 + 500 + 700) / 132)


def test_nothing_differs_when_everything_came_true() -> None:
    small = {"requests": 75, "attempts": 75, "input_tokens": 75_000, "output_tokens": 15_000, "usd": 0.15, "latency_n": 75, "latency_ms": 37_500}  # fmt: skip
    code = {"requests": 25, "attempts": 25, "input_tokens": 25_000, "output_tokens": 10_000, "usd": 0.75, "latency_n": 25, "latency_ms": 75_000}  # fmt: skip
    book = ledger([(0, "chat", 1, "small", small), (1, "code", 5, "big", code)])
    sums = book.over(0, 0)
    assert list(cost_parts(book, sums, 100, COST).named().values()) == pytest.approx([0.0] * 5, abs=1e-12)
    assert list(latency_parts(book, sums, 1125).parts.values()) == pytest.approx([0.0] * 4, abs=1e-9)


def test_the_largest_cause_is_named_with_what_changed() -> None:
    book = ledger(SEEN)
    sums = book.over(0, 0)
    found = cost_parts(book, sums, 100, COST)
    difference = found.actual - found.expected - found.volume
    parts = {"mix": found.mix_by_class, "routing": found.routing, "answers": found.output, "price": found.price}
    mix, routing, rarer, answers = find_causes(book, sums, parts, difference, most=4)
    assert (rarer.kind, rarer.use_case) == ("mix", "chat")
    assert (mix.kind, mix.use_case) == ("mix", "code")
    assert (mix.before, mix.after) == pytest.approx((0.25, 40 / 120))
    assert (routing.kind, routing.use_case, routing.after) == ("routing", "chat", pytest.approx(10 / 80))
    assert (answers.kind, answers.use_case, answers.model) == ("answers", "chat", "small")
    assert (answers.before, answers.after, answers.share) == pytest.approx((200, 300, 0.035 / difference))


def test_days_are_told_apart_and_adherence_is_by_plan() -> None:
    book = ledger(SEEN)
    assert book.over(1, 5).total == 0
    assert book.over(0, 0).requests[book.planned].sum() == 110
