"""Keeping what is on the screen: a name, a note, an author, one button."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.charts.markdown import literal
from analytics.saved import Kind, save_item
from analytics.store import Store
from pages.shared.team import author_input, editors_only


def save_popover(store: Store, place: DeltaGenerator, kind: Kind, name: str, content: str) -> None:
    """Draw a button in `place` that keeps `content` under a name; what it opens closes when that is done."""
    name_kept = st.session_state.pop("routecast_kept", None)
    if name_kept:
        st.session_state[f"keep_{kind}_open"] = False
        st.toast(f"Kept: {literal(name_kept)}. It is on the Saved page.")
    with place.popover(f"Keep this {kind}", icon=":material/bookmark:", key=f"keep_{kind}_open", on_change="rerun"):
        title = st.text_input("Name", value=name, key=f"keep_{kind}_name", max_chars=200)
        note = st.text_area("Note", key=f"keep_{kind}_note", max_chars=4_000)
        author = author_input("Author", key=f"keep_{kind}_author")
        if st.button("Keep", key=f"keep_{kind}", type="primary", **editors_only()):
            kept = save_item(store, kind, title, content, note, author)
            st.session_state["routecast_kept"] = kept.name
            st.rerun()
