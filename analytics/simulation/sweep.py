"""What a learned plan costs and how good it is for every quality it may demand, beside each model alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.policies import Architecture, Learned, Overhead, single_model
from analytics.scope import Scope
from analytics.simulation.results import Projection, Scenario
from analytics.simulation.simulate import simulate
from analytics.store import Store

THRESHOLDS = (0.5, 0.7, 0.8, 0.85, 0.875, 0.9, 0.925, 0.95, 0.975)
OVERHEAD = Overhead(latency_ms=20.0)  # the classifier runs before every request
DRAWS = 300


@dataclass(frozen=True)
class Sweep:
    """Projections on one ground: `current`, each model alone, and the learned plan by rising least quality."""

    requests_per_month: float
    current: Projection
    singles: tuple[Projection, ...]
    learned: tuple[tuple[float, Projection], ...]


def learned_architecture(models: Sequence[str], least: float, router: str) -> Architecture:
    """Everything goes to the cheapest of `models` that is predicted to reach `least`."""
    return Architecture(f"Learned, at least {least:.1%}", Learned(tuple(models), least, router), overhead=OVERHEAD)


def sweep_min_quality(
    store: Store,
    models: Sequence[str],
    router: str,
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    metric: str | None = None,
    seed: int = 0,
) -> Sweep:
    """Sweep over THRESHOLDS; raises SimulationError as `simulate` does."""
    singles = [single_model(model) for model in models]
    learned = [learned_architecture(models, least, router) for least in THRESHOLDS]
    found = simulate(store, [*singles, *learned], scenario, scope, metric, seed, DRAWS)
    current, *others = found.projections
    ends = others[len(singles) :]
    return Sweep(
        found.requests_per_month, current, tuple(others[: len(singles)]), tuple(zip(THRESHOLDS, ends, strict=True))
    )
