"""Which model a learned plan takes, by hand."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analytics.learning.stored import StoredRouter
from analytics.policies import Architecture, Learned
from analytics.simulation.learned import _choose, learned_effect
from analytics.simulation.study import open_study

PREDICTED = np.array([[0.90, 0.92, 0.97], [0.30, 0.35, 0.40], [0.50, 0.80, 0.95]])
COST = np.array([[0.001, 0.004, 0.03]] * 3)
KNOWN = np.ones_like(PREDICTED, dtype=np.bool_)


def chosen(plan: Learned, known: np.ndarray = KNOWN) -> list[int]:
    return _choose(PREDICTED, COST, known, plan).tolist()


def test_the_cheapest_that_is_good_enough_else_the_best() -> None:
    assert chosen(Learned(("a", "b", "c"), 0.9)) == [0, 2, 2]
    assert chosen(Learned(("a", "b", "c"), 0.3)) == [0, 0, 0]


def test_a_dearer_model_must_pay_for_itself() -> None:
    # At $0.10 a good answer: row 1 gains 0.007 for 0.029 more; row 2 0.01; row 3: 0.03 for 0.003, then 0.015 for 0.026.
    assert chosen(Learned(("a", "b", "c"), worth_usd=0.1)) == [0, 1, 1]
    assert chosen(Learned(("a", "b", "c"), worth_usd=10.0)) == [2, 2, 2]
    assert chosen(Learned(("a", "b", "c"), worth_usd=0.0)) == [0, 0, 0]


def test_unknown_models_come_last() -> None:
    known = KNOWN.copy()
    known[:, 1] = False
    assert chosen(Learned(("a", "b", "c"), worth_usd=0.1), known) == [0, 0, 2]
    assert chosen(Learned(("a", "b", "c"), worth_usd=0.1), np.zeros_like(KNOWN)) == [0, 1, 1]


def test_a_routers_predictions_decide_by_request_and_its_unseen_prompts_say_how_good_that_is(
    make_world: Callable[..., Any],
) -> None:
    """60 of 100 chats are predicted well enough for the weak model. On the prompts it is right where it is predicted to be;
    the strong model always is. No request of the other class was predicted: it is taken to be as the whole."""
    rows = [{"complexity": 0.3}] * 100 + [{"complexity": 0.8}] * 50
    pairs = [
        {"prompt_id": f"p{n:03d}", "model": model, "quality": float(model == "strong" or n % 2 == 0)}
        for n in range(200)
        for model in ("strong", "weak")
    ]
    good, bad = [0.99, 0.95], [0.99, 0.40]  # of the strong and of the weak model
    router = StoredRouter(
        "r", 1, ("strong", "weak"), np.array(["chat", "chat", "poems"]), np.array([3, 3, 3]), np.array([60.0, 40.0, 500.0]),
        np.array([good, bad, good]), np.array([f"p{n:03d}" for n in range(200)]),
        np.array([good if n % 2 == 0 else bad for n in range(200)]),
    )  # fmt: skip
    plan = Learned(("weak", "strong"), 0.9, "r@1")
    ground = open_study(make_world(rows, pairs), Architecture("learned", plan)).ground
    everything = np.ones(len(ground.group), dtype=np.bool_)
    found = learned_effect(replace(ground, routers={"r@1": router}), plan, everything)
    weak, strong = (ground.models.index(model) for model in ("weak", "strong"))
    assert found.calls[weak] == pytest.approx(np.array([[0.6, 0.6]]))
    assert found.calls[strong] == pytest.approx(np.array([[0.4, 0.4]]))
    assert found.quality is not None
    assert found.quality.answers.tolist() == [1.0] * 200
    assert found.quality.draws[:, 0].mean() > 0.97  # as the prompts say, above the 0.8 of a mix by a coin
    apart = replace(router, prompt_id=np.array([f"q{n:03d}" for n in range(200)]))
    unseen = learned_effect(replace(ground, routers={"r@1": apart}, effects={}), plan, everything)
    assert unseen.quality is not None
    assert np.isnan(unseen.quality.answers).all()
    assert np.median(unseen.quality.draws[:, 0]) == pytest.approx(0.6 * 0.5 + 0.4, abs=0.05)
