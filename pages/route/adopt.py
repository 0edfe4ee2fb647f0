"""From a projection to a decision: how to roll the architecture out, and adopting it so that it can be tracked."""

import streamlit as st

from analytics.charts.format import share
from analytics.charts.markdown import literal, plain
from analytics.charts.rollout_words import rollout_note, rollout_sentence, rollout_table
from analytics.errors import RoutecastError
from analytics.policies import Architecture, architecture_toml
from analytics.simulation import Scenario
from analytics.tracking import Adoption, adopt
from pages.shared import cached
from pages.shared.downloads import show_table
from pages.shared.links import link_to
from pages.shared.states import show_error
from pages.shared.team import author_input, editors_only
from pages.shared.view import View

OPEN, CLOSE, ADOPTED = "adopt_open", "adopt_close", "simulate_adopted"
STAGES_HELP = (
    "A test of non-inferiority per stage: the sample after which a loss of quality above the tolerated one is ruled out if the projection "
    "is right. Source: [Chow, Shao & Wang 2008](https://doi.org/10.1201/9781584889830)."
)


def show_adopt(view: View, architecture: Architecture, text: str, scenario: Scenario) -> None:
    """The stages and the button."""
    st.subheader("From here to there")
    if st.toggle("Plan the rollout in stages", key="rollout", bind="query-params", help=STAGES_HELP):
        _rollout(view, text, scenario)
    adopted: Adoption | None = st.session_state.get(ADOPTED)
    if st.session_state.pop(CLOSE, False):
        st.session_state[OPEN] = False
    with st.popover("Adopt this architecture", icon=":material/flag:", key=OPEN, on_change="rerun"):
        _adopt(view, architecture, scenario)
    if adopted is not None and adopted.architecture_toml == architecture_toml(architecture):
        st.success(f"{literal(adopted.name)} is adopted from {adopted.starts} on.", icon=":material/check:")
        link_to("present/tracking.py", "See on Tracking whether it comes true", {"adoption": adopted.name})


def _adopt(view: View, architecture: Architecture, scenario: Scenario) -> None:
    st.markdown("Keeps this projection, so that *Tracking* can say later whether it came true.")
    with st.form("adopt", border=False):
        name = st.text_input("Name", architecture.name, max_chars=200, key="adopt_name")
        starts = st.date_input(
            "From", None, format="YYYY-MM-DD", help="The first day it serves. Empty: the day after the log's last."
        )
        note = st.text_input("Note", max_chars=2_000, key="adopt_note")
        author = author_input("Who decided", key="adopt_author")
        sent = st.form_submit_button("Adopt", type="primary", **editors_only())
    if sent:
        try:
            adopted = adopt(
                view.store, architecture, name, starts, scenario, view.scope, note, author, view.scope.metric
            )
        except RoutecastError as error:
            show_error(error)
        else:
            st.session_state[ADOPTED], st.session_state[CLOSE] = adopted, True
            st.rerun()


def _rollout(view: View, text: str, scenario: Scenario) -> None:
    tolerated = st.slider(
        "Loss of quality that is tolerated, points", 0.5, 10.0, 3.0, 0.5, format="%.1f", key="tolerated", bind="query-params"
    )  # fmt: skip
    rollout = cached.rollout(*cached.key(view.store), text, scenario, view.scope, tolerated / 100)
    st.markdown(plain(rollout_sentence(rollout)))
    show_table(rollout_table(rollout), "rollout")
    with st.container(horizontal=True):
        for stage in rollout.stages:
            label = share(stage.share, 0)
            st.download_button(
                f"File of stage {label}", architecture_toml(stage.architecture), f"architecture-{label.rstrip('%')}.toml",
                key=f"stage_{label}", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
    for note in dict.fromkeys(note for stage in rollout.stages for note in stage.notes):
        st.markdown(f"- {plain(note)}")
    st.caption(plain(rollout_note(rollout)))
