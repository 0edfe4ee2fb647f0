"""Which database is open: the user's own, or the demo; the two never mix."""

from pathlib import Path

import streamlit as st

from analytics import settings
from analytics.store import Store, open_store

NAMES = {"own": "My log", "demo": "Demo"}


def choose_database() -> Path:
    """The path of the open database; offers a choice when there are both."""
    own, demo = settings.own_database(), settings.demo_database()
    if not (own.exists() and demo.exists()) or own == demo:
        return settings.default_database()
    chosen = st.segmented_control(
        "Data",
        list(NAMES),
        default="own",
        required=True,
        format_func=NAMES.__getitem__,
        key="data",
        bind="query-params",
    )
    return demo if chosen == "demo" else own


def open_chosen() -> Store:
    """Open the chosen database; raises StoreError when there is none."""
    return open_store(choose_database())
