"""What is compared, and for how many requests a month: choices that belong to one database."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.store import Store


def usual_volume(store: Store) -> int | None:
    """What is projected when nobody said: a million on the demo, else None, which is the log's own daily mean."""
    return 1_000_000 if store.kind == "demo" else None


def volume_input(store: Store, place: DeltaGenerator, key: str) -> float | None:
    """Draw the field in `place`; None is the log's own daily mean."""
    usual = usual_volume(store)
    volume = place.number_input(
        "Requests a month", min_value=0, value=None if _begun_anew(store, key, usual) else usual, step=100_000, key=key,
        bind="query-params", placeholder="as in the log", help="Empty takes the log's own daily mean.",
    )  # fmt: skip
    return float(volume) if volume else None


def compared_input(
    store: Store, place: DeltaGenerator, offered: Sequence[str], default: Sequence[str], key: str
) -> list[str]:
    """Draw the field in `place`: the names chosen of those that are offered."""
    return place.multiselect(
        "Architectures", list(offered), default=None if _begun_anew(store, key, list(default)) else list(default), key=key,
        bind="query-params", placeholder="Choose what to compare",
    )  # fmt: skip


def _begun_anew(store: Store, key: str, value: object) -> bool:
    """Whether the field was filled in on another database: what is left of that says nothing here, and `value` takes its place.

    Streamlit warns of a default beside a value that was set, so the field is drawn without one then.
    """
    place = f"routecast_{key}_of"
    before, st.session_state[place] = st.session_state.get(place, store.kind), store.kind
    if before == store.kind or key not in st.session_state:
        return False
    st.session_state[key] = value
    return True
