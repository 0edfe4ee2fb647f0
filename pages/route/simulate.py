"""What if we routed like this?"""

from functools import partial

import streamlit as st

from analytics.charts.format import money, share
from analytics.charts.markdown import escaped, literal, plain
from analytics.charts.plane import cost_quality_chart
from analytics.charts.present import footnote
from analytics.charts.verdict import choose
from analytics.errors import RoutecastError
from analytics.policies import assumed_checker, describe, parse_architecture, route_sql
from pages.route.adopt import show_adopt
from pages.route.assumptions import scenario_form
from pages.route.consequences import show_moves, show_tornado
from pages.route.editor import edit_architecture
from pages.route.export import show_export
from pages.shared import cached
from pages.shared.downloads import show_chart
from pages.shared.saving import save_popover, show_kept
from pages.shared.states import show_error
from pages.shared.tables import show_architectures
from pages.shared.verdicts import show_verdict, verdict_room
from pages.shared.view import current_view

view = current_view()
key = cached.key(view.store)
st.title("What if we routed like this?")
room, headline = verdict_room("simulate"), st.container()
starts = cached.starting_points(*key)
routers = ["default@latest", *(found.reference for found in cached.router_findings(*key))]
left, right = st.columns([2, 1], gap="large")
with left:
    # On the demo the third shipped architecture tells most; on one's own log its own first rule comes first.
    first = min(2, len(starts) - 1) if view.store.kind == "demo" else 0
    text = edit_architecture(starts, first, cached.choices(*key), routers)
with right:
    st.subheader("Assumptions")
    scenario = scenario_form(view.store.kind == "demo", cached.scope_options(*key))
try:
    architecture = parse_architecture(text, "This architecture")
except RoutecastError as error:
    show_error(error)
    st.stop()
simulation = cached.projections(*key, (text,), scenario, view.scope)
projected = simulation.projections[1]
show_verdict(room, choose(simulation, scenario, 1, view.currency))
with headline:
    if assumed := assumed_checker(architecture):
        st.warning(assumed)
    if not cached.rules_met(*key, text):
        st.warning("No request of this log meets any of these rules: all of them go where all other requests go.")
    keep = st.container(horizontal=True)
    save_popover(view.store, keep, "architecture", architecture.name, text)
    keep.download_button("Download the file", text, file_name="architecture.toml", on_click="ignore")
    show_kept(view.store, st.container(), text)
    show_architectures(simulation, view.currency)
chart, words = st.columns([3, 2], gap="large")
with chart:
    show_chart(cost_quality_chart(simulation, view.currency), "cost_and_quality")
with words:
    st.subheader("In words")
    for sentence in describe(architecture, partial(money, currency=view.currency)):
        st.markdown(f"- {escaped(sentence)}")
    st.subheader("Who answers")
    for name, part in projected.model_share.items():
        st.markdown(f"- {literal(name)}: {share(part)}")
if projected.settle:
    st.info(plain(projected.settle))
show_moves(cached.moves(*key, text, scenario, view.scope), view.currency)
show_tornado(cached.tornado(*key, text, scenario, view.scope), view.currency)
show_adopt(view, architecture, text, scenario)
with st.expander("The SQL this architecture compiles to"):
    st.code(route_sql(architecture), language="sql", wrap_lines=True)
show_export(architecture, "simulate")
st.caption(footnote(simulation, view.currency) + view.days_note)
