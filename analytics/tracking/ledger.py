"""Projection and reality in one table: the same cells (traffic class x model), summed over any days."""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, StrArray, group_sums
from analytics.policies import Architecture, models_of
from analytics.tracking.actual import MEASURES, SCORES, Actual
from analytics.tracking.baseline import Baseline, first_rows


@dataclass(frozen=True)
class Expected:
    """The baseline laid over the cells, each (cells,); NaN where it says nothing. share, extra_usd: (classes,), 0 there."""

    share: FloatArray
    extra_usd: FloatArray
    calls: FloatArray
    answers: FloatArray
    input_tokens: FloatArray
    output_tokens: FloatArray
    input_usd: FloatArray
    output_usd: FloatArray
    latency_ms: FloatArray
    ms_per_token: FloatArray
    quality: FloatArray


@dataclass(frozen=True)
class Ledger:
    """All cells of the baseline and of the later log.

    use_case, model, planned (whether the route's plan names the model), group (the class): (cells,). known: whether the
    baseline has the class, (classes,). `actual` has `cell` for each of its rows.
    """

    use_case: StrArray
    model: StrArray
    planned: BoolArray
    group: IntArray
    known: BoolArray
    expected: Expected
    actual: Actual
    cell: IntArray

    def over(self, first: int, last: int) -> "Sums":
        """Sums of the days first..last (counted from the adoption's first day), (cells,) each."""
        rows = (self.actual.day >= first) & (self.actual.day <= last)
        cells = len(self.model)
        sums = {name: group_sums(self.cell[rows], self.actual.sums[name][rows], cells) for name in MEASURES + SCORES}
        return Sums(**sums)

    def by_day(self, name: str, first: int, last: int) -> FloatArray:
        """Sums of one measure per day, (days,)."""
        rows = (self.actual.day >= first) & (self.actual.day <= last)
        return group_sums(self.actual.day[rows] - first, self.actual.sums[name][rows], last - first + 1)

    def by_class(self, values: FloatArray) -> FloatArray:
        """Sums of (cells,) by class."""
        return group_sums(self.group, values, len(self.known))


@dataclass(frozen=True)
class Sums:
    """What was logged in some days, per cell (cells,): the measures of `Actual`."""

    requests: FloatArray
    attempts: FloatArray
    input_tokens: FloatArray
    output_tokens: FloatArray
    usd: FloatArray
    usd_squares: FloatArray
    unpriced: FloatArray
    latency_n: FloatArray
    latency_ms: FloatArray
    latency_squares: FloatArray
    scores: FloatArray
    score_total: FloatArray
    score_squares: FloatArray

    @property
    def total(self) -> float:
        """All requests."""
        return float(self.requests.sum())


def open_ledger(baseline: Baseline, actual: Actual, architecture: Architecture) -> Ledger:
    """Lay both over the union of their cells."""
    keys = [_keys(one.route, one.use_case, one.tenth) for one in (baseline, actual)]
    classes, group = np.unique(np.concatenate(keys), return_inverse=True)
    models, model = np.unique(np.concatenate([baseline.model, actual.model]), return_inverse=True)
    cells, first, at = np.unique(group * len(models) + model, return_index=True, return_inverse=True)
    size, own = len(baseline.share), slice(0, len(baseline.share))
    route = np.concatenate([baseline.route, actual.route])[first]
    use_case = np.concatenate([baseline.use_case, actual.use_case])[first]
    known = np.zeros(len(classes), dtype=np.bool_)
    known[group[own]] = True

    def laid(values: FloatArray) -> FloatArray:
        found = np.full(len(cells), np.nan)
        found[at[own]] = values
        return found

    opening = first_rows(baseline)
    share, extra = np.zeros((2, len(classes)))
    share[group[opening]], extra[group[opening]] = baseline.share[opening], baseline.extra_usd[opening]
    plans = [set(models_of(plan)) for plan in architecture.plans]
    names = models[cells % len(models)]
    planned = np.array([str(name) in plans[number] for name, number in zip(names, route, strict=True)], dtype=np.bool_)
    expected = Expected(
        share, extra, np.nan_to_num(laid(baseline.calls)), np.nan_to_num(laid(baseline.answers)), laid(baseline.input_tokens),
        laid(baseline.output_tokens), laid(baseline.input_usd), laid(baseline.output_usd), laid(baseline.latency_ms),
        np.nan_to_num(laid(baseline.ms_per_token)), laid(baseline.quality),
    )  # fmt: skip
    return Ledger(use_case, names, planned, group[first], known, expected, actual, at[size:])


def _keys(route: IntArray, use_case: StrArray, tenth: IntArray) -> StrArray:
    return np.array([f"{r}/{t}/{name}" for r, t, name in zip(route, tenth, use_case, strict=True)], dtype=np.str_)
