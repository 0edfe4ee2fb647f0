"""What a run's scores do to the projections: the intervals before they are loaded, and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics.errors import SimulationError
from analytics.logs import LoadResult
from analytics.logs.load import Progress
from analytics.policies import single_model
from analytics.sidebyside.ledger import Run
from analytics.sidebyside.order import order_of
from analytics.sidebyside.outcomes import load_run, metric_of
from analytics.sidebyside.pricing import PriceList
from analytics.simulation import simulate
from analytics.simulation.results import Estimate
from analytics.store import open_store

MOST_MODELS = 4


@dataclass(frozen=True)
class Sharpened:
    """Quality of sending everything to a model, as projected before and after; None where nothing could be projected."""

    model: str
    before: Estimate | None
    after: Estimate


def load_and_sharpen(
    database: Path, run: Run, progress: Progress | None = None
) -> tuple[LoadResult, tuple[Sharpened, ...]]:
    """Load the run's scores and project its models before and after; nothing to show without a log of requests."""
    prices = PriceList(database)
    models = list(dict.fromkeys(prices.canonical(model) for model in order_of(run.order).models))[:MOST_MODELS]
    before = _qualities(database, models, metric_of(run)) if database.exists() else {}
    loaded = load_run(database, run, progress)
    after = _qualities(database, models, metric_of(run))
    return loaded, tuple(Sharpened(model, before.get(model), after[model]) for model in models if model in after)


def _qualities(database: Path, models: Sequence[str], metric: str) -> dict[str, Estimate]:
    try:
        found = simulate(open_store(database), [single_model(model) for model in models], metric=metric)
    except SimulationError:  # no traffic, or nothing scored by this metric yet
        return {}
    return {model: one.quality for model, one in zip(models, found.projections[1:], strict=True)}
