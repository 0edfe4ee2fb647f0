"""Month-end forecasts against the straight line (spend so far / elapsed days x days), from every origin in turn."""

import time
from datetime import date
from pathlib import Path

import numpy as np

from analytics import settings
from analytics.forecast import month_end
from analytics.forecast.daily import daily_spend
from analytics.forecast.days_ahead import days_ahead
from analytics.scope import Scope
from analytics.store import open_store
from tests.forecast.histories import DAYS, KINDS, history
from tests.forecast.scored import Score, simulated

SEEDS = 60
# Of the demo's month, from the day on which two weeks are known.
DEMO_ORIGINS = range(14, 30)


def main(folder: Path) -> None:
    """Print error, coverage and width per history, and the time of a forecast."""
    print(f"{'history':<16}{'months':>8}{'error':>8}{'line':>8}{'80% held':>10}{'95% held':>10}{'width':>8}")
    for kind in KINDS:
        _print(kind, simulated(kind, SEEDS))
    _print("demo", demo())
    usd, _ = history("growth", 0)
    seconds = _median_seconds(lambda: days_ahead(usd, date(2026, 1, 1), 30))
    print(f"one forecast of 30 days from {DAYS}: {seconds * 1000:.1f} ms")
    store = open_store(settings.demo_database())
    print(f"a month's end from the demo's roll-up: {_median_seconds(lambda: month_end(store, Scope())) * 1000:.1f} ms")


def demo() -> Score:
    """The demo's one month, seen from each of its days."""
    found = daily_spend(open_store(settings.demo_database()), Scope())
    assert found is not None
    score = Score()
    for passed in DEMO_ORIGINS:
        if passed < found.usd.size:
            score.add(found.usd, found.first, 0, passed, found.usd.size)
    return score


def _print(name: str, score: Score) -> None:
    print(
        f"{name:<16}{len(score.ours):>8}{score.error:>8.2%}{score.line_error:>8.2%}{np.mean(score.held_80):>10.1%}"
        f"{np.mean(score.held_95):>10.1%}{np.mean(score.width):>8.1%}"
    )


def _median_seconds(call: object, repeats: int = 9) -> float:
    assert callable(call)
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken[1:]))
