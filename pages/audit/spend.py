"""Where does the money go, and where is it heading?"""

import streamlit as st

from analytics.charts import spend as charts
from analytics.charts import spend_words as words
from analytics.charts.format import count, money
from analytics.charts.present import escaped
from analytics.charts.words import literal
from pages.audit.columns import LINES, PAIRS, spend_columns
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.view import current_view

WORDS, NOTHING = words.DIMENSION_WORDS, "nothing else"

view = current_view()
key = cached.key(view.store)
st.title("Where does the money go, and where is it heading?")
headline = st.container()
# The month-end forecast goes here: month_end(st.container(), view)

left, middle, right = st.columns([2, 2, 2])
dimension = left.selectbox("By", list(WORDS), format_func=WORDS.__getitem__, key="by", bind="query-params")
other = middle.selectbox(
    "and by", [NOTHING, *(one for one in WORDS if one != dimension)], format_func=lambda one: WORDS.get(one, one),
    key="and_by", bind="query-params", help="Two dimensions make a heat map below.",
)  # fmt: skip
step = right.segmented_control(
    "Step", words.steps(dimension), default="day", required=True, key="step", bind="query-params"
)
totals = cached.totals(*key, view.scope)
spend = cached.spend_by(*key, view.scope, dimension)
if spend.table.is_empty():
    headline.info("Nothing in the log matches this scope: widen the days or the filters.")
    st.stop()
headline.markdown(f"#### {words.spend_answer(totals, spend, dimension)}")
numbers = st.container(horizontal=True, gap="large")
numbers.metric("List cost", money(totals.list_usd))
numbers.metric(
    "Billed", money(totals.billed_usd),
    help=f"As the log says, for {count(totals.billed_known)} of {count(totals.attempts)} attempts.",
)  # fmt: skip
numbers.metric("Requests", count(totals.requests))
numbers.metric(
    "Attempts", count(totals.attempts),
    help=f"{count(totals.failed_attempts)} attempts failed, {count(totals.failed_requests)} requests in the end.",
)  # fmt: skip
numbers.metric(
    "Per 1,000 requests", money(totals.usd_per_1k_requests),
    help=escaped(f"List cost, retries and overhead included; {money(totals.usd_per_1k_tokens)} per thousand tokens."),
)  # fmt: skip
if totals.unpriced:
    st.warning(
        f"{count(totals.unpriced)} attempts have no price; they are not in the list cost. See Sources for the models."
    )
if totals.zero_billed:
    st.warning(
        f"{count(totals.zero_billed)} attempts were logged at \\$0 although their model has a price: the billed amount is too low."
    )
names = charts.top_names(spend.table)
frame = cached.spend_over_time(*key, view.scope, step, dimension, names)
show_chart(
    charts.spend_over_time_chart(frame, names, dimension, step), "spend_over_time",
    f"**{words.trend_title(frame, step)}**",
)  # fmt: skip
left, right = st.columns(2, gap="large")
with left:
    show_chart(
        charts.spend_bars(spend.table, dimension), "spend_by", f"**Spend by {WORDS[dimension].lower()}, dearest first**"
    )
with right:
    if spend.movers.is_empty():
        st.info(words.movers_title(spend))
    else:
        show_chart(charts.movers_chart(spend.movers), "movers", words.movers_title(spend))
show_table(spend.table, f"spend_by_{dimension}", spend_columns(WORDS[dimension]))
if other != NOTHING:
    pairs = cached.spend_by_pair(*key, view.scope, dimension, other)
    top = pairs.row(0, named=True)
    st.subheader(f"{WORDS[dimension]} and {WORDS[other].lower()}")
    show_chart(
        charts.pair_chart(pairs, dimension, other), "spend_by_pair",
        f"**{literal(top['first'])} with {literal(top['second'])} costs most**",
    )  # fmt: skip
    show_table(pairs, f"spend_by_{dimension}_and_{other}", PAIRS | {"first": WORDS[dimension], "second": WORDS[other]})
st.subheader("What is in it")
show_table(words.line_rows(cached.cost_lines(*key, view.scope)), "spend_lines", LINES)
st.caption(words.spend_caption(view.scope.time_zone, *((dimension, other) if other != NOTHING else (dimension,))))
