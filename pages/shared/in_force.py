"""The line above every page: whose data this is, and which part of it is looked at, also where the sidebar is folded."""

from datetime import date

import streamlit as st

from analytics.charts.markdown import listed
from pages.shared import cached
from pages.shared.view import View

# The page that loads: on it, a link to it would lead nowhere.
LOADING = "sources"


def show_in_force(view: View, page: str) -> None:
    """Badges that wrap on a phone; on the demo, the way to a log of one's own. `page`: the address of the page below."""
    demo = view.store.kind == "demo"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(" ".join([_badge("orange", "Demo data") if demo else _badge("blue", "My log"), *_parts(view)]))
        if demo and page != LOADING:
            st.page_link(
                "manage/sources.py",
                label="These requests are generated: **load your own log**",
                icon=":material/upload:",
            )


def _parts(view: View) -> list[str]:
    """The days, the currency, then every filter; what leaves something out is in colour."""
    scope = view.scope
    options = cached.scope_options(*cached.key(view.store), scope.time_zone)
    chosen = scope.start is not None
    days = _badge("blue" if chosen else "gray", _days(scope.start or options["first"], scope.end or options["last"]))
    filters = (
        ("use case", scope.use_cases),
        ("model", scope.models),
        ("team", scope.teams),
        ("environment", scope.environments),
    )
    return [
        days,
        _badge("gray", scope.currency),
        *(_badge("blue", f"{name}: {listed(list(values), 2)}") for name, values in filters if values),
    ]


def _days(first: date | None, last: date | None) -> str:
    if first is None or last is None:
        return "no days"
    return f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def _badge(colour: str, markdown: str) -> str:
    return f":{colour}-badge[{markdown}]"
