"""What have we kept?"""

import streamlit as st

from analytics.charts.markdown import literal
from analytics.reports.text import name_text
from analytics.saved import restore_item, versions_of
from pages.present.differences import show_differences
from pages.present.kept import add_form, item_actions, kept_rows, version_form
from pages.shared import cached
from pages.shared.links import link_to
from pages.shared.team import editors_only
from pages.shared.view import current_view

view = current_view()
store = view.store
st.title("What have we kept?")
found = cached.kept(*cached.key(store))
if found:
    items = "1 item is" if len(found) == 1 else f"{len(found)} items are"
    st.markdown(f"#### {items} kept here; the latest is {literal(name_text(found[0].name))}.")
else:
    st.markdown("#### Nothing is kept yet. Keep an architecture on Simulate, or a comparison on Report.")
    with st.container(horizontal=True):
        link_to("route/simulate.py", "Simulate")
        link_to("present/report.py", "Report")
if deleted := st.session_state.get("routecast_deleted"):
    words, undo = st.columns([5, 1], vertical_alignment="center")
    words.info(f"Deleted: {literal(name_text(deleted.name))}.")
    if undo.button("Undo", key="saved_undo", **editors_only()):
        restore_item(store, deleted.item)
        del st.session_state["routecast_deleted"]
        st.rerun()
if found:
    st.dataframe(kept_rows(found), hide_index=True, width="stretch")
    names = {one.item: f"{name_text(one.name)} ({one.kind}, {one.saved_at:%Y-%m-%d %H:%M})" for one in found}
    item = st.selectbox("Which one", list(names), format_func=names.__getitem__, key="saved_item")
    versions = versions_of(store, item)
    item_actions(store, versions[0])
    show_differences(view, versions, found)
    with st.expander("Its text, and a new version of it"):
        version_form(store, versions)
if view.scope.currency != "USD":
    st.caption("What is kept holds its amounts in USD, whatever they are shown in elsewhere.")
with st.expander("Keep an architecture file"):
    add_form(store)
