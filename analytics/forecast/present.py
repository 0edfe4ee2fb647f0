"""Forecast, budgets and anomalies as JSON: the keys of the command line. Money in USD, unknown is null."""

from dataclasses import asdict
from typing import Any

from analytics.forecast.anomalies import Anomaly
from analytics.forecast.budgets import BudgetStatus
from analytics.forecast.month import MonthEnd
from analytics.simulation.results import Estimate


def month_json(month: MonthEnd | None) -> dict[str, Any]:
    """The month's end, its days, and the straight line for comparison."""
    if month is None:
        return {"month": None, "reason": "Nothing in the log has a price."}
    return {
        "month": month.month.strftime("%Y-%m"),
        "as_of": month.history.until.isoformat(),
        "first_day": month.begins.isoformat(),
        "last_day": month.last_day.isoformat(),
        "spent_usd": month.spent_usd,
        "expected_usd": estimate_json(month.total()),
        "expected_80_usd": estimate_json(month.total(0.8)),
        "straight_line_usd": month.straight_line_usd,
        "method": month.method,
        "reason": month.reason,
        "unpriced": month.unpriced,
        "days": [
            {"day": day.isoformat()} | estimate_json(one)
            for day, one in zip(month.days, month.day_totals(), strict=True)
            if month.draws is not None
        ],
    }


def budget_json(status: BudgetStatus) -> dict[str, Any]:
    """One budget and how the month stands against it."""
    month, crossing = status.month, status.crossing
    return asdict(status.budget) | {
        "month": month and month.month.strftime("%Y-%m"),
        "as_of": month and month.history.until.isoformat(),
        "spent_usd": month and month.spent_usd,
        "expected_usd": estimate_json(month.total() if month else Estimate(None, None, None)),
        "within_probability": status.within_probability,
        "crossing": crossing
        and {
            "day": crossing.day.isoformat(),
            "early": crossing.early.isoformat(),
            "late": crossing.late.isoformat(),
            "probability": crossing.probability,
            "crossed": crossing.crossed,
        },
    }


def anomaly_json(anomaly: Anomaly, sentence: str) -> dict[str, Any]:
    """One anomaly and its cause."""
    cause = anomaly.cause
    return {
        "day": anomaly.day.isoformat(),
        "kind": anomaly.kind,
        "spend_usd": anomaly.spend_usd,
        "usual_usd": anomaly.usual_usd,
        "excess_usd": anomaly.excess_usd,
        "score": anomaly.score,
        "cause": cause and asdict(cause) | {"segment": dict(cause.segment)},
        "sentence": sentence,
    }


def estimate_json(estimate: Estimate) -> dict[str, float | None]:
    """mean, low, high."""
    return asdict(estimate)
