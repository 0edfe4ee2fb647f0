"""Rules, learned routing and cascades side by side, below the decision."""

import streamlit as st

from analytics.charts.frontier import strategies_chart
from analytics.charts.frontier_words import strategies_answer, strategies_footnote, strategies_table
from analytics.errors import SimulationError
from analytics.simulation import Scenario
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.view import View


def show_strategies(view: View, scenario: Scenario) -> None:
    """The three ways of routing at equal quality and at equal cost."""
    st.subheader("Rules, learned routing or a cascade?")
    try:
        found = cached.strategies(*cached.key(view.store), scenario, view.scope)
    except SimulationError as error:
        st.info(str(error))
        return
    st.markdown(strategies_answer(found, view.currency))
    with st.popover("What these are"):
        st.markdown(
            """
- **Rules** send a use case, or its simple part, to a fixed model. They add next to no time and a person can read them.
- **Learned** routing predicts each model's quality from what is known before the answer and takes the cheapest that loses little.
  It is always judged on prompts it has not seen. [RouteLLM](https://arxiv.org/abs/2406.18665)
- **Cascades** ask a cheap model first and a dearer one when a checker refuses the answer. The steps' times add up.
  [FrugalGPT](https://arxiv.org/abs/2305.05176)
"""
        )
    show_table(strategies_table(found, view.currency), "strategies_table")
    show_chart(strategies_chart(found, view.currency), "strategies", "**What each strategy reaches for its money**")
    st.caption(strategies_footnote(found))
