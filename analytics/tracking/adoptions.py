"""Adoptions: an architecture put to work, kept with everything it was expected to do."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from analytics.errors import TrackingError
from analytics.outcomes.arrays import floats, integers, texts
from analytics.policies import Architecture, architecture_toml, parse_architecture
from analytics.scope import Scope
from analytics.simulation import Estimate, Scenario
from analytics.simulation.bill import prices_in_scenario
from analytics.simulation.ground import lay_ground
from analytics.simulation.inputs import Inputs, read_inputs
from analytics.simulation.present import projection_json
from analytics.simulation.project import project_all
from analytics.simulation.results import UNKNOWN
from analytics.simulation.simulate import CURRENT, as_logged, routed
from analytics.simulation.tally import Adder
from analytics.store import Store, write_transaction
from analytics.store.insert import insert_rows
from analytics.tracking.baseline import Baseline, build_baseline

DRAWS = 1000
_COLUMNS = (
    "name", "starts", "epoch_ms(adopted_at)", "author", "note", "architecture", "scenario", "scope", "metric",
    "requests_per_month", "baseline_days", "projection", "current", "prices",
)  # fmt: skip


@dataclass(frozen=True)
class Adoption:
    """An adopted architecture. Requests from `starts` on (midnight in the scope's time zone) are held against it.

    cost_usd, latency_s, quality: projected per request, with 95% intervals; the mean is None where nobody knew.
    projection, current: of the month, as `simulate --json` gives them. prices: the rows of the models it uses, as projected.
    scope: filters of the traffic that it was projected for. baseline_days: how long the log behind it was.
    """

    name: str
    starts: date
    adopted_at: datetime
    author: str
    note: str
    architecture_toml: str
    scenario: dict[str, Any]
    scope: Scope
    metric: str | None
    requests_per_month: float
    baseline_days: float
    projection: dict[str, Any]
    current: dict[str, Any]
    prices: list[dict[str, Any]]

    @property
    def architecture(self) -> Architecture:
        """The architecture as it was adopted."""
        return parse_architecture(self.architecture_toml, self.name)

    @property
    def cost_usd(self) -> Estimate:
        """USD per request, without what is paid whatever the volume."""
        month, fixed = self.projection["monthly_cost_usd"], float(self.scenario.get("fixed_monthly_usd", 0.0))
        if month["mean"] is None:
            return UNKNOWN
        return Estimate(*((month[key] - fixed) / self.requests_per_month for key in ("mean", "low", "high")))

    @property
    def latency_s(self) -> Estimate:
        """Mean seconds per answer."""
        return Estimate(*(self.projection["latency_s"][key] for key in ("mean", "low", "high")))

    @property
    def quality(self) -> Estimate:
        """Mean quality."""
        return Estimate(*(self.projection["quality"][key] for key in ("mean", "low", "high")))


def adopt(
    store: Store,
    architecture: Architecture,
    name: str = "",
    starts: date | None = None,
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    note: str = "",
    author: str = "",
    metric: str | None = None,
    seed: int = 0,
) -> Adoption:
    """Project an architecture on the traffic before `starts` (default: the day after the log's last) and keep it.

    Raises TrackingError when the name is taken, when the scope is narrowed to models, or when nothing lies before.
    """
    scope, scenario, name = scope or Scope(), scenario or Scenario(), name.strip() or architecture.name
    if scope.models:
        raise TrackingError(
            "An architecture is adopted for requests, whichever model serves them: clear the filter of models first."
        )
    if any(one.name == name for one in adoptions(store)):
        raise TrackingError(f"'{name}' is adopted already: remove that adoption, or give this one another name.")
    first, last = _local_days(store, scope)
    starts = starts or last + timedelta(days=1)
    if starts <= first:
        raise TrackingError(
            f"The log begins on {first}: nothing lies before {starts} to project from; give a later day."
        )
    end = min(starts - timedelta(days=1), scope.end or starts)
    inputs = read_inputs(store, [architecture], replace(scope, end=end), metric, seed)
    ground = lay_ground(inputs, [architecture], scenario, seed, DRAWS)
    adder, overhead = Adder(ground), architecture.overhead
    tallies = [
        adder.add(as_logged(ground), 0.0, 0.0),
        adder.add(routed(ground, architecture, 0), overhead.cost_usd, overhead.latency_ms),
    ]
    current, projection = project_all(ground, [CURRENT, architecture.name], tallies)
    adoption = Adoption(
        name, starts, datetime.now(UTC), author.strip(), note.strip(), architecture_toml(architecture), asdict(scenario),
        replace(scope, start=None, end=None), inputs.metric, ground.requests_per_month, inputs.span.days,
        projection_json(projection), projection_json(current), _prices(inputs, architecture, scenario),
    )  # fmt: skip
    _keep(store, adoption, build_baseline(ground, architecture, tallies[1]))
    return adoption


def adoptions(store: Store) -> list[Adoption]:
    """All adoptions, the latest start first."""
    return [
        _adoption(row) for row in store.rows(f"SELECT {', '.join(_COLUMNS)} FROM adoptions ORDER BY starts DESC, name")
    ]


def find_adoption(store: Store, name: str | None = None) -> Adoption:
    """The adoption of that name, or the latest; raises TrackingError when there is none."""
    known = adoptions(store)
    for one in known:
        if name in (None, one.name):
            return one
    if not known:
        raise TrackingError(
            "No architecture is adopted yet: `routecast adopt ARCH.toml`, or the button on the Simulate page."
        )
    raise TrackingError(f"No architecture is adopted as '{name}': there is {', '.join(one.name for one in known)}.")


def remove_adoption(store: Store, name: str) -> None:
    """Forget an adoption; raises TrackingError when there is none of that name."""
    find_adoption(store, name)
    with write_transaction(store.path, _kind(store), "remove an adoption") as transaction:
        transaction.detail = name
        for table in ("adoptions", "adoption_cells"):
            transaction.catalogue.execute(f"DELETE FROM {table} WHERE name = ?", [name])


def read_baseline(store: Store, adoption: Adoption) -> Baseline:
    """The traffic classes an adoption was projected on."""
    names = [field.name for field in fields(Baseline)]
    found = store.columns(
        f"SELECT {', '.join(names)} FROM adoption_cells WHERE name = $name ORDER BY route, use_case, tenth, model",
        {"name": adoption.name},
    )
    numbers = [floats(found[name]) for name in names[4:]]
    return Baseline(
        integers(found["route"]), texts(found["use_case"]), integers(found["tenth"]), texts(found["model"]), *numbers
    )


def _keep(store: Store, adoption: Adoption, baseline: Baseline) -> None:
    scope: dict[str, Any] = {
        name: list(getattr(adoption.scope, name)) for name in ("use_cases", "teams", "environments")
    }
    scope["time_zone"] = adoption.scope.time_zone
    row = [
        adoption.name, adoption.starts, adoption.adopted_at.isoformat(), adoption.author, adoption.note, adoption.architecture_toml,
        json.dumps(adoption.scenario), json.dumps(scope), adoption.metric, adoption.requests_per_month, adoption.baseline_days,
        json.dumps(adoption.projection), json.dumps(adoption.current), json.dumps(adoption.prices),
    ]  # fmt: skip
    with write_transaction(store.path, _kind(store), "adopt an architecture") as transaction:
        transaction.detail = f"{adoption.name} from {adoption.starts}"
        transaction.catalogue.execute(f"INSERT INTO adoptions VALUES ({', '.join('?' * len(row))})", row)
        insert_rows(transaction.catalogue, "adoption_cells", [(adoption.name, *cell) for cell in baseline.rows()])


def _adoption(row: Sequence[Any]) -> Adoption:
    scenario, kept, projection, current, prices = (json.loads(row[place]) for place in (6, 7, 11, 12, 13))
    return Adoption(
        row[0], row[1], datetime.fromtimestamp(row[2] / 1000, UTC), row[3], row[4], row[5], scenario,
        Scope(
            use_cases=tuple(kept["use_cases"]), teams=tuple(kept["teams"]), environments=tuple(kept["environments"]),
            time_zone=kept["time_zone"],
        ), row[8], row[9], row[10], projection, current, prices,
    )  # fmt: skip


def _local_days(store: Store, scope: Scope) -> tuple[date, date]:
    """The first and the last local day of the log in the scope."""
    where, values = replace(scope, start=None, end=None).where("bucket")
    ((first, last),) = store.rows(
        f"SELECT min(bucket AT TIME ZONE $zone)::DATE, max(bucket AT TIME ZONE $zone)::DATE FROM rollup WHERE requests > 0 AND {where}",
        values | {"zone": scope.time_zone},
    )
    if first is None:
        raise TrackingError("The log holds no requests to project from: load one with `routecast load FILE` first.")
    return first, last


def _prices(inputs: Inputs, architecture: Architecture, scenario: Scenario) -> list[dict[str, Any]]:
    """The price rows of the architecture's models, as they were projected with."""
    rows = [
        row
        for model in architecture.models
        for row in prices_in_scenario(inputs.prices.get(model, []), model, scenario)
    ]
    return [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(row).items()}
        for row in rows
    ]


def _kind(store: Store) -> Literal["own", "demo"]:
    return "demo" if store.kind == "demo" else "own"
