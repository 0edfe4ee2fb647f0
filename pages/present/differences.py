"""What differs between a kept item and today's traffic, or another that is kept."""

import streamlit as st

from analytics.charts.markdown import plain
from analytics.charts.verdict import choose, consequence, statement
from analytics.errors import RoutecastError
from analytics.reports.text import name_text
from analytics.saved import Saved, comparison_of, difference, versions_of
from analytics.simulation import Scenario
from pages.shared import cached
from pages.shared.compared import usual_volume
from pages.shared.states import show_error
from pages.shared.tables import show_architectures
from pages.shared.view import View

TODAY = ""


def show_differences(view: View, versions: tuple[Saved, ...], found: tuple[Saved, ...]) -> None:
    """The latest of `versions` against today's traffic unless another of `found` is chosen; never against itself."""
    one = versions[0]
    others = {each.reference: each for every in found for each in versions_of(view.store, every.item) if each != one}
    labels = {key: f"{name_text(each.name)}, version {each.version}" for key, each in others.items()}
    if one.kind != "scenario":
        labels = {TODAY: "today's traffic"} | labels
    if not labels:
        return
    st.subheader("What differs")
    against = st.selectbox(
        "Compared with", list(labels), format_func=labels.__getitem__, key=f"saved_against_{one.item}"
    )
    if against == TODAY:
        _against_today(view, one)
    elif lines := difference(others[against], one):
        st.code(lines, language="diff", wrap_lines=True)
        st.caption("Lines with - are only in the other one, lines with + only in this one.")
    else:
        st.caption("Nothing: both say the same.")


def _against_today(view: View, one: Saved) -> None:
    try:
        if one.kind == "comparison":
            kept = comparison_of(one.content)
            texts, scenario = kept.texts, kept.scenario
        else:
            texts, scenario = (one.content,), Scenario(requests_per_month=usual_volume(view.store))
        simulation = cached.projections(*cached.key(view.store), texts, scenario, view.scope)
    except RoutecastError as error:
        show_error(error)
        return
    choice = choose(simulation, scenario, currency=view.currency)
    st.markdown(f"**{plain(statement(choice))}** {plain(consequence(choice))}")
    show_architectures(simulation, view.currency)
