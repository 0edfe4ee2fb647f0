"""When a cascade saves money, by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from analytics.policies import Architecture, Cascade, Verifier
from analytics.simulation.escalation import find_escalations
from analytics.simulation.study import open_study
from tests.simulation.test_cascade import BOTH, STRONG_USD, WEAK_ONLY, WEAK_USD, answers, log

MakeWorld = Callable[..., Any]
CHECK_USD = 0.0005
RIGHT = (BOTH + WEAK_ONLY) / 1000


def chain(*models: str) -> Architecture:
    return Architecture("chain", Cascade(models, verifier=Verifier(1.0, 0.0, CHECK_USD)))


def test_a_step_pays_while_fewer_go_on_than_the_prices_allow(make_world: MakeWorld) -> None:
    (found,) = find_escalations(open_study(make_world(log(), answers()), chain("weak", "strong")))
    assert (found.model, found.next_model, found.rule, found.measured) == ("weak", "strong", "", True)
    assert (found.reached, found.escalation) == pytest.approx((1.0, 1 - RIGHT), abs=0.01)
    assert (found.call_usd, found.rest_usd) == pytest.approx((WEAK_USD, STRONG_USD), rel=0.02)
    assert found.limit == pytest.approx(1 - (WEAK_USD + CHECK_USD) / STRONG_USD, abs=0.01)
    assert found.pays is True


def test_a_step_that_leads_to_a_cheaper_model_never_pays(make_world: MakeWorld) -> None:
    (found,) = find_escalations(open_study(make_world(log(), answers()), chain("strong", "weak")))
    assert found.limit is not None
    assert found.limit < 0
    assert found.pays is False


def test_what_follows_a_step_is_what_all_that_follow_cost(make_world: MakeWorld) -> None:
    """The middle model is right on half of what the weak one failed; each step but the last pays its verifier."""
    third = [
        row | {"model": "middle", "quality": float(int(row["prompt_id"][1:]) % 2 == 0)}
        for row in answers()
        if row["model"] == "weak"
    ]
    first, second = find_escalations(
        open_study(make_world(log(), answers() + third), chain("weak", "middle", "strong"))
    )
    middle_usd = 3 * WEAK_USD
    assert (second.reached, second.escalation) == pytest.approx((1 - RIGHT, 0.5), abs=0.02)
    assert first.rest_usd == pytest.approx(middle_usd + CHECK_USD + 0.5 * STRONG_USD, rel=0.04)
    assert second.rest_usd == pytest.approx(STRONG_USD, rel=0.02)


def test_without_the_price_of_one_model_nothing_is_said_of_money(make_world: MakeWorld) -> None:
    rows = [row | {"model": "nobody-sells-this"} if row["model"] == "strong" else row for row in answers()]
    (found,) = find_escalations(open_study(make_world(log(), rows), chain("weak", "nobody-sells-this")))
    assert (found.limit, found.pays, found.call_usd, found.rest_usd) == (None, None, None, None)
    assert found.escalation == pytest.approx(1 - RIGHT, abs=0.01)


def test_a_chain_that_no_prompt_has_been_through_is_not_measured(make_world: MakeWorld) -> None:
    alone = [row for row in answers() if (row["model"] == "weak") == (int(row["prompt_id"][1:]) % 2 == 0)]
    (found,) = find_escalations(open_study(make_world(log(), alone), chain("weak", "strong")))
    assert found.measured is False
