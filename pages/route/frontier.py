"""What is the best we can do for our money?"""

from functools import partial

import streamlit as st

from analytics.charts.format import money
from analytics.charts.frontier import frontier_chart
from analytics.charts.frontier_words import frontier_answer, frontier_notes, points_table
from analytics.charts.markdown import escaped
from analytics.charts.present import rate_note
from analytics.errors import SimulationError
from analytics.policies import architecture_toml, describe
from analytics.policies.link import pack
from analytics.simulation import Scenario
from analytics.simulation.search import Limits
from pages.route.export import show_export
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.view import current_view
from pages.shared.volume import volume_input

QUALITY, BUDGET = "Good enough", "Within a budget"

view = current_view()
st.title("What is the best we can do for our money?")
headline = st.container()
goal_place, limit_place, latency_place, volume_place = st.columns([2.2, 1.4, 1.4, 1.2])
goal = goal_place.segmented_control(
    "Find the best that is", [QUALITY, BUDGET], default=QUALITY, required=True, key="goal", bind="query-params"
)
if goal == QUALITY:
    floor = limit_place.slider("Quality of at least, %", 50.0, 100.0, 92.0, 0.5, key="at_least", bind="query-params")
    budget = 0
else:
    budget = limit_place.number_input(
        "USD a month, at most", 1, value=6200, step=100, key="budget", bind="query-params"
    )
    floor = 0.0
slowest = latency_place.number_input(
    "Mean latency at most, s", 0.0, value=0.0, step=0.1, key="slowest", bind="query-params", help="0 sets no limit."
)
volume = volume_input(view.store, volume_place, key="frontier_volume")
limits = Limits(float(budget) or None, floor / 100 or None, slowest or None)
try:
    found = cached.frontier(*cached.key(view.store), limits, Scenario(requests_per_month=volume), view.scope)
except SimulationError as error:
    st.info(str(error))
    st.stop()
headline.markdown(f"#### {frontier_answer(found, view.currency)}")
st.subheader("Every budget has its best architecture")
show_chart(frontier_chart(found, view.currency), "frontier")
st.caption(
    "Line: the frontier with 95% intervals. Squares: single models; dashed: mixing them by a coin. Hollow: today. Architectures are "
    "chosen on one half of the evidence and drawn as the other half projects them, so luck in the choice does not show."
    + rate_note(view.currency)
    + view.days_note
)
for note in frontier_notes(found, view.currency):
    st.markdown(f"- {note}")
if found.chosen is not None:
    architecture = found.chosen.architecture
    text = architecture_toml(architecture)
    st.subheader("The best under these limits, as a file")
    words, file = st.columns(2, gap="large")
    with words:
        for sentence in describe(architecture, partial(money, currency=view.currency)):
            st.markdown(f"- {escaped(sentence)}")
        with st.container(horizontal=True):
            st.download_button("Download the file", text, file_name="best.toml", on_click="ignore")
            packed = pack(text)
            if packed:
                st.page_link("route/simulate.py", label="Change it on Simulate", query_params={"arch": packed})
    file.code(text, language="toml")
    show_export(architecture, "best")
with st.expander("All points"):
    show_table(points_table(found, view.currency), "frontier_points")
with st.expander("How this is found, and what the measures mean"):
    st.markdown(
        """
- **Search.** Every use case may go to one model, to a cascade whose judge is measured, or be divided by complexity. The best
  combination for each price of quality is found by Lagrange multipliers, then improved by swaps and simplified; a rule must earn
  its line. [Everett 1963](https://doi.org/10.1287/opre.11.3.399)
- **Halves.** What is chosen because its scores were high will look better than it is, so the scores that chose it never judge it.
  This is the winner's curse, and sample splitting is its cure. [Andrews, Kitagawa & McCloskey 2024](https://doi.org/10.1093/qje/qjad043)
- **AIQ** is the mean height of the curve over its range of costs, after mixing points by a coin (the upper convex hull).
  [RouterBench, section 4.2](https://arxiv.org/abs/2403.12031)
- **APGR** is the share of the gap between the cheapest and the best single model that is recovered on average over all budgets;
  **CPT 50** and **CPT 80** are the shares of the added money that recover 50% and 80% of it. A coin has 50%, 50% and 80%.
  [RouteLLM, section 3.3](https://arxiv.org/abs/2406.18665), with money in place of calls
"""
    )
