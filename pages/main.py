"""The frame: navigation, which data is open, the scope bar, then the page."""

from pathlib import Path

import streamlit as st

from analytics import settings
from analytics.errors import StoreError
from analytics.store import ask_while_waiting
from pages.shared.database import open_chosen
from pages.shared.in_force import show_in_force
from pages.shared.links import drop_endless_numbers
from pages.shared.scope_bar import scope_bar
from pages.shared.states import calm, no_log_yet
from pages.shared.team import account, require_login
from pages.shared.view import set_view

ASSETS = Path(__file__).parent / "assets"

st.set_page_config(page_title="Routecast", page_icon=ASSETS / "icon.svg", layout="wide")
st.logo(ASSETS / "logo.svg", icon_image=ASSETS / "icon.svg", size="large")
require_login()
drop_endless_numbers()
page = st.navigation(
    {
        "Decide": [
            st.Page("decide/overview.py", title="Overview", url_path="decide", default=True),
            # The default page lives at "/"; whoever types its name must find it too.
            st.Page("decide/overview.py", title="Overview", url_path="overview", visibility="hidden"),
        ],
        "Audit": [
            st.Page("audit/spend.py", title="Spend", url_path="spend"),
            st.Page("audit/speed.py", title="Speed", url_path="speed"),
            st.Page("audit/quality.py", title="Quality", url_path="quality"),
            st.Page("audit/budgets.py", title="Budgets", url_path="budgets"),
            st.Page("audit/requests.py", title="Requests", url_path="requests"),
            st.Page("audit/data_health.py", title="Data health", url_path="health"),
            st.Page("audit/reconciliation.py", title="Reconciliation", url_path="reconciliation"),
        ],
        "Categorize": [st.Page("categorize/workload.py", title="Workload", url_path="workload")],
        "Route": [
            st.Page("route/simulate.py", title="Simulate", url_path="simulate"),
            st.Page("route/frontier.py", title="Frontier", url_path="frontier"),
            st.Page("route/learned.py", title="Learned", url_path="learned"),
            st.Page("route/side_by_side.py", title="Side by side", url_path="side-by-side"),
            st.Page("route/evidence.py", title="Evidence", url_path="evidence"),
            st.Page("route/backtest.py", title="Backtest", url_path="backtest"),
        ],
        "Present": [
            st.Page("present/report.py", title="Report", url_path="report"),
            st.Page("present/tracking.py", title="Tracking", url_path="tracking"),
            st.Page("present/saved.py", title="Saved", url_path="saved"),
        ],
        "Manage": [
            st.Page("manage/sources.py", title="Sources", url_path="sources"),
            st.Page("manage/prices.py", title="Prices", url_path="prices"),
        ],
    },
    position="sidebar",
    expanded=True,
)
st.set_page_config(page_title=f"{page.title} · Routecast")
account()
# Reading the session's state stops this run when it was closed, or something else was clicked: then its query stops, too.
with calm(), ask_while_waiting(lambda: "anything" in st.session_state):
    try:
        with st.sidebar:
            store = open_chosen()
    except StoreError:
        if page.url_path == "sources":
            page.run()
        elif not settings.default_database().exists():
            no_log_yet()
        if settings.default_database().exists():
            raise
        st.stop()
    view = scope_bar(store)
    set_view(view)
    show_in_force(view, page.url_path)
    page.run()
