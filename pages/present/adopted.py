"""Choosing, reading and removing what was adopted; the demo's second month."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.charts.tracking_words import adoption_table
from analytics.currency import Currency
from analytics.errors import RoutecastError
from analytics.store import Store
from analytics.tracking import Adoption, add_second_month, remove_adoption
from pages.shared.downloads import show_table
from pages.shared.links import link_to
from pages.shared.states import show_error
from pages.shared.team import editors_only


def choose_adoption(known: Sequence[Adoption]) -> Adoption:
    """The adoption that the page is about: the latest unless another is chosen."""
    by_name = {one.name: one for one in known}
    if len(known) == 1:
        return known[0]
    return by_name[st.selectbox("Adopted", list(by_name), key="adoption", bind="query-params")]


def nothing_adopted(store: Store, headline: DeltaGenerator) -> None:
    """The way on while nothing is adopted."""
    headline.markdown("#### Nothing is adopted yet, so there is no projection to compare with.")
    st.markdown(
        "Adopt an architecture: its projection is kept, and the requests that come after are held against it week by week."
    )
    link_to("route/simulate.py", "Choose one on Simulate")
    offer_second_month(store)


def offer_second_month(store: Store) -> None:
    """In the demo, a button that brings the month after."""
    if store.kind != "demo":
        return
    st.markdown(
        "The demo has a second month: its traffic after Multi-model was adopted, with two things that went otherwise than projected."
    )
    if st.button("Load the demo's second month", type="primary", key="second_month", **editors_only()):
        bar = st.progress(0.0)
        try:
            add_second_month(store.path, progress=lambda fraction, what: bar.progress(min(fraction, 1.0), what))
        except RoutecastError as error:
            show_error(error)
        else:
            st.rerun()


def manage_adoptions(store: Store, known: Sequence[Adoption], chosen: Adoption, currency: Currency) -> None:
    """All adoptions, the chosen one's file, and its removal."""
    with st.expander("What was adopted"):
        show_table(adoption_table(known, currency), "adoptions")
        st.code(chosen.architecture_toml, language="toml", wrap_lines=True)
        if st.button("Remove this adoption", key="remove_adoption", **editors_only()):
            try:
                remove_adoption(store, chosen.name)
            except RoutecastError as error:
                show_error(error)
            else:
                st.rerun()
