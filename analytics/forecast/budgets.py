"""Monthly budgets, kept in the database, and how the month stands against them."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, get_args

import numpy as np

from analytics.errors import BudgetError
from analytics.forecast.month import MonthEnd, month_end
from analytics.scope import Scope
from analytics.store import Store, write_transaction

BudgetKind = Literal["total", "team", "use_case", "model"]
KINDS: tuple[BudgetKind, ...] = get_args(BudgetKind)
MOST_USD = 1e12


@dataclass(frozen=True, order=True)
class Budget:
    """At most `monthly_usd` a month for one team, use case or model, or (kind "total", no name) for everything."""

    kind: BudgetKind
    name: str
    monthly_usd: float

    def scope(self, scope: Scope) -> Scope:
        """What the budget covers: the time zone and the last day of `scope`, none of its filters."""
        whole = Scope(end=scope.end, time_zone=scope.time_zone, currency=scope.currency)
        if self.kind == "team":
            return replace(whole, teams=(self.name,))
        if self.kind == "use_case":
            return replace(whole, use_cases=(self.name,))
        return replace(whole, models=(self.name,)) if self.kind == "model" else whole


@dataclass(frozen=True)
class Crossing:
    """The day on which a budget is crossed: when half, a tenth and nine tenths of the crossing draws have crossed it.

    probability: that it happens this month; 1 with `crossed` (it has happened: the days are that day).
    """

    day: date
    early: date
    late: date
    probability: float
    crossed: bool


@dataclass(frozen=True, eq=False)
class BudgetStatus:
    """A budget and the month's forecast. within_probability and crossing are None where nobody can say (no forecast)."""

    budget: Budget
    month: MonthEnd | None
    within_probability: float | None
    crossing: Crossing | None


def budgets(store: Store) -> list[Budget]:
    """All budgets: the total first, then by kind and name."""
    rows = store.rows("SELECT kind, name, monthly_usd FROM budgets")
    return sorted((Budget(*row) for row in rows), key=lambda one: (KINDS.index(one.kind), one.name))


def set_budget(store: Store, kind: str, name: str, monthly_usd: float) -> Budget:
    """Add a budget, or change the one of this kind and name; raises BudgetError."""
    budget = Budget(_kind(kind), _name(kind, name), monthly_usd)
    if not math.isfinite(monthly_usd) or not 0 < monthly_usd <= MOST_USD:
        raise BudgetError(f"A monthly budget of {monthly_usd:g} USD makes no sense: give an amount above 0.")
    with write_transaction(store.path, _writable(store), "set a budget") as transaction:
        transaction.detail = f"{title(budget.kind, budget.name)}: {monthly_usd:,.2f} USD a month"
        transaction.catalogue.execute(
            "INSERT OR REPLACE INTO budgets VALUES (?, ?, ?)", [budget.kind, budget.name, budget.monthly_usd]
        )
    return budget


def remove_budget(store: Store, kind: str, name: str) -> None:
    """Remove a budget; raises BudgetError when there is none."""
    kind, name = _kind(kind), _name(kind, name)
    if not any((one.kind, one.name) == (kind, name) for one in budgets(store)):
        raise BudgetError(f"There is no budget of {title(kind, name)}: `routecast budget list` shows all.")
    with write_transaction(store.path, _writable(store), "remove a budget") as transaction:
        transaction.detail = title(kind, name)
        transaction.catalogue.execute("DELETE FROM budgets WHERE kind = ? AND name = ?", [kind, name])


def title(kind: str, name: str) -> str:
    """What a budget is called in a sentence: all traffic, team growth, use case code, model gpt-4o."""
    return "all traffic" if kind == "total" else f"{kind.replace('_', ' ')} {name}"


def budget_statuses(
    store: Store, scope: Scope, forecast: Callable[[Store, Scope], MonthEnd | None] = month_end
) -> list[BudgetStatus]:
    """Every budget with its month; `forecast` may be a cached `month_end`."""
    return [budget_status(one, forecast(store, one.scope(scope))) for one in budgets(store)]


def budget_status(budget: Budget, month: MonthEnd | None) -> BudgetStatus:
    """How the month stands against a budget."""
    if month is None:
        return BudgetStatus(budget, None, None, None)
    crossed = _crossed_on(month, budget.monthly_usd)
    if crossed is not None:
        return BudgetStatus(budget, month, 0.0, Crossing(crossed, crossed, crossed, 1.0, True))
    if month.draws is None:
        return BudgetStatus(budget, month, None, None)
    over = month.spent_usd + np.cumsum(month.draws, axis=1) > budget.monthly_usd
    crossing = over.any(axis=1)
    probability = float(crossing.mean())
    if not probability:
        return BudgetStatus(budget, month, 1.0, None)
    early, middle, late = np.quantile(over[crossing].argmax(axis=1), [0.1, 0.5, 0.9], method="inverted_cdf")
    days = month.days
    found = Crossing(days[int(middle)], days[int(early)], days[int(late)], probability, False)
    return BudgetStatus(budget, month, 1.0 - probability, found)


def _crossed_on(month: MonthEnd, limit_usd: float) -> date | None:
    """The day of this month on which the spend so far went over the limit."""
    history = month.history
    place = (month.begins - history.first).days
    usd = np.append(history.usd[place:], history.running_usd)
    over = np.flatnonzero(np.cumsum(usd) > limit_usd)
    return history.day(place + int(over[0])) if over.size else None


def _kind(kind: str) -> BudgetKind:
    if kind not in KINDS:
        raise BudgetError(f"There is no budget of a '{kind}': use one of {', '.join(KINDS)}.")
    return kind


def _name(kind: str, name: str) -> str:
    name = name.strip()
    if kind == "total" and name:
        raise BudgetError(f"The total has no name, but '{name}' is given: leave it out.")
    if kind != "total" and not name:
        raise BudgetError(f"Which {kind.replace('_', ' ')} is the budget for? Give its name as the log has it.")
    return name


def _writable(store: Store) -> Literal["own", "demo"]:
    return "demo" if store.kind == "demo" else "own"
