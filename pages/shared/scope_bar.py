"""The scope bar: one selection for all pages, mirrored in the URL so that a link reproduces the view."""

from datetime import date

import streamlit as st

from analytics.currency import Rates, rates_of
from analytics.errors import RateError
from analytics.scope import Scope
from analytics.store import Store
from analytics.zones import canonical_zone, zone_names
from pages.shared import cached
from pages.shared.states import show_error
from pages.shared.view import View


def scope_bar(store: Store) -> View:
    """Draw the bar in the sidebar and return what pages start from."""
    with st.sidebar:
        st.markdown("**Scope**")
        days = st.container()
        filters = st.container()
        zone = _zone()
        rates = _rates(store)
        currency = _currency(store, rates)
        options = cached.scope_options(*cached.key(store), zone)
        with days:
            start, end = _days(options["first"], options["last"])
        with filters:
            chosen = {
                name: _choice(label, name, options[name])
                for name, label in (
                    ("use_case", "Use case"),
                    ("model", "Model"),
                    ("team", "Team"),
                    ("environment", "Environment"),
                )
            }
    scope = Scope(
        start=start,
        end=end,
        use_cases=chosen["use_case"],
        models=chosen["model"],
        teams=chosen["team"],
        environments=chosen["environment"],
        time_zone=zone,
        currency=currency,
    )
    return View(store, scope, rates)


def _zone() -> str:
    """The chosen time zone; on a first visit without one in the link, the browser's."""
    # No option is the default, so that whatever is chosen, UTC too, stands in the URL: a colleague on another
    # continent who opens the link sees the same days.
    if "zone" not in st.session_state and "zone" not in st.query_params:
        first = canonical_zone(st.context.timezone) or "UTC"
        st.session_state["zone"] = first
        st.query_params["zone"] = first  # Streamlit writes to the URL only what a person chooses
    chosen = st.selectbox(
        "Time zone",
        zone_names(),
        index=None,
        key="zone",
        bind="query-params",
        placeholder="UTC",
        help="Days begin at midnight in this zone. Type to search.",
    )
    return chosen or "UTC"


def _rates(store: Store) -> Rates:
    try:
        return rates_of(store.path)
    except RateError as error:
        show_error(error)
        return Rates()


def _currency(store: Store, rates: Rates) -> str:
    if len(rates.codes) == 1:
        return "USD"
    chosen = st.selectbox(
        "Currency",
        rates.codes,
        key="currency",
        bind="query-params",
        help=f"History at the rate of its day, projections at the latest, from {store.path.name}.rates.toml.",
    )
    return chosen if chosen in rates.codes else "USD"


def _days(first: date | None, last: date | None) -> tuple[date | None, date | None]:
    if first is None or last is None:
        return None, None
    everything = (first, last)
    # Whoever had all days selected means all of them still when a load or another time zone brings new ones.
    moved = st.session_state.get("days") == st.session_state.get("all_days", ()) != everything
    if moved:
        st.session_state["days"] = everything
    st.session_state["all_days"] = everything
    picked = st.date_input(
        "Days",
        # Streamlit warns of a default beside a value that was set; without one, what was set is the default, too.
        value="today" if moved else everything,
        min_value=first,
        max_value=last,
        key="days",
        bind="query-params",
        format="YYYY-MM-DD",
    )
    if not isinstance(picked, tuple) or len(picked) != 2 or picked == everything:
        return None, None
    return picked


def _choice(label: str, key: str, options: list[str]) -> tuple[str, ...]:
    if not options:
        return ()
    return tuple(st.multiselect(label, options, key=key, bind="query-params", placeholder="All"))
