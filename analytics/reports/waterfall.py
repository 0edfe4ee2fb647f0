"""From today's bill to the architecture's, in parts that add up: one baseline, one order.

The order is fixed: changed prices on today's traffic, then the answers (each request pays for the model that answers it, by
model), then the calls of cascades whose answers were not kept, the checkers, the routing, and running costs. Each step is the
difference between two bills over the same draws, so nothing is counted twice and nothing is left over.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from analytics.currency import USD, Currency
from analytics.outcomes.arrays import FloatArray
from analytics.simulation.plans import PlanEffect
from analytics.simulation.simulate import routed
from analytics.simulation.study import Study
from analytics.simulation.tally import Routed

Kind = Literal["total", "prices", "answers", "extra"]
Part = tuple[str, Kind, float]  # name, kind, USD a month
MOST_MODELS = 4
SMALLEST_SHARE = 0.0005  # of the larger bill: a part below it is joined with the others


@dataclass(frozen=True)
class Bar:
    """A total, or a difference by what it comes from, USD a month; bars run from `start` to `end`, in the units shown.

    extra: what the architecture costs beside the models that answer.
    """

    name: str
    kind: Kind
    usd: float
    start: float
    end: float

    @property
    def is_total(self) -> bool:
        """Whether it stands on the ground."""
        return self.kind == "total"


@dataclass(frozen=True)
class Waterfall:
    """Bars in order; amounts are printed with so many `digits` after the point, and what is printed adds up.

    parts: what the bars were made of, to stack them in another currency.
    """

    bars: tuple[Bar, ...]
    digits: int
    parts: tuple[Part, ...]
    currency: Currency

    def text(self, bar: Bar) -> str:
        """$6,145 for a total, -$9,855 or +$16 for a part."""
        return self.amount(bar.end if bar.is_total else bar.end - bar.start, "" if bar.is_total else "+")

    def amount(self, value: float, plus: str = "+") -> str:
        """A sum of bars, with its sign."""
        return f"{'-' if value < 0 else plus}{self.currency.sign}{abs(value):,.{self.digits}f}"


def find_waterfall(study: Study, name: str) -> Waterfall | None:
    """Bars from today to the architecture `name`; None where a model in use has no price."""
    before, found = study.current, routed(study.ground, study.architecture, 0)
    routing = study.architecture.overhead
    after = study.adder.add(found, routing.cost_usd, routing.latency_ms)
    if before.unpriced or after.unpriced:
        return None
    month = study.ground.requests_per_month
    parts: list[Part] = []
    today = month * float(before.cost_usd.mean())
    if study.ground.scenario.prices:
        listed = study.under(replace(study.ground.scenario, prices=())).current
        if not listed.unpriced:
            at_list = month * float(listed.cost_usd.mean())
            parts += [("Today at list prices", "total", at_list), ("Changed prices", "prices", today - at_list)]
    parts.append(("Today", "total", today))
    answers = _answers(study, found)
    parts += [(f"Answers by {model}", "answers", usd) for model, usd in answers]
    answered = today + sum(usd for _, usd in answers)
    called = month * mean_usd(study, [(strata, only_calls(effect, effect.calls)) for strata, effect in found])
    judged = month * mean_usd(study, found)
    overhead, fixed = month * routing.cost_usd, study.ground.scenario.fixed_monthly_usd
    parts += [
        ("Answers that are not kept", "extra", called - answered),
        ("Checking answers", "extra", judged - called),
        ("Routing", "extra", overhead),
        ("Running costs", "extra", fixed),
        (name, "total", month * float(after.cost_usd.mean()) + fixed),
    ]
    return stacked(parts)


def stacked(parts: Sequence[Part], currency: Currency = USD) -> Waterfall:
    """Bars in `currency`, of which what is printed adds up; see `whole_steps`.

    Whole units where every total is 100 a month or more, else hundredths. Parts that round to nothing are left out.
    """
    digits = 0 if all(abs(currency.amount(usd)) >= 100 for _, kind, usd in parts if kind == "total") else 2
    unit, level = 10**digits, 0
    bars: list[Bar] = []
    waiting: list[Part] = []
    for part in parts:
        name, kind, usd = part
        if kind != "total":
            waiting.append(part)
            continue
        total = round(currency.amount(usd) * unit)
        steps = whole_steps([currency.amount(each) * unit for *_, each in waiting], total - level)
        for (step_name, step_kind, step_usd), step in zip(waiting, steps, strict=True):
            if step:
                bars.append(Bar(step_name, step_kind, step_usd, level / unit, (level + step) / unit))
            level += step
        bars.append(Bar(name, kind, usd, 0.0, total / unit))
        waiting, level = [], total
    return Waterfall(tuple(bars), digits, tuple(parts), currency)


def whole_steps(amounts: Sequence[float], total: int) -> list[int]:
    """Amounts as whole numbers that sum to `total`, each within one of itself: the largest remainders are rounded up.

    So $6.09 is $6 here as in every other chart, and the unit that rounding leaves over stands where it is nearest.
    """
    if not amounts:
        return []
    steps = [math.floor(amount) for amount in amounts]
    each, more = divmod(total - sum(steps), len(steps))
    up = sorted(range(len(steps)), key=lambda place: steps[place] - amounts[place])[:more]
    return [step + each + (place in up) for place, step in enumerate(steps)]


def _answers(study: Study, found: Routed) -> list[tuple[str, float]]:
    """What answering by each model adds to what the same requests cost today, largest saving first; small ones joined."""
    ground, month = study.ground, study.ground.requests_per_month
    today = _today_usd(study)
    requests = float(ground.traffic.requests.sum())
    by_model: dict[int, float] = {}
    for model in sorted({model for _, effect in found for model in effect.answers}):
        own = [(strata, effect) for strata, effect in found if model in effect.answers]
        alone = [(strata, only_calls(effect, {model: effect.answers[model]})) for strata, effect in own]
        replaced = sum(float((today * _share(study, effect.answers[model]))[strata].sum()) for strata, effect in own)
        by_model[model] = month * (mean_usd(study, alone) - replaced / requests)
    ranked = sorted(by_model.items(), key=lambda pair: pair[1])
    least = SMALLEST_SHARE * month * max(float(today.sum()) / requests, 0.0)
    shown = [pair for pair in ranked if abs(pair[1]) > least]
    shown = sorted(sorted(shown, key=lambda pair: -abs(pair[1]))[:MOST_MODELS], key=lambda pair: pair[1])
    rest = sum(usd for _, usd in ranked) - sum(usd for _, usd in shown)
    named = [(ground.models[model], usd) for model, usd in shown]
    return [*named, ("other models", rest)] if len(shown) < len(ranked) else named


def only_calls(effect: PlanEffect, calls: dict[int, FloatArray]) -> PlanEffect:
    """An effect that makes these calls and nothing else."""
    return PlanEffect(calls, {model: effect.answers.get(model, 0.0 * share) for model, share in calls.items()})


def mean_usd(study: Study, found: Routed) -> float:
    """USD per request of the traffic, as a projection has it."""
    return float(study.adder.add(found, 0.0, 0.0).cost_usd.mean())


def _today_usd(study: Study) -> FloatArray:
    """What every stratum costs today, USD (strata,)."""
    ground = study.ground
    total = np.zeros(len(ground.logged))
    for model in np.unique(ground.logged):
        bill = ground.bills[int(model)]
        if bill is not None:
            own = ground.logged == model
            total[own] = (bill.input_usd + bill.output_usd + bill.fixed_usd)[own]
    return total


def _share(study: Study, answers: FloatArray) -> FloatArray:
    """Share of each stratum's requests, (strata,), from draws by class, (draws or 1, classes)."""
    share: FloatArray = np.broadcast_to(answers.mean(axis=0), study.adder.by_class.shape)[study.ground.group]
    return share
