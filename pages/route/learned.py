"""What can be told before the answer?"""

import streamlit as st

from analytics.charts.learned import sweep_answer
from analytics.charts.markdown import escaped
from analytics.errors import RoutecastError
from analytics.learning import train_router
from analytics.learning.describe import findings_sentences
from analytics.simulation import Scenario
from pages.route.learned_parts import show_quality_of, show_sweep
from pages.shared import cached
from pages.shared.compared import usual_volume
from pages.shared.states import show_error
from pages.shared.team import editors_only
from pages.shared.view import current_view


def train() -> None:
    """Train a new version of the router in the open database, with progress."""
    bar = st.progress(0.0, text="Starting")
    try:
        train_router(
            view.store.path,
            metric=view.scope.metric,
            progress=lambda done, what: bar.progress(done, text=what.capitalize()),
        )
    except RoutecastError as error:
        show_error(error)
    else:
        st.rerun()
    finally:
        bar.empty()


view = current_view()
key = cached.key(view.store)
st.title("What can be told before the answer?")
headline = st.container()
routers = cached.router_findings(*key)
if st.button(
    "Train a router", type="primary" if not routers else "secondary", icon=":material/model_training:",
    **editors_only("Learns from all scored requests and side-by-side prompts; each training is a new version."),
):  # fmt: skip
    train()
if not routers:
    headline.markdown("#### Nothing yet: no router has been trained on this log.")
    headline.markdown(
        "A router learns from your scores which model will be good enough for a request, before anybody answers it. It needs scored requests "
        "of several models, best some hundred prompts that several models answered side by side."
    )
    st.stop()
chosen = st.selectbox(
    "Version", routers, format_func=lambda one: f"{one.reference}, trained {one.trained_at} UTC on {one.metric}"
)
scenario = Scenario(usual_volume(view.store))
sweep = cached.sweep(*key, chosen.models, chosen.reference, scenario, view.scope)
headline.markdown(f"#### {sweep_answer(sweep, view.currency)}")
for sentence in findings_sentences(chosen):
    st.markdown(f"- {escaped(sentence)}")
show_quality_of(chosen)
show_sweep(view.store, chosen, sweep, view.currency)
