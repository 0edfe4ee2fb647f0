"""Budgets against a month whose draws are known by hand."""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from analytics.charts.forecast_words import budget_answer, budget_table, crossing_words
from analytics.errors import BudgetError
from analytics.forecast import Budget, MonthEnd, budget_status, budgets, remove_budget, set_budget
from analytics.forecast.daily import DailySpend
from analytics.logs import load_log
from analytics.scope import Scope
from analytics.store import open_store
from tests.conftest import WriteCsv


def month(draws: list[list[float]] | None) -> MonthEnd:
    """October up to the 28th, $10 a day; 29, 30 and 31 to come."""
    days = DailySpend(
        date(2026, 10, 1), np.full(28, 10.0), np.ones(28, bool), 0.0, 0.0, datetime(2026, 10, 29), (0,) * 29
    )
    found = None if draws is None else np.array(draws)
    return MonthEnd(
        date(2026, 10, 1), date(2026, 10, 1), days, 280.0, found, "structural", None if draws else "too short"
    )


def test_probability_and_day_of_crossing_are_counted_in_the_draws() -> None:
    # A budget of 305: the first draw crosses on the 30th (280 + 20 + 20), the second on the 31st, two never.
    status = budget_status(Budget("total", "", 305.0), month([[20, 20, 20], [10, 10, 10], [1, 1, 1], [2, 2, 2]]))
    assert status.within_probability == 0.5
    assert status.crossing is not None
    assert (status.crossing.early, status.crossing.late) == (date(2026, 10, 30), date(2026, 10, 31))
    assert status.crossing.probability == 0.5
    assert not status.crossing.crossed


def test_exactly_the_budget_is_within_it() -> None:
    assert budget_status(Budget("total", "", 310.0), month([[10, 10, 10]])).within_probability == 1.0
    assert budget_status(Budget("total", "", 309.9), month([[10, 10, 10]])).within_probability == 0.0


def test_a_budget_that_is_crossed_names_the_day() -> None:
    status = budget_status(Budget("team", "growth", 95.0), month([[1, 1, 1]]))
    assert status.within_probability == 0.0
    assert crossing_words(status) == "was crossed on 10 October"
    assert budget_table([status])["Stays within"][0] == "no"
    # What is crossed is known without a forecast too.
    assert budget_status(Budget("total", "", 95.0), month(None)).within_probability == 0.0


def test_without_a_forecast_nobody_knows() -> None:
    status = budget_status(Budget("total", "", 300.0), month(None))
    assert status.within_probability is None
    assert budget_table([status])["Stays within"][0] == "unknown"
    assert "has no known spend" in crossing_words(budget_status(Budget("team", "new", 5.0), None))


@pytest.mark.parametrize(
    ("crossing", "words"),
    [
        (1, "is not expected to be crossed this month"),
        (20, "may be crossed (20%), then about 31 October"),
        (70, "is likely to be crossed (70%), about 31 October"),
        (99, "is expected to be crossed about 31 October"),
    ],
)
def test_uncertainty_is_told_in_words(crossing: int, words: str) -> None:
    draws = [[1.0, 1, 100]] * crossing + [[1.0, 1, 1]] * (100 - crossing)
    assert crossing_words(budget_status(Budget("total", "", 300.0), month(draws))) == words


def test_the_answer_counts_what_will_hold_and_names_the_worst() -> None:
    known = month([[10, 10, 10]])
    safe, broken = budget_status(Budget("total", "", 500.0), known), budget_status(Budget("team", "a", 290.5), known)
    assert budget_answer([safe, broken], None).startswith("1 of 2 budgets is likely to hold; the budget of team a")
    assert budget_answer([safe, safe], None).startswith("Both budgets are likely to hold")


def test_budgets_are_kept_changed_and_removed(database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5"))
    set_budget(open_store(database), "team", "growth", 100.0)
    set_budget(open_store(database), "total", "", 900.0)
    set_budget(open_store(database), "team", "growth", 150.0)
    assert budgets(open_store(database)) == [Budget("total", "", 900.0), Budget("team", "growth", 150.0)]
    load_log(database, write_csv("b,2026-10-02,gpt-4o,10,5"))
    assert len(budgets(open_store(database))) == 2
    remove_budget(open_store(database), "team", "growth")
    assert [one.kind for one in budgets(open_store(database))] == ["total"]


@pytest.mark.parametrize(
    ("kind", "name", "usd", "why"),
    [
        ("planet", "x", 5.0, "no budget of a 'planet'"),
        ("team", " ", 5.0, "Which team"),
        ("total", "x", 5.0, "The total has no name"),
        ("total", "", 0.0, "above 0"),
        ("total", "", float("nan"), "above 0"),
    ],
)
def test_budgets_that_make_no_sense_are_refused(
    database: Path, write_csv: WriteCsv, kind: str, name: str, usd: float, why: str
) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5"))
    with pytest.raises(BudgetError, match=why):
        set_budget(open_store(database), kind, name, usd)
    with pytest.raises(BudgetError, match="no budget of team x"):
        remove_budget(open_store(database), "team", "x")


def test_a_budget_covers_its_part_whatever_the_filters() -> None:
    scope = Scope(date(2026, 10, 1), date(2026, 10, 9), use_cases=("chat",), teams=("b",), time_zone="Asia/Tokyo")
    assert Budget("team", "a", 1.0).scope(scope) == Scope(end=date(2026, 10, 9), teams=("a",), time_zone="Asia/Tokyo")
