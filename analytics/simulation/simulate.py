"""The question of the whole program: what would this traffic cost, how fast and how good, under another architecture?"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analytics.policies import Architecture, Cascade, Use
from analytics.scope import Scope
from analytics.simulation.ground import Ground, lay_ground
from analytics.simulation.inputs import Inputs, read_inputs
from analytics.simulation.plans import plan_effect
from analytics.simulation.project import project_all
from analytics.simulation.results import Scenario, Simulation
from analytics.simulation.tally import Adder, Routed
from analytics.store import Store

CURRENT = "current"


def simulate(
    store: Store,
    architectures: Sequence[Architecture],
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    metric: str | None = None,
    seed: int = 0,
    draws: int = 1000,
) -> Simulation:
    """Project `current` and every architecture on the log's traffic in `scope`, under `scenario`.

    All projections share one outcome model and one set of `draws` draws from `seed`; an architecture's numbers do not
    depend on which others are asked for. Raises SimulationError when there is no traffic, when the metric was never
    scored, or when nothing says which answers a cascade keeps.
    """
    inputs = read_inputs(store, architectures, scope or Scope(), metric, seed)
    return project(inputs, architectures, scenario or Scenario(), seed, draws)


def project(
    inputs: Inputs, architectures: Sequence[Architecture], scenario: Scenario, seed: int = 0, draws: int = 1000
) -> Simulation:
    """`simulate` on inputs that are already there; `inputs.traffic` must be routed by these architectures."""
    ground = lay_ground(inputs, architectures, scenario, seed, draws)
    adder = Adder(ground)
    tallies = [adder.add(as_logged(ground), 0.0, 0.0)]
    for index, architecture in enumerate(architectures):
        overhead = architecture.overhead
        tallies.append(adder.add(routed(ground, architecture, index), overhead.cost_usd, overhead.latency_ms))
    names = [CURRENT, *(architecture.name for architecture in architectures)]
    current, *others = project_all(ground, names, tallies)
    stated = (
        replace(one, checker_stated=_trusts_a_statement(ground, architecture, index))
        for index, (one, architecture) in enumerate(zip(others, architectures, strict=True))
    )
    return Simulation(ground.requests_per_month, ground.evidence.metric, (current, *stated))


def _trusts_a_statement(ground: Ground, architecture: Architecture, index: int) -> bool:
    """Whether any traffic follows a cascade whose checker is as the architecture states it."""
    return any(
        isinstance(plan, Cascade) and plan.verifier is not None and bool((ground.traffic.routes[index] == number).any())
        for number, plan in enumerate(architecture.plans)
    )


def as_logged(ground: Ground) -> Routed:
    """`current` as a policy: every stratum on the model that served it."""
    found = []
    for model in np.unique(ground.logged):
        strata = ground.logged == model
        found.append((strata, plan_effect(ground, Use(ground.models[int(model)]), strata)))
    return found


def routed(ground: Ground, architecture: Architecture, index: int) -> Routed:
    """The strata of every plan that gets any traffic, and what happens to them."""
    found = []
    for number, plan in enumerate(architecture.plans):
        strata = ground.traffic.routes[index] == number
        if strata.any():
            found.append((strata, plan_effect(ground, plan, strata)))
    return found
