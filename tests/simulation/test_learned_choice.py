"""Which model a learned plan takes, by hand."""

import numpy as np

from analytics.policies import Learned
from analytics.simulation.learned import _choose

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
