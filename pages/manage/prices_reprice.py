"""Re-pricing, offered where it would change something and done only when asked."""

import streamlit as st

from analytics.charts.markdown import plain
from analytics.charts.prices import changes_table, repricing_text
from analytics.errors import RoutecastError
from analytics.logs.reprice import reprice
from analytics.prices.own import own_prices_file
from pages.shared import cached
from pages.shared.downloads import show_table
from pages.shared.states import show_error
from pages.shared.team import editors_only
from pages.shared.view import View


def offer_repricing(view: View) -> None:
    """What today's prices would change in the log, and the button that does it."""
    st.subheader("Re-price the log")
    store = view.store
    currency = cached.mean_rate(*cached.key(store), view.scope, view.rates)
    if "repriced" in st.session_state:
        st.success(plain(repricing_text(st.session_state.pop("repriced"), True, currency)))
    file = own_prices_file(store.path)
    try:
        found = cached.repricing(*cached.key(store), file.stat().st_mtime if file.exists() else 0.0)
    except RoutecastError as error:
        show_error(error)
        return
    if not found.changes:
        st.markdown("The log is priced at today's prices: nothing would change.")
        return
    st.markdown(plain(repricing_text(found, False, currency)))
    show_table(changes_table(found, currency), "repricing")
    st.markdown(
        "It changes reported history: totals of past months, and what was exported from them, will differ from before."
    )
    if st.button("Re-price the log", type="primary", **editors_only()):
        bar = st.progress(0.0, text="Starting")
        try:
            st.session_state["repriced"] = reprice(
                store.path,
                "demo" if store.kind == "demo" else "own",
                lambda fraction, what: bar.progress(min(fraction, 1.0), text=what.capitalize()),
            )
        except RoutecastError as error:
            show_error(error)
        else:
            st.rerun()
        finally:
            bar.empty()
