"""The frame: navigation, which data is open, the scope bar, then the page."""

import streamlit as st

from analytics.errors import StoreError
from pages.shared.database import badge, open_chosen
from pages.shared.scope_bar import scope_bar
from pages.shared.states import calm, no_log_yet
from pages.shared.view import View, set_view

st.set_page_config(page_title="Routecast", page_icon="📊", layout="wide")
page = st.navigation(
    {
        "Decide": [st.Page("decide/overview.py", title="Overview", url_path="overview", default=True)],
        "Audit": [st.Page("audit/spend.py", title="Spend", url_path="spend")],
        "Route": [
            st.Page("route/simulate.py", title="Simulate", url_path="simulate"),
            st.Page("route/frontier.py", title="Frontier", url_path="frontier"),
            st.Page("route/learned.py", title="Learned", url_path="learned"),
        ],
        "Present": [
            st.Page("present/report.py", title="Report", url_path="report"),
            st.Page("present/saved.py", title="Saved", url_path="saved"),
        ],
        "Manage": [st.Page("manage/sources.py", title="Sources", url_path="sources")],
    },
    position="sidebar",
    expanded=True,
)
with calm():
    try:
        with st.sidebar:
            store = open_chosen()
    except StoreError:
        if page.url_path == "sources":
            page.run()
        else:
            no_log_yet()
        raise
    badge(store)
    set_view(View(store, scope_bar(store)))
    page.run()
