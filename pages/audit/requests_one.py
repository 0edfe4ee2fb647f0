"""One request explained in full: what was asked of which model, how long it took, and its bill line by line."""

import streamlit as st

from analytics.audit.explain import Attempt, explain_request, sources_of
from analytics.charts.markdown import plain
from analytics.charts.requests import attempt_facts, exact, line_text, price_text, request_answer
from pages.shared.view import View


def show_request(view: View) -> None:
    """Ask for a request id (a chosen row fills it in) and explain it; `?request=` reproduces it."""
    st.subheader("One request explained")
    request_id = st.text_input(
        "Request id", key="request", bind="query-params", placeholder="Choose a row above, or paste an id"
    ).strip()
    if not request_id:
        return
    sources = sources_of(view.store, request_id)
    source = st.selectbox("Source", sources, key="request_source", bind="query-params") if len(sources) > 1 else None
    found = explain_request(view.store, request_id, source, view.scope, view.rates)
    if found is None:
        st.info("The log has no request with this id.")
        return
    st.markdown(f"**{plain(request_answer(found))}**")
    for number, attempt in enumerate(found.attempts):
        if len(found.attempts) > 1:
            st.markdown(
                f"##### Attempt {number + 1} of {len(found.attempts)}{' (the one asked for)' if number == found.asked else ''}"
            )
        _attempt(attempt)


def _attempt(attempt: Attempt) -> None:
    facts, bill = st.columns([2, 3], gap="large")
    known = attempt_facts(attempt)
    facts.dataframe(
        {"Field": list(known), "What the log says": list(known.values())},
        hide_index=True,
        width="stretch",
        height="content",
    )
    with bill:
        row, currency = attempt.row, attempt.currency
        if attempt.price is None:
            st.warning(
                f"{plain(row['model'])} has no price: this call is counted but not costed. Add one under Prices."
            )
        else:
            total = f"list cost = {exact(attempt.total_usd, currency)}"
            lines = [line_text(line, currency) for line in attempt.lines]
            st.code("\n".join([*lines, "-" * len(total), total]), language=None, wrap_lines=True)
            st.caption(plain(price_text(attempt.price, currency)))
        stored = exact(row["list_cost_usd"], currency)
        if not attempt.agrees:
            st.warning(
                f"Its stored list cost, {plain(stored)}, rests on a price that no longer holds; the lines are today's. "
                "Re-price the log under Prices to bring both together."
            )
        billed = "not in the log" if row["cost_usd"] is None else exact(row["cost_usd"], currency)
        st.markdown(plain(f"Billed: {billed}; list cost as stored: {stored}."))
