"""The verdict on an architecture, in the same words and at the same place on every page that gives one."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.charts.markdown import plain
from analytics.charts.verdict import Choice, consequence, statement

HEIGHT = 112


def verdict_room(page: str) -> DeltaGenerator:
    """Where `show_verdict` will write; when a page is first opened it keeps the place free, so that nothing jumps."""
    room = st.container()
    if not st.session_state.get(f"routecast_verdict_{page}"):
        st.session_state[f"routecast_verdict_{page}"] = True
        return room.skeleton(HEIGHT)
    return room


def show_verdict(room: DeltaGenerator, choice: Choice) -> None:
    """What to change, what it saves and how sure that is; below, the quality and the time that go with it."""
    room.markdown(f"#### {plain(statement(choice))}\n\n{plain(consequence(choice))}")
