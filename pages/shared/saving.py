"""Keeping what is on the screen: a name, a note, an author, one button; then where it can be found and compared."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.charts.markdown import literal
from analytics.policies import architecture_toml, parse_architecture
from analytics.policies.drafts import renamed
from analytics.reports.text import name_text
from analytics.saved import Kind, Saved, save_item
from analytics.store import Store
from pages.shared import cached
from pages.shared.links import link_to
from pages.shared.team import author_input, editors_only

KEPT, CLOSE = "routecast_kept", "routecast_close"


def save_popover(store: Store, place: DeltaGenerator, kind: Kind, name: str, content: str) -> None:
    """Draw a button in `place` that keeps `content` under a name, and closes when it has."""
    box = f"keep_{kind}_open"
    if st.session_state.pop(CLOSE, False):
        st.session_state[box] = False
    with place.popover(f"Keep this {kind}", icon=":material/bookmark:", key=box, on_change="rerun", type="primary"):
        # What it is called elsewhere on the page is offered, until another name is typed. A field per name: one that was set
        # through its key stays empty in the browser when it first opens in a later run.
        named = st.text_input("Name", name[:200], max_chars=200, key=f"keep_{kind}_name_{name}").strip() or name
        note = st.text_area("Note", key=f"keep_{kind}_note", max_chars=4_000)
        author = author_input("Author", key=f"keep_{kind}_author")
        if st.button("Keep", key=f"keep_{kind}", type="primary", **editors_only()):
            text = renamed(content, named) if kind == "architecture" else content
            kept = save_item(store, kind, named, text, note, author)
            st.session_state[KEPT], st.session_state[CLOSE] = (content, kept), True
            st.rerun()


def show_kept(store: Store, place: DeltaGenerator, content: str) -> None:
    """While `content` is what was kept last: that it was, and where it can be compared, reported and found."""
    before, kept = st.session_state.get(KEPT, ("", None))
    if kept is None or before != content:
        return
    with place.container():
        st.success(f"Kept as {literal(name_text(kept.name))}. What next?", icon=":material/check:")
        with st.container(horizontal=True):
            if kept.kind == "architecture":
                compared = _compared(store, kept)
                link_to("decide/overview.py", "Compare it on Overview", {"compare": compared})
                link_to("present/report.py", "Report on it", {"report_compare": compared})
            link_to("present/saved.py", "See all that is kept")


def _compared(store: Store, kept: Saved) -> list[str]:
    """What is compared on Overview, else the first of what is offered, and what was kept."""
    offered = cached.offered_architectures(*cached.key(store))
    chosen = [name for name in st.session_state.get("compare", []) if name in offered] or list(offered)[:1]
    text = architecture_toml(parse_architecture(kept.content))
    return [*dict.fromkeys([*chosen, *[name for name, one in offered.items() if one == text][:1]])]
