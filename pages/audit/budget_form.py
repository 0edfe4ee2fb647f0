"""Adding, changing and removing budgets."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from analytics.charts.format import money
from analytics.charts.markdown import plain
from analytics.errors import RoutecastError
from analytics.forecast import KINDS, Budget, remove_budget, set_budget
from analytics.forecast.budgets import title
from analytics.store import Store
from pages.shared.states import show_error
from pages.shared.team import editors_only

WORDS = {"total": "All traffic", "team": "Team", "use_case": "Use case", "model": "Model"}


def edit_budgets(store: Store, known: Sequence[Budget], options: dict[str, Any]) -> None:
    """What a budget is for, its amount, and the two things to do with it."""
    with st.expander("Set or remove a budget", expanded=not known):
        kind = st.segmented_control(
            "For", KINDS, default="total", required=True, format_func=WORDS.__getitem__, key="budget_kind"
        )
        name = ""
        if kind != "total":
            # A name that the log does not have yet may be typed: budgets come before the spend.
            name = st.selectbox(WORDS[kind], options[kind], accept_new_options=True, key=f"budget_{kind}") or ""
        current = next((one for one in known if (one.kind, one.name) == (kind, name)), None)
        amount = st.number_input(
            "At most this much a month, USD", min_value=0.0, value=current.monthly_usd if current else None, step=100.0,
            placeholder="Amount", key=f"budget_amount_{kind}_{name}",
        )  # fmt: skip
        row = st.container(horizontal=True)
        if row.button("Save", type="primary", **editors_only(disabled=not amount)) and amount:
            _apply(lambda: set_budget(store, kind, name, amount), f"{title(kind, name)}: {money(amount)} a month")
        if current and row.button("Remove this budget", **editors_only()):
            _apply(lambda: remove_budget(store, kind, name), f"{title(kind, name)}: no budget any more")


def _apply(change: Callable[[], object], done: str) -> None:
    try:
        change()
    except RoutecastError as error:
        show_error(error)
    else:
        st.toast(plain(done))
        st.rerun()
