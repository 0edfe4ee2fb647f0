"""How many requests a month a projection is for."""

from streamlit.delta_generator import DeltaGenerator

from analytics.store import Store


def usual_volume(store: Store) -> float | None:
    """What is projected when nobody said: a million on the demo, else None, which is the log's own daily mean."""
    return 1_000_000.0 if store.kind == "demo" else None


def volume_input(store: Store, place: DeltaGenerator, key: str) -> float | None:
    """Draw the field in `place`; None is the log's own daily mean."""
    volume = place.number_input(
        "Requests a month", min_value=0, value=1_000_000 if store.kind == "demo" else None, step=100_000, key=key,
        bind="query-params", placeholder="as in the log", help="Empty takes the log's own daily mean.",
    )  # fmt: skip
    return float(volume) if volume else None
