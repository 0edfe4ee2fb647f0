"""One architecture on one ground, projected again under changed assumptions: the outcome model is fitted only once."""

from dataclasses import dataclass, replace

import numpy as np

from analytics.outcomes.arrays import FloatArray
from analytics.policies import Architecture
from analytics.scope import Scope
from analytics.simulation.bill import Bill
from analytics.simulation.ground import Ground, bills_of, lay_ground
from analytics.simulation.inputs import Inputs, read_inputs
from analytics.simulation.project import DEFAULT_MARGIN, grade_of, project_all
from analytics.simulation.results import Projection, Scenario
from analytics.simulation.simulate import CURRENT, as_logged, routed
from analytics.simulation.tally import Adder, Tally
from analytics.simulation.volume import monthly_requests
from analytics.store import Store


@dataclass(frozen=True)
class Outcome:
    """An architecture against `current`: USD saved a month, differences of quality and of mean latency (s).

    saving_usd is None without a price, quality where it is not measured (grade C).
    """

    saving_usd: float | None
    quality: float | None
    latency_s: float


@dataclass(frozen=True)
class Study:
    """Inputs routed by `architecture` alone, the ground laid over them, what adds it up, and `current` added up."""

    inputs: Inputs
    architecture: Architecture
    ground: Ground
    adder: Adder
    current: Tally

    def routed(self) -> Tally:
        """The architecture added up."""
        overhead = self.architecture.overhead
        return self.adder.add(routed(self.ground, self.architecture, 0), overhead.cost_usd, overhead.latency_ms)

    def projections(self) -> tuple[Projection, Projection]:
        """`current` and the architecture, as `simulate` has them."""
        names = [CURRENT, self.architecture.name]
        current, projection = project_all(self.ground, names, [self.current, self.routed()])
        return current, projection

    def outcome(self) -> Outcome:
        """Means over the draws, as a projection has them."""
        now, then = self.current, self.routed()
        month, fixed = self.ground.requests_per_month, self.ground.scenario.fixed_monthly_usd
        priced = not (now.unpriced or then.unpriced)
        measured = "C" not in (grade_of(now), grade_of(then))
        return Outcome(
            month * _mean(now.cost_usd - then.cost_usd) - fixed if priced else None,
            _mean(then.quality - now.quality) if measured else None,
            _mean(then.latency_ms - now.latency_ms) / 1e3,
        )

    def tolerated_loss(self) -> float:
        """The least difference of quality to `current` that the scenario's floor allows."""
        floor = self.ground.scenario.quality_floor
        return -DEFAULT_MARGIN if floor is None else floor - _mean(self.current.quality)

    def on(self, ground: Ground, same_current: bool = False) -> "Study":
        """The same on another ground, which must have the same evidence; `current` may be known to be the same there."""
        adder = Adder(ground, self.adder.corrector)
        current = self.current if same_current else adder.add(as_logged(ground), 0.0, 0.0)
        return replace(self, ground=ground, adder=adder, current=current)

    def under(self, scenario: Scenario) -> "Study":
        """Under another scenario: as a study opened with it would be."""
        ground, requests = self.ground, float(self.inputs.traffic.requests.sum())
        return self.on(
            replace(
                ground, scenario=scenario, requests_per_month=monthly_requests(scenario, requests, self.inputs.span),
                bills=bills_of(self.inputs, ground.models, scenario),
                output_ratio=replace(ground.output_ratio, more=scenario.verbosity),
            )
        )  # fmt: skip

    def at_volume(self, requests: float) -> "Study":
        """With another number of requests a month."""
        return self.on(replace(self.ground, requests_per_month=requests), same_current=True)

    def at_price(self, model: str, factor: float) -> "Study":
        """With all rates of `model` multiplied."""
        ground, place = self.ground, self.ground.models.index(model)
        bills = [_times(bill, factor) if m == place else bill for m, bill in enumerate(ground.bills)]
        return self.on(replace(ground, bills=tuple(bills)), same_current=not (ground.logged == place).any())

    def at_cache_survival(self, share: float) -> "Study":
        """With another share of cached input that survives a change of model."""
        scenario = replace(self.ground.scenario, cache_survival=share)
        bills = bills_of(self.inputs, self.ground.models, scenario)
        return self.on(replace(self.ground, scenario=scenario, bills=bills), same_current=True)

    def at_verbosity(self, factor: float) -> "Study":
        """With other models' answers longer by `factor` than measured."""
        ratio = replace(self.ground.output_ratio, more=factor)
        return self.on(replace(self.ground, output_ratio=ratio), same_current=True)

    def at_quality_shift(self, shift: float) -> "Study":
        """With other models' answers better by `shift` than estimated."""
        scenario = replace(self.ground.scenario, quality_shift=shift)
        return self.on(replace(self.ground, scenario=scenario), same_current=True)

    def at_slowness(self, factor: float) -> "Study":
        """With other models' answers taking `factor` times as long as estimated."""
        old = self.ground.latency
        scaled = {name: getattr(old, name) * factor for name in ("first_ms", "each_ms", "offset_ms")}
        return self.on(replace(self.ground, latency=replace(old, **scaled)))

    def as_architecture(self, architecture: Architecture) -> "Study":
        """With plans of other settings; the routes must be the same."""
        return replace(self, architecture=architecture)


def open_study(
    store: Store,
    architecture: Architecture,
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    metric: str | None = None,
    seed: int = 0,
    draws: int = 300,
) -> Study:
    """Read the log's traffic in `scope` and fit the outcome model; raises SimulationError as `simulate` does."""
    inputs = read_inputs(store, [architecture], scope or Scope(), metric, seed)
    ground = lay_ground(inputs, [architecture], scenario or Scenario(), seed, draws)
    adder = Adder(ground)
    return Study(inputs, architecture, ground, adder, adder.add(as_logged(ground), 0.0, 0.0))


def _mean(draws: FloatArray) -> float:
    return float(np.mean(draws))


def _times(bill: Bill | None, factor: float) -> Bill | None:
    if bill is None:
        return None
    return Bill(bill.input_usd * factor, bill.output_usd * factor, bill.fixed_usd * factor)
