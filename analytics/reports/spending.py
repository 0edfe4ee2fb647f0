"""Where the money goes, today and under an architecture: by model (every call it makes) and by use case."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.charts.moves import NAMELESS
from analytics.outcomes.arrays import BoolArray
from analytics.reports.waterfall import mean_usd, only_calls
from analytics.simulation.simulate import as_logged, routed
from analytics.simulation.study import Study
from analytics.simulation.tally import Routed

MOST_NAMES = 8


@dataclass(frozen=True)
class Spend:
    """USD a month on `name`, today and then."""

    name: str
    today_usd: float
    then_usd: float


def spend_by_model(study: Study) -> tuple[Spend, ...]:
    """Every model's calls, dearest today first, then what is paid beside the models; sums to both bills."""
    ground, month = study.ground, study.ground.requests_per_month
    before, after = as_logged(ground), routed(ground, study.architecture, 0)
    models = sorted({model for found in (before, after) for _, effect in found for model in effect.calls})
    rows = [
        Spend(ground.models[model], month * _calls_usd(study, before, model), month * _calls_usd(study, after, model))
        for model in models
    ]
    whole = month * mean_usd(study, after) + _beside_usd(study, month)
    beside = whole - sum(row.then_usd for row in rows)
    rows = _largest(rows, "other models")
    if abs(beside) >= 0.005:
        rows.append(Spend("routing and other costs", 0.0, beside))
    return tuple(rows)


def spend_by_use_case(study: Study) -> tuple[Spend, ...]:
    """Every use case with its verifiers and routing, dearest today first; running costs stand on their own."""
    ground, month = study.ground, study.ground.requests_per_month
    names = ground.evidence.classes.use_cases
    at = ground.use_case[ground.group]
    before, after = as_logged(ground), routed(ground, study.architecture, 0)
    requests = ground.traffic.requests
    rows = []
    for number in np.unique(at):
        own = at == number
        routing = study.architecture.overhead.cost_usd * float(requests[own].sum() / requests.sum())
        now, then = (month * mean_usd(study, _within(found, own)) for found in (before, after))
        rows.append(Spend(names[int(number)] or NAMELESS, now, then + month * routing))
    rows = _largest(rows, "other use cases")
    if ground.scenario.fixed_monthly_usd:
        rows.append(Spend("running costs", 0.0, ground.scenario.fixed_monthly_usd))
    return tuple(rows)


def _calls_usd(study: Study, found: Routed, model: int) -> float:
    own = [
        (strata, only_calls(effect, {model: effect.calls[model]})) for strata, effect in found if model in effect.calls
    ]
    return mean_usd(study, own)


def _within(found: Routed, own: BoolArray) -> Routed:
    return [(strata & own, effect) for strata, effect in found]


def _beside_usd(study: Study, month: float) -> float:
    return month * study.architecture.overhead.cost_usd + study.ground.scenario.fixed_monthly_usd


def _largest(rows: Sequence[Spend], others: str) -> list[Spend]:
    """The dearest by either bill, by today's; the rest as one."""
    ranked = sorted(rows, key=lambda row: -max(row.today_usd, row.then_usd))
    kept, rest = (ranked, []) if len(ranked) <= MOST_NAMES else (ranked[: MOST_NAMES - 1], ranked[MOST_NAMES - 1 :])
    shown = sorted(kept, key=lambda row: (-row.today_usd, -row.then_usd))
    if rest:
        shown.append(Spend(others, sum(row.today_usd for row in rest), sum(row.then_usd for row in rest)))
    return shown
