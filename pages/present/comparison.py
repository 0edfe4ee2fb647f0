"""What the report compares: a kept comparison when a link names one, else what is chosen here."""

from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.charts.markdown import plain
from analytics.charts.verdict import Choice, best_label, choose
from analytics.policies import parse_architecture
from analytics.reports import shown_simulation
from analytics.reports.text import distinct, name_text
from analytics.saved import Comparison, comparison_of, read_saved
from analytics.simulation import Scenario
from pages.shared import cached
from pages.shared.compared import compared_input, volume_input
from pages.shared.view import View

BEST = "best"


@dataclass(frozen=True)
class Question:
    """What is compared, how it comes out, and the architecture of it that the report is about."""

    comparison: Comparison
    choice: Choice


def choose_comparison(view: View) -> Question:
    """Draw the choices; the report is about the architecture that is recommended unless another one is chosen."""
    kept = _kept_comparison(view)
    offered = cached.offered_architectures(*cached.key(view.store))
    default, subject = list(offered)[:3], BEST
    if kept is not None:
        own = dict(zip(distinct(_name(text) for text in kept.texts), kept.texts, strict=True))
        subject = list(own)[kept.about - 1] if kept.about else BEST
        offered, default = own | {name: text for name, text in offered.items() if name not in own}, list(own)
    compared, about, volume_place = st.columns([3, 2, 1.2])
    chosen = compared_input(view.store, compared, list(offered), default, key="report_compare")
    if kept is None:
        scenario = Scenario(requests_per_month=volume_input(view.store, volume_place, key="report_volume"))
    else:
        scenario = _kept_scenario(kept.scenario, volume_place)
    texts, names = tuple(offered[name] for name in chosen), [BEST, *chosen]
    simulation = shown_simulation(cached.projections(*cached.key(view.store), texts, scenario, view.scope))
    best = choose(simulation, scenario, currency=view.currency)
    subject = about.selectbox(
        "The report is about", names, index=names.index(subject) if subject in names else 0, key="report_about",
        bind="query-params", format_func=lambda name: best_label(best) if name == BEST else name,
    )  # fmt: skip
    place = names.index(subject) or None
    comparison = Comparison(texts, scenario, kept.words if kept else (), place)
    return Question(comparison, choose(simulation, scenario, place, view.currency))


def _kept_comparison(view: View) -> Comparison | None:
    reference = st.query_params.get("saved", "")
    found = read_saved(view.store, reference) if reference else None
    if reference and (found is None or found.kind != "comparison"):
        st.warning("The comparison of this link is not in this database: it was deleted, or belongs to another one.")
        return None
    if found is None:
        return None
    st.caption(f"Kept as {plain(name_text(found.name))}, version {found.version}.")
    return comparison_of(found.content)


def _kept_scenario(scenario: Scenario, place: DeltaGenerator) -> Scenario:
    """The kept scenario, at another volume if one likes."""
    kept = scenario.requests_per_month
    volume = place.number_input(
        "Requests a month", min_value=0, value=None if kept is None else int(kept), step=100_000, key="kept_volume",
        placeholder="as in the log",
        help="Empty takes the log's own daily mean. The other assumptions are as they were kept.",
    )  # fmt: skip
    return replace(scenario, requests_per_month=float(volume) if volume else None)


def _name(text: str) -> str:
    return parse_architecture(text, "A kept architecture").name
