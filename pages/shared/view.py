"""What every page starts from: the open store and the chosen scope, set by the frame."""

from dataclasses import dataclass

import streamlit as st

from analytics.scope import Scope
from analytics.store import Store

_KEY = "routecast_view"


@dataclass(frozen=True)
class View:
    """An open database and the part of it a page looks at."""

    store: Store
    scope: Scope


def set_view(view: View) -> None:
    """The frame keeps the view for the page it is about to run."""
    st.session_state[_KEY] = view


def current_view() -> View:
    """The view of this run."""
    view: View = st.session_state[_KEY]
    return view
