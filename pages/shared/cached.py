"""The only caches of the dashboard: keys are small values and the database's version, never frames."""

from dataclasses import astuple, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from analytics import audit, forecast, reports
from analytics.audit.health import Health, log_health
from analytics.audit.health_gaps import calls_by_hour as read_calls_by_hour
from analytics.audit.loaded import Loaded
from analytics.audit.loaded import what_is_loaded as read_loaded
from analytics.audit.prices import log_models as read_log_models
from analytics.audit.prices import log_prices as read_log_prices
from analytics.audit.prices import mean_rate as read_mean_rate
from analytics.audit.requests import RequestFilter, RequestPage
from analytics.audit.requests import count_requests as read_count
from analytics.audit.requests import request_page as read_page
from analytics.audit.requests_order import Cursor, Sort
from analytics.backtest import (
    FullInformation,
    Replayed,
    behaviours_named,
    full_information_of,
    read_full_information,
    replay_once,
)
from analytics.currency import Currency, Rates
from analytics.exports import csv_bytes
from analytics.forecast import Anomaly, MonthEnd
from analytics.learning import Findings, read_findings
from analytics.logs.reprice import Repricing, preview_reprice
from analytics.policies import architecture_toml, load_architecture, parse_architecture
from analytics.reconcile import MonthCheck
from analytics.reconcile import reconcile as read_months
from analytics.reports.text import distinct
from analytics.saved import Saved, list_saved
from analytics.scope import Scope
from analytics.sidebyside import Run, read_run
from analytics.sidebyside import usual_output as read_usual_output
from analytics.sidebyside.ledger import run_file
from analytics.sidebyside.summary import Summary, summarise
from analytics.simulation import Scenario, Simulation, simulate
from analytics.simulation.assess import Assessment, Case, assess, open_case, plan_side_by_side
from analytics.simulation.frontier import Frontier, find_frontier
from analytics.simulation.moves import Move, find_moves
from analytics.simulation.sampling_plan import SamplingPlan, draw_prompts
from analytics.simulation.search import Limits
from analytics.simulation.sensitivity import Tornado, find_sensitivity
from analytics.simulation.strategies import Strategies, compare_strategies
from analytics.simulation.study import Study, open_study
from analytics.simulation.sweep import Sweep, sweep_min_quality
from analytics.simulation.workload import ClassStudy, study_classes
from analytics.store import Store, open_store
from analytics.tracking import Adoption, Rollout, Tracking, find_adoption, rollout_of
from analytics.tracking import adoptions as read_adoptions
from analytics.tracking import track as compare_with_projection

if TYPE_CHECKING:
    import polars as pl

# What is computed in USD serves every currency: choosing another one projects nothing again.
IN_USD = {Scope: lambda scope: astuple(replace(scope, currency="USD"))}


@st.cache_data(max_entries=64, show_spinner=False)
def scope_options(path: Path, version: str, time_zone: str = "UTC") -> dict[str, Any]:
    """What the scope bar offers: days (in the time zone), use cases, models, teams, environments."""
    return audit.scope_options(open_store(path), time_zone)


@st.cache_data(max_entries=256, show_spinner=False)
def totals(path: Path, version: str, scope: Scope, rates: Rates) -> audit.Totals:
    """Totals of the log. The rates are an argument because their file changes without the database."""
    return audit.log_totals(open_store(path), scope, rates)


@st.cache_data(max_entries=256, show_spinner="Summing up...")
def spend_by(path: Path, version: str, scope: Scope, dimension: audit.Dimension, rates: Rates) -> audit.Spend:
    """Cost per value of a dimension, and what rose and fell."""
    return audit.spend_by(open_store(path), scope, dimension, rates)


@st.cache_data(max_entries=256, show_spinner="Summing up...")
def spend_over_time(
    path: Path,
    version: str,
    scope: Scope,
    step: audit.Step,
    dimension: audit.Dimension,
    names: tuple[str, ...],
    rates: Rates,
) -> "pl.DataFrame":
    """Cost per step of time and value of a dimension."""
    return audit.spend_over_time(open_store(path), scope, step, dimension, names, rates)


@st.cache_data(max_entries=256, show_spinner="Summing up...")
def spend_by_pair(
    path: Path, version: str, scope: Scope, first: audit.Dimension, second: audit.Dimension, rates: Rates
) -> "pl.DataFrame":
    """Cost per pair of values."""
    return audit.spend_by_pair(open_store(path), scope, first, second, rates)


@st.cache_data(max_entries=256, show_spinner=False)
def cost_lines(path: Path, version: str, scope: Scope, rates: Rates) -> audit.CostLines:
    """Users' requests, overhead, retries, failures, savings."""
    return audit.cost_lines(open_store(path), scope, rates)


@st.cache_data(max_entries=256, show_spinner=False)
def speed_by(
    path: Path, version: str, scope: Scope, dimension: audit.SpeedDimension | None
) -> tuple["pl.DataFrame", "pl.DataFrame"]:
    """Percentiles and rates per value of a dimension, or of everything."""
    store = open_store(path)
    return audit.percentiles_by(store, scope, dimension), audit.rates_by(store, scope, dimension)


@st.cache_data(max_entries=256, show_spinner=False)
def speed_over_time(
    path: Path, version: str, scope: Scope, step: Literal["day", "week"]
) -> tuple["pl.DataFrame", "pl.DataFrame"]:
    """Percentiles and rates per day or week."""
    store = open_store(path)
    return audit.percentiles_over_time(store, scope, step), audit.rates_over_time(store, scope, step)


@st.cache_data(max_entries=256, show_spinner=False)
def distribution(path: Path, version: str, scope: Scope, measure: audit.Measure) -> "pl.DataFrame":
    """The distribution of a wait or a speed."""
    return audit.distribution(open_store(path), scope, measure)


@st.cache_data(max_entries=256, show_spinner=False)
def metrics(path: Path, version: str, scope: Scope) -> list[str]:
    """The metrics scored in the scope."""
    return audit.metrics(open_store(path), scope)


@st.cache_data(max_entries=256, show_spinner=False)
def score(path: Path, version: str, scope: Scope, metric: str) -> audit.Score:
    """All scores of a metric."""
    return audit.overall(open_store(path), scope, metric)


@st.cache_data(max_entries=256, show_spinner=False)
def quality_by(
    path: Path, version: str, scope: Scope, metric: str, *dimensions: audit.QualityDimension
) -> "pl.DataFrame":
    """Quality per value or pair of values."""
    return audit.quality_by(open_store(path), scope, metric, *dimensions)


@st.cache_data(max_entries=256, show_spinner=False)
def quality_over_time(path: Path, version: str, scope: Scope, metric: str) -> "pl.DataFrame":
    """Sums of scores per week and use case."""
    return audit.quality_over_time(open_store(path), scope, metric)


# A resource: its draws are some megabytes that nobody changes, so no run needs a copy.
@st.cache_resource(max_entries=32, show_spinner="Comparing models class by class...", hash_funcs=IN_USD)
def class_study(path: Path, version: str, scope: Scope) -> ClassStudy:
    """What every class would cost on every model, and how good it would be."""
    return study_classes(open_store(path), scope, scope.metric)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=IN_USD)
def month_end(path: Path, version: str, scope: Scope) -> MonthEnd | None:
    """The forecast of the month."""
    return forecast.month_end(open_store(path), scope)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs=IN_USD)
def anomalies(path: Path, version: str, scope: Scope) -> list[Anomaly] | None:
    """Days that left the weekly pattern; None with too short a history."""
    return forecast.find_anomalies(open_store(path), scope)


@st.cache_data(max_entries=256, show_spinner="Projecting...", hash_funcs=IN_USD)
def projections(path: Path, version: str, texts: tuple[str, ...], scenario: Scenario, scope: Scope) -> Simulation:
    """Projections of architectures given as TOML texts."""
    architectures = [parse_architecture(text) for text in texts]
    return simulate(open_store(path), architectures, scenario, scope, metric=scope.metric)


@st.cache_data(max_entries=64, show_spinner="Searching...", hash_funcs=IN_USD)
def frontier(path: Path, version: str, limits: Limits, scenario: Scenario, scope: Scope) -> Frontier:
    """The frontier and the best architecture under the limits."""
    return find_frontier(open_store(path), limits, scenario, scope, metric=scope.metric)


@st.cache_data(max_entries=64, show_spinner="Comparing strategies...", hash_funcs=IN_USD)
def strategies(path: Path, version: str, scenario: Scenario, scope: Scope) -> Strategies:
    """Rules, learned routing and cascades at equal quality and at equal cost."""
    return compare_strategies(open_store(path), scenario, scope, metric=scope.metric)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=IN_USD)
def _study(path: Path, version: str, text: str, scope: Scope) -> Study:
    return open_study(open_store(path), parse_architecture(text), scope=scope, metric=scope.metric)


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=IN_USD)
def moves(path: Path, version: str, text: str, scenario: Scenario, scope: Scope) -> tuple[Move, ...]:
    """Which requests an architecture would move, and what they cost."""
    return find_moves(_study(path, version, text, scope).under(scenario))


@st.cache_data(max_entries=256, show_spinner=False, hash_funcs=IN_USD)
def tornado(path: Path, version: str, text: str, scenario: Scenario, scope: Scope) -> Tornado:
    """What would flip the decision for an architecture."""
    return find_sensitivity(_study(path, version, text, scope).under(scenario))


@st.cache_data(max_entries=64, show_spinner=False)
def rollout(path: Path, version: str, text: str, scenario: Scenario, scope: Scope, tolerated: float) -> Rollout:
    """What each stage of putting an architecture to work must see."""
    return rollout_of(_study(path, version, text, scope).under(scenario), tolerated=tolerated)


@st.cache_data(max_entries=16, show_spinner=False)
def adoptions(path: Path, version: str) -> list[Adoption]:
    """What was adopted, the latest first."""
    return read_adoptions(open_store(path))


@st.cache_data(max_entries=32, show_spinner="Comparing with the projection...")
def tracking(path: Path, version: str, name: str, time_zone: str, until: date | None) -> Tracking:
    """What came of an adoption."""
    store = open_store(path)
    return compare_with_projection(store, find_adoption(store, name), time_zone, until)


@st.cache_data(max_entries=16, show_spinner=False)
def router_findings(path: Path, version: str) -> tuple[Findings, ...]:
    """What the database's trained routers found, the latest first."""
    return read_findings(open_store(path))


@st.cache_data(max_entries=64, show_spinner="Projecting...", hash_funcs=IN_USD)
def sweep(path: Path, version: str, models: tuple[str, ...], router: str, scenario: Scenario, scope: Scope) -> Sweep:
    """A learned plan at every least quality."""
    return sweep_min_quality(open_store(path), models, router, scenario, scope, metric=scope.metric)


@st.cache_data(max_entries=64, show_spinner=False)
def offered_architectures(path: Path, version: str) -> dict[str, str]:
    """TOML text of each architecture that makes sense on this log, by name, the most telling first."""
    offered = reports.offered_architectures(open_store(path))
    return dict(zip(distinct(one.name for one in offered), map(architecture_toml, offered), strict=True))


@st.cache_data(max_entries=64, show_spinner=False)
def what_is_loaded(path: Path, version: str) -> Loaded:
    """What the database holds."""
    return read_loaded(open_store(path))


@st.cache_data(max_entries=64, show_spinner=False)
def starting_points(path: Path, version: str) -> dict[str, str]:
    """TOML text of each architecture that editing can begin with, by name."""
    found = reports.starting_points(open_store(path))
    return dict(zip(distinct(one.name for one in found), map(architecture_toml, found), strict=True))


@st.cache_data(max_entries=64, show_spinner=False)
def choices(path: Path, version: str) -> reports.Choices:
    """The use cases, models and complexity that rules for this log can speak of."""
    return reports.read_choices(open_store(path))


@st.cache_data(max_entries=64, show_spinner=False)
def rules_met(path: Path, version: str, text: str) -> bool:
    """Whether any of the log's traffic meets a rule of an architecture given as TOML."""
    return reports.is_met(open_store(path), parse_architecture(text))


@st.cache_data(max_entries=16, show_spinner=False)
def kept(path: Path, version: str) -> tuple[Saved, ...]:
    """What is kept in the database, the latest version of each."""
    return list_saved(open_store(path))


@st.cache_data(max_entries=64, show_spinner="Working out the report...", hash_funcs=IN_USD)
def report_facts(
    path: Path, version: str, texts: tuple[str, ...], scenario: Scenario, scope: Scope, chosen: int | None
) -> reports.Facts:
    """What a report on these architectures says, about the one at the place `chosen` (from 1) or the best."""
    architectures = [parse_architecture(text) for text in texts]
    return reports.gather_facts(open_store(path), architectures, scenario, scope, scope.metric, chosen=chosen)


@st.cache_resource(max_entries=8, show_spinner="Weighing the evidence...", hash_funcs=IN_USD)
def _case(path: Path, version: str, text: str, scope: Scope) -> Case:
    return open_case(open_store(path), parse_architecture(text), scope=scope, metric=scope.metric)


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=IN_USD)
def assessment(path: Path, version: str, text: str, scope: Scope) -> Assessment:
    """What stands behind the projection of an architecture given as TOML."""
    return assess(_case(path, version, text, scope))


@st.cache_data(max_entries=128, show_spinner=False, hash_funcs=IN_USD)
def sampling_plan(path: Path, version: str, text: str, scope: Scope, prompts: int) -> SamplingPlan:
    """Which prompts to run side by side for an architecture given as TOML."""
    return plan_side_by_side(_case(path, version, text, scope), prompts)


def prompt_list(path: Path, version: str, text: str, scope: Scope, prompts: int) -> bytes:
    """The prompts of a sampling plan as CSV: made when it is downloaded."""
    plan = sampling_plan(path, version, text, scope, prompts)
    return csv_bytes(draw_prompts(open_store(path), plan, replace(scope, models=()), seed=0))


@st.cache_data(max_entries=16, show_spinner=False)
def planned_prompts(path: Path, version: str, text: str, scope: Scope, prompts: int) -> "pl.DataFrame":
    """The prompts of a sampling plan, with their texts where the log kept them."""
    plan = sampling_plan(path, version, text, scope, prompts)
    return draw_prompts(open_store(path), plan, replace(scope, models=()), seed=0)


@st.cache_data(max_entries=32, show_spinner=False)
def side_by_side(path: Path, version: str, metric: str | None) -> Summary:
    """What the side-by-side outcomes say."""
    return summarise(open_store(path), metric)


@st.cache_data(max_entries=8, show_spinner=False)
def usual_output(path: Path, version: str) -> dict[str, float]:
    """Mean output tokens of an answer by use case."""
    return read_usual_output(open_store(path))


def side_run(database: Path, run_id: str) -> Run:
    """A run as its ledger tells it; a ledger only grows, so its size is its version."""
    file = run_file(database, run_id)
    return _side_run(database, run_id, file.stat().st_size if file.is_file() else 0)


# A resource: answers may be megabytes, and nobody changes them.
@st.cache_resource(max_entries=4, show_spinner="Reading the run...")
def _side_run(database: Path, run_id: str, size: int) -> Run:
    return read_run(database, run_id)


@st.cache_resource(max_entries=4, show_spinner="Reading every answer...")
def full_information(path: Path, version: str) -> FullInformation:
    """The prompts of the open database that every model answered. Shared by all sessions: nobody changes it."""
    return full_information_of(open_store(path))


@st.cache_resource(max_entries=4, show_spinner="Reading every answer...")
def full_information_in(content: str, _file: Path) -> FullInformation:
    """The prompts of a file that every model answered; `content` changes whenever the file's contents do."""
    return read_full_information(_file)


@st.cache_data(max_entries=4096, show_spinner=False)
def replayed(
    source: str, behaviour: str, number: int, pairs: int | None, scored: float, _full: FullInformation
) -> tuple[Replayed, ...]:
    """One replay of a backtest; `source` stands for `_full`."""
    return replay_once(_full, behaviours_named(behaviour)[0], number, pairs=pairs, scored=scored)


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
def health(path: Path, version: str, currency: str, rates: Rates) -> Health:
    """What is wrong or missing in the log; raw rows are read once per version and currency."""
    return log_health(open_store(path), currency, rates)


@st.cache_data(max_entries=8, show_spinner=False)
def calls_by_hour(path: Path, version: str) -> "pl.DataFrame":
    """Calls per hour of the whole log."""
    return read_calls_by_hour(open_store(path))


@st.cache_data(max_entries=8, show_spinner=False)
def month_checks(path: Path, version: str, currency: str, rates: Rates) -> list[MonthCheck]:
    """Our totals against the invoices."""
    return read_months(open_store(path), currency, rates)


@st.cache_data(max_entries=8, show_spinner=False)
def log_models(path: Path, version: str) -> "pl.DataFrame":
    """The log's models with their calls and cost."""
    return read_log_models(open_store(path))


@st.cache_data(max_entries=8, show_spinner=False)
def log_prices(path: Path, version: str) -> "pl.DataFrame":
    """Price rows of the log's models."""
    return read_log_prices(open_store(path))


@st.cache_data(max_entries=8, show_spinner=False)
def mean_rate(path: Path, version: str, scope: Scope, rates: Rates) -> Currency:
    """The scope's currency at the mean rate of the whole log."""
    return read_mean_rate(open_store(path), scope, rates)


@st.cache_data(max_entries=8, show_spinner="Comparing prices...")
def repricing(path: Path, version: str, price_file_changed: float) -> Repricing:
    """What re-pricing would change, given when the price file last changed."""
    return preview_reprice(open_store(path))


@st.cache_data(show_spinner=False)
def shipped_architectures() -> dict[str, str]:
    """TOML text of each architecture in data/architectures, by name."""
    return {load_architecture(file).name: file.read_text(encoding="utf-8") for file in reports.shipped_files()}


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
