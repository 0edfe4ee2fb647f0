"""What have we kept?"""

import streamlit as st

from analytics.charts.markdown import plain
from analytics.reports.text import name_text
from analytics.saved import difference, restore_item, versions_of
from pages.present.kept import add_form, item_actions, kept_rows, version_form
from pages.shared import cached
from pages.shared.team import editors_only
from pages.shared.view import current_view

view = current_view()
store = view.store
st.title("What have we kept?")
found = cached.kept(*cached.key(store))
latest = (
    f" The latest is {plain(name_text(found[0].name))}."
    if found
    else " Keep a comparison on the Report page, or an architecture here."
)
st.markdown(f"#### {len(found) or 'Nothing'} kept in this database.{latest}")
if deleted := st.session_state.get("routecast_deleted"):
    words, undo = st.columns([5, 1], vertical_alignment="center")
    words.info(f"Deleted: {plain(name_text(deleted.name))}.")
    if undo.button("Undo", key="saved_undo", **editors_only()):
        restore_item(store, deleted.item)
        del st.session_state["routecast_deleted"]
        st.rerun()
if found:
    st.dataframe(kept_rows(found), hide_index=True, width="stretch")
    names = {one.item: f"{name_text(one.name)} ({one.kind}, {one.saved_at:%Y-%m-%d %H:%M})" for one in found}
    item = st.selectbox("Kept", list(names), format_func=names.__getitem__, key="saved_item")
    versions = versions_of(store, item)
    item_actions(store, versions[0])
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("This one")
        version_form(store, versions)
    with right:
        st.subheader("What differs")
        others = {one.reference: one for every in found for one in versions_of(store, every.item)}
        labels = {key: f"{name_text(one.name)}, version {one.version}" for key, one in others.items()}
        default = next(
            one.reference for one in (*versions[1:2], *found, versions[0]) if one != versions[0] or len(others) == 1
        )
        against = st.selectbox(
            "Compared with", list(labels), index=list(labels).index(default), format_func=labels.__getitem__
        )
        lines = difference(others[against], versions[0])
        if lines:
            st.code(lines, language="diff")
        else:
            st.caption("Nothing: both say the same.")
if view.scope.currency != "USD":
    st.caption("What is kept holds its amounts in USD, whatever they are shown in elsewhere.")
with st.expander("Keep an architecture file", expanded=not found):
    add_form(store)
