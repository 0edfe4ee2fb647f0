"""What is the best we can do for our money?"""

from functools import partial

import streamlit as st

from analytics.charts.format import money
from analytics.charts.frontier import frontier_chart
from analytics.charts.frontier_words import (
    frontier_answer,
    frontier_measures,
    frontier_note,
    near_miss,
    offered_floor,
    points_table,
)
from analytics.charts.markdown import escaped, plain
from analytics.charts.present import rate_note
from analytics.errors import SimulationError
from analytics.policies import architecture_toml, describe
from analytics.policies.link import pack
from analytics.simulation import Scenario
from analytics.simulation.grade_words import EVIDENCE
from analytics.simulation.search import Limits
from pages.route.export import show_export
from pages.shared import cached
from pages.shared.compared import volume_input
from pages.shared.downloads import show_chart, show_table
from pages.shared.links import link_to, links_to
from pages.shared.saving import save_popover, show_kept
from pages.shared.tables import evidence_column
from pages.shared.view import current_view

QUALITY, BUDGET = "Good enough", "Within a budget"
HOW = """
- **Search.** Every use case may go to one model, to a cascade whose judge is measured, or be divided by complexity. The best
  combination for each price of quality is found by Lagrange multipliers, then improved by swaps and simplified; a rule must earn
  its line. [Everett 1963](https://doi.org/10.1287/opre.11.3.399)
- **Halves.** What is chosen because its scores were high will look better than it is, so the scores that chose it never judge it.
  This is the winner's curse, and sample splitting is its cure. [Andrews, Kitagawa & McCloskey 2024](https://doi.org/10.1093/qje/qjad043)
- **AIQ** is the mean height of the curve over its range of costs, after mixing points at random (the upper convex hull).
  [RouterBench, section 4.2](https://arxiv.org/abs/2403.12031)
- **APGR** is the share of the gap between the cheapest and the best single model that is recovered on average over all budgets;
  **CPT 50** and **CPT 80** are the shares of the added money that recover 50% and 80% of it. Choosing at random has 50%, 50% and 80%.
  [RouteLLM, section 3.3](https://arxiv.org/abs/2406.18665), with money in place of calls
"""

view = current_view()
key = cached.key(view.store)
st.title("What is the best we can do for our money?")
headline = st.container()
goal_place, limit_place, latency_place, volume_place = st.columns([2.2, 1.4, 1.4, 1.2])
goal = goal_place.segmented_control(
    "Find the best that is", [QUALITY, BUDGET], default=QUALITY, required=True, key="goal", bind="query-params"
)
if goal == QUALITY:
    today = cached.projections(*key, (), Scenario(), view.scope).projections[0]
    floor = limit_place.slider(
        "Quality of at least, %", 50.0, 100.0, offered_floor(today), 0.5, format="%.1f", key="at_least", bind="query-params",
        help="Offered: 2 points below today's.",
    )  # fmt: skip
    budget = 0
else:
    budget = limit_place.number_input(
        "USD a month, at most", 1, value=6200, step=100, key="budget", bind="query-params"
    )
    floor = 0.0
slowest = latency_place.number_input(
    "Average latency at most, s", 0.0, value=None, step=0.1, key="slowest", bind="query-params", placeholder="no limit"
)
volume = volume_input(view.store, volume_place, key="frontier_volume")
limits = Limits(float(budget) or None, floor / 100 or None, slowest or None)
try:
    found = cached.frontier(*key, limits, Scenario(requests_per_month=volume), view.scope)
except SimulationError as error:
    headline.markdown(f"#### {plain(str(error))}")
    links_to({"manage/sources.py": "Load outcomes", "route/side_by_side.py": "Compare models side by side"})
    st.stop()
text = architecture_toml(found.chosen.architecture) if found.chosen is not None else ""
missed = near_miss(found, view.currency)
with headline:
    st.markdown(f"#### {frontier_answer(found, view.currency)}")
    if missed:
        st.warning(missed)
    if found.chosen is not None:
        row = st.container(horizontal=True, vertical_alignment="center")
        save_popover(view.store, row, "architecture", found.chosen.architecture.name, text)
        if packed := pack(text):
            with row:
                link_to("route/simulate.py", "Change it on Simulate", {"arch": packed})
        show_kept(view.store, st.container(), text)
show_chart(frontier_chart(found, view.currency), "frontier", heading="Every budget has its best architecture")
st.caption(
    "Blue line: the best for each budget, with 95% intervals. Squares: one model for everything; dashed: two of them, each request "
    "sent to one at random. Hollow: today. Architectures are chosen on one half of the evidence and drawn as the other half judges "
    "them, so that luck in choosing flatters none." + rate_note(view.currency) + view.days_note
)
st.markdown(frontier_note(found, view.currency))
if found.chosen is not None:
    st.subheader("The best candidate, which misses the limit" if missed else "The best under these limits")
    for sentence in describe(found.chosen.architecture, partial(money, currency=view.currency)):
        st.markdown(f"- {escaped(sentence)}")
    with st.expander("As a file"):
        st.download_button("Download the file", text, file_name="best.toml", on_click="ignore")
        st.code(text, language="toml", wrap_lines=True)
    show_export(found.chosen.architecture, "best")
with st.expander("Every point of the chart"):
    show_table(points_table(found, view.currency), "frontier_points", {EVIDENCE: evidence_column()})
with st.expander("How this is found, and what the measures of the literature say"):
    st.markdown("\n".join([HOW, *(f"- {one}" for one in frontier_measures(found))]))
