"""Where does the money go?"""

import streamlit as st

from analytics.charts.format import count, money, share
from analytics.charts.present import escaped
from analytics.charts.spend import spend_bars, spend_over_time_chart, top_names
from pages.shared import cached
from pages.shared.view import current_view

WORDS = {"model": "Model", "use_case": "Use case", "team": "Team", "environment": "Environment", "provider": "Provider"}

view = current_view()
st.title("Where does the money go?")
totals = cached.totals(*cached.key(view.store), view.scope)
headline = st.container()
left, right = st.columns([3, 1])
dimension = left.segmented_control(
    "By", list(WORDS), default="model", required=True, format_func=WORDS.__getitem__, key="by", bind="query-params"
)
step = right.segmented_control(
    "Step", ["hour", "day", "week"], default="day", required=True, key="step", bind="query-params"
)
table = cached.spend_by(*cached.key(view.store), view.scope, dimension)
if table.is_empty():
    headline.info("Nothing in the log matches this scope: widen the days or the filters.")
    st.stop()
first = table.row(0, named=True)
headline.markdown(
    f"#### {escaped(money(totals.list_usd))} at list price over {count(totals.requests)} requests; "
    f"{first['name']} took {share(first['share'])} of it."
)
one, two, three, four = st.columns(4)
one.metric("List cost", money(totals.list_usd))
two.metric(
    "Billed",
    money(totals.billed_usd),
    help=f"As the log says, for {count(totals.billed_known)} of {count(totals.attempts)} attempts.",
)
three.metric("Requests", count(totals.requests))
four.metric(
    "Attempts",
    count(totals.attempts),
    help=f"{count(totals.failed_attempts)} attempts failed, {count(totals.failed_requests)} requests in the end.",
)
if totals.unpriced:
    st.warning(
        f"{count(totals.unpriced)} attempts have no price; they are not in the list cost. See Sources for the models."
    )
if totals.zero_billed:
    st.warning(
        f"{count(totals.zero_billed)} attempts were logged at \\$0 although their model has a price: the billed amount is too low."
    )
frame = cached.spend_over_time(*cached.key(view.store), view.scope, step, dimension)
st.altair_chart(spend_over_time_chart(frame, top_names(table), dimension, step), width="stretch")
st.subheader(f"By {WORDS[dimension].lower()}")
st.altair_chart(spend_bars(table, dimension), width="stretch")
st.dataframe(
    table,
    hide_index=True,
    width="stretch",
    column_config={
        "name": WORDS[dimension],
        "requests": st.column_config.NumberColumn("Requests", format="localized"),
        "attempts": st.column_config.NumberColumn("Attempts", format="localized"),
        "billed_usd": st.column_config.NumberColumn("Billed, USD", format="dollar"),
        "list_usd": st.column_config.NumberColumn("List cost, USD", format="dollar"),
        "unpriced": st.column_config.NumberColumn("Unpriced attempts", format="localized"),
        "usd_per_request": st.column_config.NumberColumn("USD per request", format="$%.5f"),
        "input_tokens": st.column_config.NumberColumn("Input tokens", format="compact"),
        "output_tokens": st.column_config.NumberColumn("Output tokens", format="compact"),
        "share": st.column_config.NumberColumn("Share", format="percent"),
    },
)
st.caption(
    "List cost is recomputed from tokens at dated catalogue prices; billed is what the log says. Retries are included."
)
