"""Everything a report says, worked out once: the comparison, and what choosing one architecture of it would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from analytics import audit
from analytics.charts.format import UNKNOWN
from analytics.charts.verdict import Choice, choose
from analytics.currency import USD, Currency
from analytics.policies import Architecture
from analytics.reports.spending import Spend, spend_by_model, spend_by_use_case
from analytics.reports.waterfall import Waterfall, find_waterfall
from analytics.scope import Scope
from analytics.simulation import Projection, Scenario, Simulation, simulate
from analytics.simulation.moves import Move, find_moves
from analytics.simulation.sensitivity import Tornado, find_sensitivity
from analytics.simulation.study import open_study
from analytics.store import Store


@dataclass(frozen=True)
class Facts:
    """A comparison and its consequences.

    chosen: place of the architecture the report is about among the projections, None without any. first, last: days of the log in the scope. moved_requests: how many a month another model would answer. by_model, by_use_case: spend today and then, empty without prices.
    Amounts are USD; `currency` is what the report writes them in. policy: the
    chosen architecture in sentences, once they are written.
    """

    simulation: Simulation
    scenario: Scenario
    scope: Scope
    is_demo: bool
    first: date | None
    last: date | None
    chosen: int | None = None
    architecture: Architecture | None = None
    moves: tuple[Move, ...] = ()
    moved_requests: float = 0.0
    waterfall: Waterfall | None = None
    by_model: tuple[Spend, ...] = ()
    by_use_case: tuple[Spend, ...] = ()
    tornado: Tornado | None = None
    currency: Currency = USD
    policy: tuple[str, ...] = ()

    @property
    def choice(self) -> Choice:
        """The comparison and the architecture, for the verdict on it."""
        return Choice(self.simulation, self.scenario, self.chosen, self.currency)

    @property
    def current(self) -> Projection:
        """What is run today."""
        return self.choice.current

    @property
    def projection(self) -> Projection | None:
        """The architecture the report is about."""
        return self.choice.projection

    def money(self, usd: float | None, unknown: str = UNKNOWN) -> str:
        """An amount as the report writes it."""
        return self.choice.money(usd, unknown)


def gather_facts(
    store: Store,
    architectures: Sequence[Architecture],
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    metric: str | None = None,
    seed: int = 0,
    chosen: int | None = None,
) -> Facts:
    """Compare the architectures and examine one of them: `chosen` (its place, from 1), else the one the numbers speak for.

    Raises SimulationError as `simulate` does.
    """
    scope, scenario = scope or Scope(), scenario or Scenario()
    simulation = simulate(store, architectures, scenario, scope, metric, seed)
    first, last = _days(store, scope)
    examined = choose(simulation, scenario, chosen).chosen
    if examined is None:
        return Facts(simulation, scenario, scope, store.kind == "demo", first, last)
    architecture, name = architectures[examined - 1], simulation.projections[examined].name
    study = open_study(store, architecture, scenario, scope, simulation.metric, seed, draws=1000)
    waterfall = find_waterfall(study, name)
    # Where an assumption flips the decision is a root search over many projections: fewer draws place it as well.
    rough = open_study(store, architecture, scenario, scope, simulation.metric, seed)
    moves = find_moves(study)
    return Facts(
        simulation, scenario, scope, store.kind == "demo", first, last, examined,
        architecture, moves, sum(one.requests for one in moves if one.moves), waterfall,
        spend_by_model(study) if waterfall else (), spend_by_use_case(study) if waterfall else (), find_sensitivity(rough),
    )  # fmt: skip


def _days(store: Store, scope: Scope) -> tuple[date | None, date | None]:
    options = audit.scope_options(store)
    return scope.start or options["first"], scope.end or options["last"]
