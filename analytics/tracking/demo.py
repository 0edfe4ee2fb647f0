"""The demo's second month: the architecture of data/demo.toml is adopted, and the month that followed is loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from analytics import settings
from analytics.errors import TrackingError
from analytics.logs import load_log
from analytics.logs.demo_month import Drift, planted_drifts, write_second_month
from analytics.logs.demo_truth import read_truth
from analytics.policies import Architecture, load_architecture, route_sql
from analytics.policies.architecture import Use
from analytics.simulation import Scenario
from analytics.store import Store, open_store
from analytics.tracking.adoptions import Adoption, adopt, adoptions
from analytics.whole_file import scratch_folder

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class SecondMonth:
    """What was loaded (0: it was there already), and the adoption it is held against."""

    requests: int
    adoption: Adoption


def add_second_month(
    path: Path, drifts: tuple[Drift, ...] | None = None, seed: int | None = None, progress: Progress | None = None
) -> SecondMonth:
    """Adopt the demo's architecture unless it is, and load the month after; twice changes nothing.

    `drifts` are those that data/demo.toml documents unless given. Raises TrackingError for a log that is not the demo.
    """
    store = open_store(path)
    if store.kind != "demo":
        raise TrackingError(f"{path} holds your own log: a second month is drawn for the demo only.")
    truth = read_truth()
    architecture = load_architecture(
        settings.architectures_dir / f"{truth.entries['second_month']['architecture']}.toml"
    )
    starts = truth.last_day + timedelta(days=1)
    ((first_month,),) = store.rows(
        "SELECT coalesce(sum(requests), 0)::BIGINT FROM rollup WHERE bucket < $starts::TIMESTAMP AT TIME ZONE 'UTC'", {"starts": starts}
    )  # fmt: skip
    known = next((one for one in adoptions(store) if one.name == architecture.name), None)
    scenario = Scenario(requests_per_month=float(first_month))
    adoption = known or adopt(store, architecture, starts=starts, scenario=scenario, note="The demo's own decision")
    with scratch_folder(path.with_name(path.name + ".files")) as folder:
        file = write_second_month(
            folder, int(truth.entries["seed"]) if seed is None else seed, first_month, _route(store, architecture),
            architecture.overhead.latency_ms, planted_drifts() if drifts is None else drifts,
        )  # fmt: skip
        loaded = load_log(path, file, progress=progress, kind="demo")
    return SecondMonth(loaded.loaded, adoption)


def _route(store: Store, architecture: Architecture) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The architecture's own SQL over use cases and complexities; its plans are single models."""
    models = np.array([plan.model for plan in architecture.plans if isinstance(plan, Use)])
    if len(models) != len(architecture.plans):
        raise TrackingError(f"The demo's second month needs single models in every plan of '{architecture.name}'.")

    def route(use_case: np.ndarray, complexity: np.ndarray) -> np.ndarray:
        found = store.columns(
            f"""SELECT ({route_sql(architecture)})::BIGINT AS route
            FROM (SELECT unnest($use_cases::TEXT[]) AS use_case, unnest($complexities::DOUBLE[]) AS complexity)""",
            {"use_cases": use_case.tolist(), "complexities": complexity.tolist()},
        )
        chosen: np.ndarray = models[np.asarray(found["route"])]
        return chosen

    return route
