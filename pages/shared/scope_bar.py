"""The scope bar: one selection for all pages, mirrored in the URL so that a link reproduces the view."""

from datetime import date

import streamlit as st

from analytics.scope import Scope
from analytics.store import Store
from pages.shared import cached

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
)


def scope_bar(store: Store) -> Scope:
    """Draw the bar in the sidebar and return the selection."""
    options = cached.scope_options(*cached.key(store))
    with st.sidebar:
        st.markdown("**Scope**")
        start, end = _days(options["first"], options["last"])
        chosen = {
            name: _choice(label, name, options[name])
            for name, label in (
                ("use_case", "Use case"),
                ("model", "Model"),
                ("team", "Team"),
                ("environment", "Environment"),
            )
        }
        zone = st.selectbox(
            "Time zone", ZONES, key="zone", bind="query-params", help="Days begin at midnight in this zone."
        )
    return Scope(
        start=start,
        end=end,
        use_cases=chosen["use_case"],
        models=chosen["model"],
        teams=chosen["team"],
        environments=chosen["environment"],
        time_zone=zone,
    )


def _days(first: date | None, last: date | None) -> tuple[date | None, date | None]:
    if first is None or last is None:
        return None, None
    # Whoever had all days selected means all of them still when a load brings new ones.
    if st.session_state.get("days") == st.session_state.get("all_days", ()) != (first, last):
        st.session_state["days"] = (first, last)
    st.session_state["all_days"] = (first, last)
    picked = st.date_input(
        "Days",
        value=(first, last),
        min_value=first,
        max_value=last,
        key="days",
        bind="query-params",
        format="YYYY-MM-DD",
    )
    if not isinstance(picked, tuple) or len(picked) != 2 or picked == (first, last):
        return None, None
    return picked


def _choice(label: str, key: str, options: list[str]) -> tuple[str, ...]:
    if not options:
        return ()
    return tuple(st.multiselect(label, options, key=key, bind="query-params", placeholder="All"))
