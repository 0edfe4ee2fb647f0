"""What every page starts from: the open store and the chosen scope, set by the frame."""

from dataclasses import dataclass

import streamlit as st

from analytics.currency import Currency, Rates
from analytics.scope import Scope
from analytics.store import Store

_KEY = "routecast_view"


@dataclass(frozen=True)
class View:
    """An open database, the part of it a page looks at, and what amounts are shown in."""

    store: Store
    scope: Scope
    rates: Rates

    @property
    def currency(self) -> Currency:
        """The scope's currency at its latest rate: for projections, and whatever has no date."""
        return self.rates.latest(self.scope.currency)

    def rates_note(self, whole_log: bool = False) -> str:
        """The end of a caption under past amounts: the rates of the scope's days, or of all; empty for USD."""
        days = (None, None) if whole_log else (self.scope.start, self.scope.end)
        noted = self.rates.note(self.scope.currency, *days)
        return f" {noted}." if noted else ""

    @property
    def days_note(self) -> str:
        """The end of a caption where classes of requests are counted: they are kept per UTC day."""
        chosen = self.scope.start is not None and self.scope.time_zone != "UTC"
        return " Days are UTC here, whatever the time zone." if chosen else ""


def set_view(view: View) -> None:
    """The frame keeps the view for the page it is about to run."""
    st.session_state[_KEY] = view


def current_view() -> View:
    """The view of this run."""
    view: View = st.session_state[_KEY]
    return view
