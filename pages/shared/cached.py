"""The only caches of the dashboard: keys are small values and the database's version, never frames."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics import audit, forecast, settings
from analytics.forecast import Anomaly, MonthEnd
from analytics.policies import load_architecture, parse_architecture
from analytics.scope import Scope
from analytics.simulation import Scenario, Simulation, simulate
from analytics.store import Store, open_store

if TYPE_CHECKING:
    import polars as pl


@st.cache_data(max_entries=64, show_spinner=False)
def scope_options(path: Path, version: str, time_zone: str = "UTC") -> dict[str, Any]:
    """What the scope bar offers: days (in the time zone), use cases, models, teams, environments."""
    return audit.scope_options(open_store(path), time_zone)


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


@st.cache_data(max_entries=64, show_spinner=False)
def month_end(path: Path, version: str, scope: Scope) -> MonthEnd | None:
    """The forecast of the month."""
    return forecast.month_end(open_store(path), scope)


@st.cache_data(max_entries=64, show_spinner=False)
def anomalies(path: Path, version: str, scope: Scope) -> list[Anomaly] | None:
    """Days that left the weekly pattern; None with too short a history."""
    return forecast.find_anomalies(open_store(path), scope)


@st.cache_data(max_entries=256, show_spinner="Projecting...")
def projections(path: Path, version: str, texts: tuple[str, ...], scenario: Scenario, scope: Scope) -> Simulation:
    """Projections of architectures given as TOML texts."""
    architectures = [parse_architecture(text) for text in texts]
    return simulate(open_store(path), architectures, scenario, scope, metric=scope.metric)


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
    import statsmodels.robust.robust_linear_model
    import statsmodels.tsa.statespace.structural

    _ = altair, polars, pyarrow, statsmodels


def key(store: Store) -> tuple[Path, str]:
    """The first two arguments of every cached function."""
    return store.path, store.version
