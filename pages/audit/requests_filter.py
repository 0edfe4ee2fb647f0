"""The conditions of the Requests page, all of them in the link."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.audit.requests import RequestFilter
from analytics.audit.requests_order import Sort
from analytics.charts.markdown import plain
from analytics.policies import architecture_toml, parse_architecture
from analytics.policies.link import unpack
from pages.shared.view import View

ANY = "any"
MADE_FOR = {"all": "all calls", "user": "users", "overhead": "router, judge, shadow"}
SORTS: dict[Sort, str] = {"time": "Time", "cost": "List cost", "latency": "Latency"}
FOLDED = (
    "r_origin",
    "r_moves",
    "r_unpriced",
    *(f"r_{edge}_{name}" for name in ("cost", "ms", "tokens") for edge in ("least", "most")),
)


def choose_requests(view: View, architectures: dict[str, str], place: DeltaGenerator) -> RequestFilter:
    """Draw the conditions, the usual ones in `place`, and return them."""
    wanted = place.text_input("Request id contains", key="r_find", bind="query-params", placeholder="any", width=260)
    state = place.segmented_control(
        "Status", [ANY, "ok", "error"], default=ANY, required=True, key="r_status", bind="query-params"
    )
    # A condition that a link brings must be seen.
    with st.expander("More conditions", expanded=any(name in st.query_params for name in FOLDED)):
        origin, moves = st.columns(2)
        made_for = origin.selectbox(
            "Made for", list(MADE_FOR), format_func=MADE_FOR.__getitem__, key="r_origin", bind="query-params"
        )
        toml = moves.selectbox(
            "Would move under",
            [ANY, *architectures],
            key="r_moves",
            bind="query-params",
            help="Requests that this architecture would send to another model than the one that answered. Where it splits or learns, "
            "a request stays when its model is one of the choices.",
        )
        bounds = [
            _between(*names)
            for names in (
                (f"List cost, {view.scope.currency}", "cost"),
                ("Latency, ms", "ms"),
                ("Input and output tokens", "tokens"),
            )
        ]
        unpriced = st.checkbox("Only calls without a price", key="r_unpriced", bind="query-params")
    linked = _linked_architecture()
    (least_cost, most_cost), (least_ms, most_ms), (least_tokens, most_tokens) = bounds
    return RequestFilter(
        scope=view.scope,
        rates=view.rates,
        status="" if state == ANY else state,
        origin=made_for,
        unpriced=unpriced,
        text=wanted,
        least_cost=least_cost,
        most_cost=most_cost,
        least_ms=least_ms,
        most_ms=most_ms,
        least_tokens=least_tokens,
        most_tokens=most_tokens,
        moves=linked or ("" if toml == ANY else architectures[toml]),
    )


def choose_order(place: DeltaGenerator) -> tuple[Sort, bool]:
    """What the rows are sorted by, and whether the largest (newest) comes first; drawn in `place`."""
    sort = place.segmented_control(
        "Sort by",
        list(SORTS),
        default="time",
        required=True,
        format_func=SORTS.__getitem__,
        key="r_sort",
        bind="query-params",
    )
    ways = ["newest first", "oldest first"] if sort == "time" else ["highest first", "lowest first"]
    order = place.segmented_control("Order", ["down", "up"], default="down", required=True, format_func=dict(zip(("down", "up"), ways, strict=True)).__getitem__, key="r_order", bind="query-params")  # fmt: skip
    return sort, order == "down"


def _between(label: str, name: str) -> tuple[float | None, float | None]:
    low, high = st.columns(2)
    return tuple(  # type: ignore[return-value]
        place.number_input(
            f"{label}, {word}",
            min_value=0.0,
            value=None,
            key=f"r_{edge}_{name}",
            bind="query-params",
            placeholder="any",
        )
        for place, word, edge in ((low, "at least", "least"), (high, "at most", "most"))
    )


def _linked_architecture() -> str:
    """The architecture that a link from another page carries, as TOML; it stays until it is put away."""
    text = unpack(st.query_params.get("arch", ""))
    if not text:
        return ""
    architecture = parse_architecture(text, "The architecture in the link")
    shown, away = st.columns([6, 1], vertical_alignment="center")
    shown.info(f"Only requests that **{plain(architecture.name)}** would send to another model.")
    if away.button("Show all"):
        st.query_params.pop("arch", None)
        st.rerun()
    return architecture_toml(architecture)
