"""Simulated daily spend with a known future: growth, a strong week, a lasting shift. Shared with the benchmark."""

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

Kind = Literal["growth", "weekly season", "level shift"]
KINDS: tuple[Kind, ...] = ("growth", "weekly season", "level shift")
DAYS, MONTH, FIRST_MONTH = 150, 30, 60
PASSED = (5, 10, 15, 20, 25)
NOISE = 0.07

Floats = np.ndarray[Any, np.dtype[np.float64]]


def history(kind: Kind, seed: int) -> tuple[Floats, int | None]:
    """USD a day with 7% noise, and the day of the shift if there is one."""
    rng = np.random.default_rng(seed)
    day = np.arange(DAYS)
    weekend = np.where((day + rng.integers(7)) % 7 > 4, -0.7, 0.0)
    logs = 7.0 + weekend + rng.normal(0, NOISE, DAYS)
    if kind == "growth":  # 4% a week, and a milder week
        return np.exp(logs - 0.7 * weekend + np.log(1.04) / 7 * day), None
    if kind == "weekly season":
        return np.exp(logs), None
    shift = int(rng.integers(FIRST_MONTH + 2, DAYS - 35))
    return np.exp(logs + np.where(day >= shift, np.log(1.6), 0.0)), shift


def origins(shift: int | None) -> Iterator[tuple[int, int]]:
    """Months' first days and the days passed since. With a shift: from a week after it, while it still matters."""
    for month in range(FIRST_MONTH, DAYS - MONTH + 1, MONTH):
        for passed in PASSED:
            if shift is None or 7 <= month + passed - shift <= 42:
                yield month, passed
