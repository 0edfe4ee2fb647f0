"""Which ones exactly?"""

import streamlit as st

from analytics.audit.requests import MAX_EXPORT_ROWS, PAGE_ROWS, requests_to_export
from analytics.audit.requests_order import Cursor
from analytics.charts.format import count, money
from analytics.charts.loaded_words import named_sources
from analytics.charts.markdown import escaped
from pages.audit.columns import request_columns
from pages.audit.requests_filter import choose_order, choose_requests
from pages.audit.requests_one import show_request
from pages.shared import cached
from pages.shared.downloads import download_table, known_columns
from pages.shared.view import current_view


def go(cursor: Cursor | None) -> None:
    """Turn to another page; the link follows."""
    if cursor is None:
        st.query_params.pop("r_at", None)
    else:
        st.query_params["r_at"] = cursor.text()


view = current_view()
currency = view.currency.unit  # costs of past calls come at the rates of their days
st.title("Which ones exactly?")
headline = st.container()
controls = st.container(horizontal=True)
chosen = choose_requests(view, cached.shipped_architectures(), controls)
sort, descending = choose_order(controls)
asked = (chosen, sort, descending)
if st.session_state.setdefault("requests_asked", asked) != asked:
    st.session_state["requests_asked"] = asked
    go(None)
cursor = Cursor.of(st.query_params.get("r_at", ""))
page = cached.request_page(*cached.key(view.store), chosen, sort, descending, cursor)
shown = request_columns(currency)
rows = named_sources(page.rows.select(shown.keys()))
if rows.is_empty():
    headline.markdown("#### No request matches.")
    st.info("Widen the scope or the conditions above.")
else:
    event = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height=430,
        column_config=known_columns(rows, shown),
        placeholder="unknown",
        on_select="rerun",
        selection_mode="single-row",
        key=f"rows {hash((asked, cursor))}",
        alt="Requests that match, one per row; choose one to see it explained.",
    )
    turning = st.container(horizontal=True, vertical_alignment="center")
    turning.button("First", on_click=go, args=(None,), disabled=cursor is None)
    turning.button("Previous", on_click=go, args=(page.before,), disabled=page.before is None)
    turning.button("Next", on_click=go, args=(page.after,), disabled=page.after is None)
    with turning:
        download_table(
            lambda: requests_to_export(view.store, chosen, sort, descending),
            "requests",
            f"The first {MAX_EXPORT_ROWS:,} of the rows that match, in this order, all columns but prompts.",
        )
    picked = event.selection.rows
    if picked and st.session_state.get("requests_picked") != (asked, cursor, picked[0]):
        st.session_state["requests_picked"] = (asked, cursor, picked[0])
        st.session_state["request"] = rows["request_id"][picked[0]]
    matching, cost = cached.request_count(*cached.key(view.store), chosen)
    costs = escaped(money(cost, "unpriced", currency))
    headline.markdown(
        f"#### {count(matching)} {'call matches' if matching == 1 else 'calls match'}: {costs} at list price."
    )
    if matching > MAX_EXPORT_ROWS:
        st.caption(
            f"Downloads hold the first {MAX_EXPORT_ROWS:,} of {matching:,} rows: narrow the conditions for the rest."
        )
show_request(view)
st.caption(
    f"Each row is one call; retries of a request are rows of their own. {PAGE_ROWS} rows a page, times in {view.scope.time_zone}. "
    f"Unpriced and untimed calls come last when sorted by cost or latency.{view.rates_note()}"
)
