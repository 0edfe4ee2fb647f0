"""What if we routed like this?"""

import streamlit as st

from analytics.charts.plane import cost_quality_chart
from analytics.charts.present import answer, footnote
from analytics.errors import RoutecastError
from analytics.policies import describe, parse_architecture, route_sql
from analytics.simulation import Scenario
from pages.route.editor import edit_architecture
from pages.shared import cached
from pages.shared.states import show_error
from pages.shared.tables import show_architectures
from pages.shared.view import current_view

view = current_view()
st.title("What if we routed like this?")
headline = st.container()
options = cached.scope_options(*cached.key(view.store))
left, right = st.columns([2, 1], gap="large")
with left:
    text = edit_architecture(cached.shipped_architectures(), options)
with right:
    st.subheader("Assumptions")
    volume = st.number_input(
        "Requests a month", min_value=0, value=1_000_000 if view.store.kind == "demo" else 0, step=100_000, key="sim_volume",
        bind="query-params", help="0 takes the log's own daily mean.",
    )  # fmt: skip
    growth = st.slider("Growth, %", -50, 200, 0, key="growth", bind="query-params")
    cache = st.slider("Cached input that survives a change of model, %", 0, 100, 90, key="cache", bind="query-params")
    floor = st.slider(
        "Quality floor, %",
        50,
        100,
        90,
        key="floor",
        bind="query-params",
        help="The probability of staying above it is shown below.",
    )
    model = st.selectbox("Change the price of", ["no model", *options["model"]], key="price_of", bind="query-params")
    prices: tuple[tuple[str, float, float], ...] = ()
    if model != "no model":
        inward = st.number_input(
            "USD per million input tokens", min_value=0.0, value=1.0, key="price_in", bind="query-params"
        )
        outward = st.number_input(
            "USD per million output tokens", min_value=0.0, value=5.0, key="price_out", bind="query-params"
        )
        prices = ((model, inward, outward),)
try:
    architecture = parse_architecture(text, "This architecture")
except RoutecastError as error:
    show_error(error)
    st.stop()
scenario = Scenario(float(volume) or None, growth / 100, prices, cache / 100, floor / 100)
simulation = cached.projections(*cached.key(view.store), (text,), scenario, view.scope)
projected = simulation.projections[1]
headline.markdown(f"#### {answer(simulation, projected)}")
show_architectures(simulation)
chart, words = st.columns([3, 2], gap="large")
chart.altair_chart(cost_quality_chart(simulation), width="stretch")
with words:
    st.subheader("In words")
    for sentence in describe(architecture):
        st.markdown(f"- {sentence}")
    st.subheader("Who answers")
    for name, part in projected.model_share.items():
        st.markdown(f"- {name}: {part:.1%}")
    if projected.escalation_rate is not None:
        st.markdown(f"- {projected.escalation_rate:.1%} of the cascade's requests go past the first model")
    if projected.quality_floor_probability is not None:
        st.markdown(f"- Quality stays above {floor}% with probability {projected.quality_floor_probability:.0%}")
if projected.settle:
    st.info(projected.settle)
with st.expander("The SQL this architecture compiles to"):
    st.code(route_sql(architecture), language="sql")
st.download_button("Download this architecture", text, file_name="architecture.toml", on_click="ignore")
st.caption(footnote(simulation))
