"""The only caches of the dashboard: keys are small values and the database's version, never frames."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from analytics import audit, settings
from analytics.audit.health import Health, log_health
from analytics.audit.health_gaps import calls_by_hour as read_calls_by_hour
from analytics.audit.prices import log_models as read_log_models
from analytics.audit.prices import log_prices as read_log_prices
from analytics.audit.requests import RequestFilter, RequestPage
from analytics.audit.requests import count_requests as read_count
from analytics.audit.requests import request_page as read_page
from analytics.audit.requests_order import Cursor, Sort
from analytics.logs.reprice import Repricing, preview_reprice
from analytics.policies import load_architecture, parse_architecture
from analytics.reconcile import MonthCheck
from analytics.reconcile import reconcile as read_months
from analytics.scope import Scope
from analytics.simulation import Scenario, Simulation, simulate
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


@st.cache_data(max_entries=256, show_spinner=False)
def request_count(path: Path, version: str, chosen: RequestFilter) -> tuple[int, float | None]:
    """How many rows match and what they cost at list price."""
    return read_count(open_store(path), chosen)


@st.cache_data(max_entries=256, show_spinner=False)
def request_page(
    path: Path, version: str, chosen: RequestFilter, sort: Sort, descending: bool, cursor: Cursor | None
) -> RequestPage:
    """One page of raw rows."""
    return read_page(open_store(path), chosen, sort, descending, cursor)


@st.cache_data(max_entries=8, show_spinner="Checking the log...")
def health(path: Path, version: str) -> Health:
    """What is wrong or missing in the log; raw rows are read once per version."""
    return log_health(open_store(path))


@st.cache_data(max_entries=8, show_spinner=False)
def calls_by_hour(path: Path, version: str) -> "pl.DataFrame":
    """Calls per hour of the whole log."""
    return read_calls_by_hour(open_store(path))


@st.cache_data(max_entries=8, show_spinner=False)
def month_checks(path: Path, version: str) -> list[MonthCheck]:
    """Our totals against the invoices."""
    return read_months(open_store(path))


@st.cache_data(max_entries=8, show_spinner=False)
def log_models(path: Path, version: str) -> "pl.DataFrame":
    """The log's models with their calls and cost."""
    return read_log_models(open_store(path))


@st.cache_data(max_entries=8, show_spinner=False)
def log_prices(path: Path, version: str) -> "pl.DataFrame":
    """Price rows of the log's models."""
    return read_log_prices(open_store(path))


@st.cache_data(max_entries=8, show_spinner="Comparing prices...")
def repricing(path: Path, version: str, price_file_changed: float) -> Repricing:
    """What re-pricing would change, given when the price file last changed."""
    return preview_reprice(open_store(path))


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
