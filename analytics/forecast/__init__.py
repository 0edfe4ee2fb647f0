"""Where spend is heading: the month's end, budgets, and days that left the pattern."""

from analytics.forecast.anomalies import Anomaly, find_anomalies
from analytics.forecast.budgets import (
    KINDS,
    Budget,
    BudgetKind,
    BudgetStatus,
    Crossing,
    budget_status,
    budget_statuses,
    budgets,
    remove_budget,
    set_budget,
)
from analytics.forecast.explain import Cause
from analytics.forecast.month import MonthEnd, forecast_month, month_end

__all__ = [
    "KINDS",
    "Anomaly",
    "Budget",
    "BudgetKind",
    "BudgetStatus",
    "Cause",
    "Crossing",
    "MonthEnd",
    "budget_status",
    "budget_statuses",
    "budgets",
    "find_anomalies",
    "forecast_month",
    "month_end",
    "remove_budget",
    "set_budget",
]
