"""Which requests move: every request is somewhere, and the money adds up to the projection."""

from collections.abc import Callable
from typing import Any

import pytest

from analytics.charts.moves import moves_sentence, moves_table
from analytics.policies import Architecture, Cascade, Overhead, Plan, Split, Use, Verifier, parse_architecture
from analytics.simulation import Scenario, simulate
from analytics.simulation.moves import find_moves
from analytics.simulation.study import open_study
from analytics.store import Store

MONTH = Scenario(10_000.0)


@pytest.fixture
def world(make_world: Callable[..., Store]) -> Store:
    """300 chats on strong, 100 codes on middle, 200 prompts side by side of either."""
    requests: list[dict[str, Any]] = [{"use_case": "chat"}] * 300 + [{"use_case": "code", "model": "middle"}] * 100
    answers = [
        {"prompt_id": f"{case}{n}", "use_case": case, "model": model, "quality": float(n % 10 < right), "input_tokens": 1000, "output_tokens": 100}
        for case in ("chat", "code") for n in range(200) for model, right in (("strong", 9), ("middle", 8), ("weak", 7))
    ]  # fmt: skip
    return make_world(requests, answers)


def test_flows_by_hand(world: Store) -> None:
    text = 'name = "x"\n[[route]]\nwhen = "use_case = \'chat\'"\nuse = "weak"\n[default]\nuse = "middle"\n'
    chat, code = find_moves(open_study(world, parse_architecture(text), MONTH))
    assert (chat.use_case, chat.source, chat.target, chat.moves) == ("chat", "strong", "weak", True)
    assert chat.requests == pytest.approx(7_500)
    assert chat.current_usd == pytest.approx(7_500 * (1000 * 15e-6 + 100 * 75e-6))
    assert chat.new_usd == pytest.approx(7_500 * (1000 * 1e-6 + 100 * 5e-6), rel=0.01)
    assert (code.source, code.target, code.moves) == ("middle", "middle", False)
    assert code.new_usd == code.current_usd == pytest.approx(2_500 * (1000 * 3e-6 + 100 * 15e-6))


@pytest.mark.parametrize(
    "plan",
    [
        Use("weak"),
        Split((("weak", 0.25), ("strong", 0.75))),
        Cascade(("weak", "middle", "strong"), verifier=Verifier(0.9, 0.2, cost_usd=0.001)),
    ],
)
def test_requests_and_money_add_up_to_the_projection(world: Store, plan: Plan) -> None:
    architecture = Architecture("x", plan, overhead=Overhead(cost_usd=0.0005))
    moves = find_moves(open_study(world, architecture, MONTH))
    current, projected = simulate(world, [architecture], MONTH).projections
    assert sum(one.requests for one in moves) == pytest.approx(10_000)
    assert sum(one.current_usd or 0 for one in moves) == pytest.approx(current.monthly_cost_usd.mean)
    assert sum(one.new_usd or 0 for one in moves) == pytest.approx(projected.monthly_cost_usd.mean, rel=0.005)
    for model, part in projected.model_share.items():
        answered = sum(one.requests for one in moves if one.target == model)
        assert answered == pytest.approx(10_000 * part, rel=0.01)


def test_an_unpriced_model_has_no_cost_and_is_no_saving(world: Store) -> None:
    moves = find_moves(open_study(world, Architecture("x", Use("unheard-of")), MONTH))
    assert {one.new_usd for one in moves} == {None}
    assert moves_table(moves)["saved"].to_list() == [None, None]
    assert moves_sentence(moves).startswith("**100.0% of requests** (10,000 a month)")
    assert "saving" not in moves_sentence(moves)


def test_nothing_moves_when_nothing_changes(world: Store) -> None:
    text = 'name = "x"\n[[route]]\nwhen = "use_case = \'chat\'"\nuse = "strong"\n[default]\nuse = "middle"\n'
    moves = find_moves(open_study(world, parse_architecture(text), MONTH))
    assert moves_sentence(moves).startswith("No request moves")
    assert moves_table(moves).is_empty()


def test_longer_answers_cost_as_much_here_as_in_the_projection(world: Store) -> None:
    scenario = Scenario(10_000.0, verbosity=2.0)
    architecture = Architecture("x", Use("weak"))
    total = sum(one.new_usd or 0 for one in find_moves(open_study(world, architecture, scenario)))
    projected = simulate(world, [architecture], scenario).projections[1].monthly_cost_usd.mean
    assert total == pytest.approx(projected, rel=0.005)
    assert total == pytest.approx(10_000 * (1000 * 1e-6 + 2 * 100 * 5e-6), rel=0.02)
