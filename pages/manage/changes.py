"""The audit trail: who changed what, and when."""

import streamlit as st

from analytics.store import Store, list_changes
from pages.shared.downloads import show_table

COLUMNS = {
    "changed_at": st.column_config.DatetimeColumn("When, UTC", format="YYYY-MM-DD HH:mm:ss", timezone="UTC"),
    "who": "Who",
    "what": "Did",
    "detail": st.column_config.TextColumn("About", width="large"),
}


def who_changed_what(store: Store) -> None:
    """Every write to this database, the latest first."""
    st.subheader("Who changed what")
    containing = st.text_input("Find", key="changes_find", placeholder="a name, a file, a budget")
    found = list_changes(store, containing)
    if found.is_empty():
        st.caption("Nothing with this text." if containing.strip() else "Nothing yet: changes are noted from now on.")
    else:
        show_table(found, "changes", COLUMNS, placeholder="")
