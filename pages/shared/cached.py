"""The only caches of the dashboard: keys are small values and the database's version, never frames."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics import audit, reports, settings
from analytics.learning import Findings, read_findings
from analytics.policies import architecture_toml, load_architecture, parse_architecture
from analytics.saved import Saved, list_saved
from analytics.scope import Scope
from analytics.simulation import Scenario, Simulation, simulate
from analytics.simulation.frontier import Frontier, find_frontier
from analytics.simulation.moves import Move, find_moves
from analytics.simulation.search import Limits
from analytics.simulation.sensitivity import Tornado, find_sensitivity
from analytics.simulation.strategies import Strategies, compare_strategies
from analytics.simulation.study import Study, open_study
from analytics.simulation.sweep import Sweep, sweep_min_quality
from analytics.store import Store, open_store

if TYPE_CHECKING:
    import polars as pl


@st.cache_data(max_entries=64, show_spinner=False)
def scope_options(path: Path, version: str) -> dict[str, Any]:
    """What the scope bar offers: days, use cases, models, teams, environments."""
    return audit.scope_options(open_store(path))


@st.cache_data(max_entries=256, show_spinner=False)
def totals(path: Path, version: str, scope: Scope) -> audit.Totals:
    """Totals of the log."""
    return audit.log_totals(open_store(path), scope)


@st.cache_data(max_entries=256, show_spinner=False)
def spend_by(path: Path, version: str, scope: Scope, dimension: audit.Dimension) -> "pl.DataFrame":
    """Cost per value of a dimension."""
    return audit.spend_by(open_store(path), scope, dimension)


@st.cache_data(max_entries=256, show_spinner=False)
def spend_over_time(
    path: Path, version: str, scope: Scope, step: audit.Step, dimension: audit.Dimension
) -> "pl.DataFrame":
    """Cost per step of time and value of a dimension."""
    return audit.spend_over_time(open_store(path), scope, step, dimension)


@st.cache_data(max_entries=256, show_spinner="Projecting...")
def projections(path: Path, version: str, texts: tuple[str, ...], scenario: Scenario, scope: Scope) -> Simulation:
    """Projections of architectures given as TOML texts."""
    architectures = [parse_architecture(text) for text in texts]
    return simulate(open_store(path), architectures, scenario, scope, metric=scope.metric)


@st.cache_data(max_entries=64, show_spinner="Searching...")
def frontier(path: Path, version: str, limits: Limits, scenario: Scenario, scope: Scope) -> Frontier:
    """The frontier and the best architecture under the limits."""
    return find_frontier(open_store(path), limits, scenario, scope, metric=scope.metric)


@st.cache_data(max_entries=64, show_spinner="Comparing strategies...")
def strategies(path: Path, version: str, scenario: Scenario, scope: Scope) -> Strategies:
    """Rules, learned routing and cascades at equal quality and at equal cost."""
    return compare_strategies(open_store(path), scenario, scope, metric=scope.metric)


@st.cache_resource(max_entries=16, show_spinner=False)
def _study(path: Path, version: str, text: str, scope: Scope) -> Study:
    return open_study(open_store(path), parse_architecture(text), scope=scope, metric=scope.metric)


@st.cache_data(max_entries=256, show_spinner=False)
def moves(path: Path, version: str, text: str, scenario: Scenario, scope: Scope) -> tuple[Move, ...]:
    """Which requests an architecture would move, and what they cost."""
    return find_moves(_study(path, version, text, scope).under(scenario))


@st.cache_data(max_entries=256, show_spinner=False)
def tornado(path: Path, version: str, text: str, scenario: Scenario, scope: Scope) -> Tornado:
    """What would flip the decision for an architecture."""
    return find_sensitivity(_study(path, version, text, scope).under(scenario))


@st.cache_data(max_entries=16, show_spinner=False)
def router_findings(path: Path, version: str) -> tuple[Findings, ...]:
    """What the database's trained routers found, the latest first."""
    return read_findings(open_store(path))


@st.cache_data(max_entries=64, show_spinner="Projecting...")
def sweep(path: Path, version: str, models: tuple[str, ...], router: str, scenario: Scenario, scope: Scope) -> Sweep:
    """A learned plan at every least quality."""
    return sweep_min_quality(open_store(path), models, router, scenario, scope, metric=scope.metric)


@st.cache_data(max_entries=64, show_spinner=False)
def offered_architectures(path: Path, version: str) -> dict[str, str]:
    """TOML text of each architecture that makes sense on this log, by name, the most telling first."""
    return {one.name: architecture_toml(one) for one in reports.offered_architectures(open_store(path))}


@st.cache_data(max_entries=16, show_spinner=False)
def kept(path: Path, version: str) -> tuple[Saved, ...]:
    """What is kept in the database, the latest version of each."""
    return list_saved(open_store(path))


@st.cache_data(max_entries=64, show_spinner="Working out the report...")
def report_facts(
    path: Path, version: str, texts: tuple[str, ...], scenario: Scenario, scope: Scope, chosen: int | None
) -> reports.Facts:
    """What a report on these architectures says, about the one at the place `chosen` (from 1) or the best."""
    architectures = [parse_architecture(text) for text in texts]
    return reports.gather_facts(open_store(path), architectures, scenario, scope, scope.metric, chosen=chosen)


@st.cache_data(show_spinner=False)
def shipped_architectures() -> dict[str, str]:
    """TOML text of each architecture in data/architectures, by name."""
    files = sorted(settings.architectures_dir.glob("*.toml"))
    order = ["single-opus", "single-sonnet", "multi-model", "learned", "cascade"]
    files.sort(key=lambda file: order.index(file.stem) if file.stem in order else len(order))
    return {load_architecture(file).name: file.read_text(encoding="utf-8") for file in files}


def warm_up() -> None:
    """Import what pages need before anybody waits for it."""
    import altair
    import polars
    import pyarrow

    _ = altair, polars, pyarrow


def key(store: Store) -> tuple[Path, str]:
    """The first two arguments of every cached function."""
    return store.path, store.version
