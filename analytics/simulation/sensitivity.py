"""What would change the decision: one assumption after the other is moved over a plausible range, and to where it flips.

The decision is: the architecture saves money, and its quality stays above the floor. For each assumption the projection is
made again with everything else as it is; where a difference crosses its line is found by Brent's method (Brent 1973, "Algorithms
for Minimization without Derivatives", chapter 4).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from analytics.outcomes.arrays import divided, group_sums
from analytics.policies import Architecture, Cascade, Plan, Verifier
from analytics.simulation.escalation import Escalation, find_escalations
from analytics.simulation.study import Outcome, Study

Unit = Literal["requests", "times", "share", "points"]
Line = Literal["saving", "quality", "latency"]
Height = Callable[[float], float | None]
STEPS = 3  # from the assumed value to either end of what is possible

LEAST_SERVED = 0.05  # of today's requests, for a model's price to matter though the architecture does not use it


@dataclass(frozen=True)
class BreakEven:
    """The value of an assumption at which `line` is crossed: no saving, quality at its floor, or as slow as today."""

    line: Line
    value: float


@dataclass(frozen=True)
class Sensitivity:
    """One assumption: its value, the plausible range with what it leads to, and where it would flip the decision.

    break_evens: the one nearest to `value` for each line that is crossed between `lowest` and `highest`.
    """

    name: str
    unit: Unit
    value: float
    low: float
    high: float
    at_low: Outcome
    at_high: Outcome
    break_evens: tuple[BreakEven, ...]
    lowest: float
    highest: float

    @property
    def fragile(self) -> bool:
        """Whether the decision flips within the plausible range (being slower than today is not part of it)."""
        return any(self.low <= one.value <= self.high for one in self.break_evens if one.line != "latency")


@dataclass(frozen=True)
class Tornado:
    """The outcome as assumed, every assumption by falling effect on the saving, and the steps of the cascades.

    tolerated_loss: the least difference of quality to `current` that the quality floor allows.
    """

    requests_per_month: float
    outcome: Outcome
    tolerated_loss: float
    assumptions: tuple[Sensitivity, ...]
    escalations: tuple[Escalation, ...]

    @property
    def holds(self) -> bool | None:
        """Whether the decision stands as assumed; None where price or quality is unknown."""
        saving, quality = self.outcome.saving_usd, self.outcome.quality
        return None if saving is None or quality is None else saving > 0 and quality >= self.tolerated_loss


@dataclass(frozen=True)
class Assumption:
    """What can be moved: from `low` to `high` is plausible, from `lowest` to `highest` possible."""

    name: str
    unit: Unit
    value: float
    low: float
    high: float
    lowest: float
    highest: float
    move: Callable[[float], Study]


def find_sensitivity(study: Study) -> Tornado:
    """Move every assumption that the architecture depends on."""
    outcome, tolerated = study.outcome(), study.tolerated_loss()
    found = [_examine(assumption, outcome, tolerated) for assumption in _assumptions(study)]
    moved = [one for one in found if {one.at_low, one.at_high} != {outcome}]
    moved.sort(key=_spread, reverse=True)
    return Tornado(study.ground.requests_per_month, outcome, tolerated, tuple(moved), find_escalations(study))


def _spread(one: Sensitivity) -> tuple[float, float]:
    savings = [end.saving_usd or 0.0 for end in (one.at_low, one.at_high)]
    qualities = [end.quality or 0.0 for end in (one.at_low, one.at_high)]
    return round(abs(savings[0] - savings[1]), 2), abs(qualities[0] - qualities[1])


def _assumptions(study: Study) -> list[Assumption]:
    ground, architecture = study.ground, study.architecture
    scenario, traffic, month = ground.scenario, ground.traffic, ground.requests_per_month
    served = group_sums(ground.logged, traffic.requests, len(ground.models)) > LEAST_SERVED * traffic.requests.sum()
    today = [model for model, much in zip(ground.models, served, strict=True) if much]
    used = [
        model
        for model in dict.fromkeys([*architecture.models, *today])
        if ground.bills[ground.models.index(model)] is not None
    ]
    found = [
        *(
            Assumption(f"price of {model}", "times", 1.0, 0.5, 1.5, 0.05, 20.0, partial(study.at_price, model))
            for model in used
        ),
        _around("length of other models' answers", "times", scenario.verbosity, 0.8, 1.5, 0.05, 20.0, study.at_verbosity),
        _around("quality of other models' answers", "points", scenario.quality_shift, -0.03, 0.03, -0.5, 0.5, study.at_quality_shift),
        _around("time of other models' answers", "times", 1.0, 0.7, 1.5, 0.05, 20.0, study.at_slowness),
    ]  # fmt: skip
    if month > 0:
        found.insert(
            0,
            Assumption(
                "requests a month", "requests", month, month / 2, month * 2, month / 1e4, month * 1e2, study.at_volume
            ),
        )
    if float(divided(traffic.cache_read_tokens.sum(), traffic.input_tokens.sum())) > 0:
        survival = scenario.cache_survival
        low, high = max(0.0, survival - 0.4), min(1.0, survival + 0.1)
        found.append(
            Assumption(
                "cached input that survives a move", "share", survival, low, high, 0.0, 1.0, study.at_cache_survival
            )
        )
    return [*found, *_verifier_assumptions(study)]


def _around(
    name: str, unit: Unit, value: float, low: float, high: float, lowest: float, highest: float,
    move: Callable[[float], Study],
) -> Assumption:  # fmt: skip
    """A range given for the neutral value, laid around the assumed one."""
    if unit == "times":
        low, high = value * low, value * high
    else:
        low, high = value + low, value + high
    return Assumption(name, unit, value, low, high, min(lowest, low), max(highest, high), move)


def _verifier_assumptions(study: Study) -> list[Assumption]:
    """How many right and wrong answers each stated verifier keeps, ten points up and down."""
    found = []
    stated = [plan for plan in dict.fromkeys(study.architecture.plans) if isinstance(plan, Cascade) and plan.verifier]
    for plan in stated:
        chain = "" if len(stated) == 1 else f" ({' -> '.join(plan.models)})"
        assert plan.verifier is not None
        for field, words in (("true_accept", "right"), ("false_accept", "wrong")):
            value = float(getattr(plan.verifier, field))
            low, high = max(0.0, value - 0.1), min(1.0, value + 0.1)

            def move(x: float, plan: Cascade = plan, field: str = field) -> Study:
                return study.as_architecture(_with_verifier(study.architecture, plan, field, x))

            name = f"{words} answers that the checker keeps{chain}"
            found.append(Assumption(name, "share", value, low, high, 0.0, 1.0, move))
    return found


def _with_verifier(architecture: Architecture, plan: Cascade, field: str, value: float) -> Architecture:
    """The architecture with another verifier in each cascade that equals `plan`."""
    verifier = replace(plan.verifier or Verifier(1.0, 0.0), **{field: value})

    def changed(one: Plan) -> Plan:
        return replace(plan, verifier=verifier) if one == plan else one

    routes = tuple(replace(route, plan=changed(route.plan)) for route in architecture.routes)
    return replace(architecture, routes=routes, default=changed(architecture.default))


def _examine(assumption: Assumption, outcome: Outcome, tolerated: float) -> Sensitivity:
    known: dict[float, Outcome] = {assumption.value: outcome}

    def at(value: float) -> Outcome:
        if value not in known:
            known[value] = assumption.move(value).outcome()
        return known[value]

    def saving(value: float) -> float | None:
        return at(value).saving_usd

    def above_floor(value: float) -> float | None:
        quality = at(value).quality
        return None if quality is None else quality - tolerated

    def slower(value: float) -> float | None:
        return at(value).latency_s

    heights: tuple[tuple[Line, Height], ...] = (("saving", saving), ("quality", above_floor), ("latency", slower))
    found = [(line, crossing(height, assumption)) for line, height in heights]
    return Sensitivity(
        assumption.name, assumption.unit, assumption.value, assumption.low, assumption.high,
        at(assumption.low), at(assumption.high),
        tuple(BreakEven(line, value) for line, value in found if value is not None),
        assumption.lowest, assumption.highest,
    )  # fmt: skip


def crossing(height: Height, assumption: Assumption) -> float | None:
    """The value nearest to the assumed one at which `height` is 0, looked for in STEPS steps to either side."""
    start = height(assumption.value)
    if start is None:
        return None
    roots = []
    for end in (assumption.lowest, assumption.highest):
        before = assumption.value
        for step in range(1, STEPS + 1):
            here = _between(assumption, end, step / STEPS)
            ahead = height(here)
            if ahead is not None and here != before and (ahead > 0) != (start > 0):
                roots.append((step, _root(height, before, here)))
                break
            before = here
    return min(roots, key=lambda root: (root[0], abs(root[1] - assumption.value)))[1] if roots else None


def _between(assumption: Assumption, end: float, part: float) -> float:
    """A value on the way to `end`: in equal ratios where the assumption is a factor or an amount, else in equal steps."""
    if assumption.unit in ("times", "requests"):
        return assumption.value * math.pow(end / assumption.value, part)
    return assumption.value + part * (end - assumption.value)


def _root(height: Height, one: float, other: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(lambda x: height(x) or 0.0, one, other, xtol=1e-9 * max(1.0, abs(one)), rtol=1e-9))
