"""Did it come true? The log since an adoption against its projection, week by week."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from analytics.outcomes.arrays import FloatArray
from analytics.store import Store
from analytics.tracking.actual import read_actual
from analytics.tracking.adoptions import Adoption, read_baseline
from analytics.tracking.causes import Cause, Kind, find_causes
from analytics.tracking.ledger import Ledger, Sums, open_ledger
from analytics.tracking.looks import Look, shifted_since
from analytics.tracking.periods import MEASURES, WEEK, Comparison, Measure, Period, compare_days, projection_of


@dataclass(frozen=True)
class Alarm:
    """A measure that left its band over the weeks since `since`; comparison and causes are of all days since.

    better: reality is better than the projection.
    """

    measure: Measure
    since: date
    comparison: Comparison
    better: bool
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class UseCaseRow:
    """A use case since the adoption: its requests, and cost, latency and quality per request, projected for the classes it
    had and actual. Unknown is None."""

    use_case: str
    requests: float
    cost_usd: tuple[float | None, float | None]
    latency_s: tuple[float | None, float | None]
    quality: tuple[float | None, float | None]
    scores: float


@dataclass(frozen=True)
class Tracking:
    """An adoption and what came of it. weeks: local weeks from Monday. total: all days; None without later requests.

    unpriced_share: of the attempts; their cost is missing in every amount.
    """

    adoption: Adoption
    weeks: tuple[Period, ...]
    total: Period | None
    alarms: tuple[Alarm, ...]
    causes: Mapping[Measure, tuple[Cause, ...]]
    use_cases: tuple[UseCaseRow, ...]
    unpriced_share: float


def track(store: Store, adoption: Adoption, time_zone: str = "UTC", until: date | None = None) -> Tracking:
    """Compare the requests from the adoption's first day (to `until`) with its projection."""
    actual = read_actual(store, adoption, time_zone, until)
    if not actual.sums["requests"].sum():
        return Tracking(adoption, (), None, (), {}, (), 0.0)
    ledger = open_ledger(read_baseline(store, adoption), actual, adoption.architecture)
    last = int(actual.day[actual.sums["requests"] > 0].max())
    weeks: list[Period] = []
    looks: dict[Measure, list[tuple[date, Look]]] = {measure: [] for measure in MEASURES}
    for begins, ends in _weeks(actual.starts, last):
        if ledger.by_day("requests", begins, ends).sum():
            weeks.append(compare_days(ledger, adoption, begins, ends, looks))
    total = compare_days(ledger, adoption, 0, last)
    sums = ledger.over(0, last)
    alarms = [_alarm(ledger, adoption, measure, looks[measure], last) for measure in MEASURES]
    return Tracking(
        adoption, tuple(weeks), total, tuple(one for one in alarms if one is not None),
        {measure: _causes(ledger, sums, total, measure) for measure in MEASURES},
        _use_cases(ledger, sums), float(sums.unpriced.sum() / max(sums.attempts.sum(), 1.0)),
    )  # fmt: skip


def _weeks(starts: date, last: int) -> list[tuple[int, int]]:
    """First and last day of every week from Monday, counted from `starts`; the outer ones may be shorter."""
    begins, found = 0, []
    while begins <= last:
        ends = min(begins + WEEK - 1 - (starts + timedelta(days=begins)).weekday(), last)
        found.append((begins, ends))
        begins = ends + 1
    return found


def _alarm(
    ledger: Ledger, adoption: Adoption, measure: Measure, looks: list[tuple[date, Look]], last: int
) -> Alarm | None:
    """The alarm of a measure as of its latest look."""
    found = shifted_since(projection_of(adoption, measure), [look for _, look in looks])
    if found is None:
        return None
    since, side = looks[found[0]][0], found[1]
    first = (since - ledger.actual.starts).days
    period = compare_days(ledger, adoption, first, last)
    causes = _causes(ledger, ledger.over(first, last), period, measure)
    return Alarm(measure, since, period.measures[measure], (side == "above") == (measure == "quality"), causes)


def _causes(ledger: Ledger, sums: Sums, period: Period, measure: Measure) -> tuple[Cause, ...]:
    """The causes of a measure's difference per request, in its own unit."""
    parts: dict[Kind, FloatArray]
    if measure == "cost":
        usd = period.usd
        if usd is None:
            return ()
        parts = {
            "mix": usd.mix_by_class,
            "routing": usd.routing,
            "prompts": usd.input,
            "answers": usd.output,
            "price": usd.price,
        }
        each = {kind: values / max(period.requests, 1.0) for kind, values in parts.items()}
        return find_causes(ledger, sums, each, (usd.actual - usd.expected - usd.volume) / max(period.requests, 1.0))
    found = period.latency if measure == "latency" else period.quality
    if found is None:
        return ()
    scale = 1e3 if measure == "latency" else 1.0
    names: dict[str, Kind] = {
        "mix": "mix",
        "routing": "routing",
        "length": "length",
        "speed": "speed",
        "answers": "quality",
    }
    each = {names[name]: values / scale for name, values in found.by_cell.items()}
    return find_causes(ledger, sums, each, (found.actual - found.expected) / scale)


def _use_cases(ledger: Ledger, sums: Sums) -> tuple[UseCaseRow, ...]:
    """Every use case, the most requests first; projected at the classes it really had."""
    plan, requests = ledger.expected, ledger.by_class(sums.requests)
    each = ledger.by_class(
        np.nan_to_num(plan.calls * (plan.input_tokens * plan.input_usd + plan.output_tokens * plan.output_usd))
    )
    wait, good = (ledger.by_class(np.nan_to_num(plan.answers * one)) for one in (plan.latency_ms, plan.quality))
    scores = ledger.by_class(sums.scores)
    rows = []
    for name in np.unique(ledger.use_case):
        cells = ledger.use_case == name
        classes = np.unique(ledger.group[cells])
        n = float(sums.requests[cells].sum())
        if not n:
            continue
        seen = classes[ledger.known[classes]]
        weight, scored = requests[seen], scores[seen]
        rows.append(
            UseCaseRow(
                str(name), n,
                (_mean(each[seen] + plan.extra_usd[seen], weight), float(sums.usd[cells].sum()) / n + _extra(plan.extra_usd[classes], requests[classes])),
                (_mean(wait[seen] / 1e3, weight), _ratio(float(sums.latency_ms[cells].sum()) / 1e3, float(sums.latency_n[cells].sum()))),
                (_mean(good[seen], scored), _ratio(float(sums.score_total[cells].sum()), float(sums.scores[cells].sum()))),
                float(sums.scores[cells].sum()),
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda one: -one.requests))


def _extra(values: FloatArray, weight: FloatArray) -> float:
    return _mean(values, weight) or 0.0


def _mean(values: FloatArray, weight: FloatArray) -> float | None:
    return _ratio(float((values * weight).sum()), float(weight.sum()))


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator > 0 else None
