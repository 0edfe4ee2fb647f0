"""Should we change our architecture?"""

import streamlit as st

from analytics.charts.markdown import listed, literal, plain
from analytics.charts.plane import cost_quality_chart
from analytics.charts.present import footnote
from analytics.charts.verdict import choose
from analytics.reports import shown_simulation
from analytics.simulation import Scenario
from pages.decide.strategies import show_strategies
from pages.shared import cached
from pages.shared.compared import compared_input, volume_input
from pages.shared.downloads import show_chart
from pages.shared.links import link_to
from pages.shared.tables import show_architectures
from pages.shared.verdicts import show_verdict, verdict_room
from pages.shared.view import current_view

view = current_view()
st.title("Should we change our architecture?")
room = verdict_room("overview")
offered = cached.offered_architectures(*cached.key(view.store))
left, right = st.columns([3, 1])
chosen = compared_input(view.store, left, list(offered), list(offered)[:3], key="compare")
scenario = Scenario(requests_per_month=volume_input(view.store, right, key="volume"))
simulation = shown_simulation(
    cached.projections(*cached.key(view.store), tuple(offered[name] for name in chosen), scenario, view.scope)
)
choice = choose(simulation, scenario, currency=view.currency)
show_verdict(room, choice)
volume = {"report_volume": f"{scenario.requests_per_month:.0f}"} if scenario.requests_per_month else {}
link_to("present/report.py", "Hand it over as a report", {"report_compare": chosen, **volume})
show_architectures(simulation, view.currency)
show_chart(
    cost_quality_chart(simulation, view.currency),
    "cost_and_quality",
    heading="What each architecture costs and how good it is",
)
if settle := [f"- **{literal(one.name)}**: {plain(one.settle)}" for one in simulation.projections if one.settle]:
    st.info("\n".join(settle))
for projection in simulation.projections:
    if projection.unpriced:
        st.warning(f"**{literal(projection.name)}** uses models without a price: {listed(list(projection.unpriced))}.")
st.caption(footnote(simulation, view.currency, choice.projection) + view.days_note)
show_strategies(view, scenario)
