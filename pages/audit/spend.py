"""Where does the money go, and where is it heading?"""

from dataclasses import replace
from functools import partial

import streamlit as st

from analytics.charts import spend as charts
from analytics.charts import spend_words as words
from analytics.charts.format import count, money
from analytics.charts.loaded_words import in_words
from analytics.charts.markdown import escaped, literal
from pages.audit.columns import LINES, pair_columns, spend_columns
from pages.audit.month import show_month
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.view import current_view

WORDS, NOTHING = words.DIMENSION_WORDS, "nothing else"

view = current_view()
key, rates = cached.key(view.store), view.rates
currency = view.currency.unit  # the queries below convert each day at its rate
written = partial(money, currency=currency)
st.title("Where does the money go, and where is it heading?")
headline = st.container()
expected, change = st.container(), st.container()
controls = st.container(horizontal=True)
dimension = controls.selectbox(
    "By", list(WORDS), format_func=WORDS.__getitem__, key="by", bind="query-params", width=240
)
other = controls.selectbox(
    "and by", [NOTHING, *(one for one in WORDS if one != dimension)], format_func=lambda one: WORDS.get(one, one),
    key="and_by", bind="query-params", width=240, help="Two dimensions make a heat map below.",
)  # fmt: skip
step = controls.segmented_control(
    "Step", words.steps(dimension), default="day", required=True, key="step", bind="query-params"
)
totals = cached.totals(*key, view.scope, rates)
found = cached.spend_by(*key, view.scope, dimension, rates)
spend = replace(found, table=in_words(found.table, name=dimension), movers=in_words(found.movers, name=dimension))
if spend.table.is_empty():
    headline.info("Nothing in the log matches this scope: widen the days or the filters.")
    st.stop()
headline.markdown(f"#### {words.spend_answer(totals, spend, dimension, currency)}")
if changed := words.change_sentence(spend, currency):
    change.markdown(changed)
numbers = st.container(horizontal=True, gap="medium")
numbers.metric(
    "List cost", written(totals.list_cost),
    help="Tokens times the public price of their day. What providers bill may differ: see Reconciliation.",
)  # fmt: skip
numbers.metric(
    "Billed", written(totals.billed_cost),
    help=f"As the log says, for {count(totals.billed_known)} of {count(totals.attempts)} attempts.",
)  # fmt: skip
numbers.metric("Requests", count(totals.requests))
numbers.metric(
    "Attempts", count(totals.attempts),
    help="Calls to a model: a request that is tried again has several. "
    f"{count(totals.failed_attempts)} attempts failed, {count(totals.failed_requests)} requests in the end.",
)  # fmt: skip
numbers.metric(
    "Per 1,000 requests", written(totals.cost_per_1k_requests),
    help=escaped(f"List cost, retries and overhead included; {written(totals.cost_per_1k_tokens)} per thousand tokens."),
)  # fmt: skip
if totals.unpriced:
    st.warning(
        f"{count(totals.unpriced)} attempts have no price; they are not in the list cost. Give their models one under Prices."
    )
if totals.zero_billed:
    st.warning(
        f"{count(totals.zero_billed)} attempts were logged at {escaped(written(0.0))} although their model has a price: the billed amount is too low."
    )
top = charts.top_names(found.table)
frame = in_words(cached.spend_over_time(*key, view.scope, step, dimension, top, rates), name=dimension)
trend, month = st.columns([3, 2], gap="large")
with trend:
    show_chart(
        charts.spend_over_time_chart(frame, charts.top_names(spend.table), dimension, step, currency), "spend_over_time",
        f"**{words.trend_title(frame, step, currency)}**",
    )  # fmt: skip
left, right = st.columns(2, gap="large")
with left:
    show_chart(
        charts.spend_bars(spend.table, dimension, currency),
        "spend_by",
        f"**Spend by {WORDS[dimension].lower()}, dearest first**",
    )
with right:
    if spend.movers.is_empty():
        st.info(words.movers_title(spend, currency))
    else:
        title = words.movers_title(spend, currency)
        pictured = f"{title} {words.movers_period(spend)}"
        show_chart(charts.movers_chart(spend.movers, currency), "movers", title, pictured)
show_table(
    spend.table, f"spend_by_{dimension}", spend_columns(WORDS[dimension], currency), currency=currency, only_known=True
)
if other != NOTHING:
    pairs = in_words(cached.spend_by_pair(*key, view.scope, dimension, other, rates), first=dimension, second=other)
    most = pairs.row(0, named=True)
    st.subheader(f"{WORDS[dimension]} and {WORDS[other].lower()}")
    show_chart(
        charts.pair_chart(pairs, dimension, other, currency), "spend_by_pair",
        f"**{literal(most['first'])} with {literal(most['second'])} costs most**",
    )  # fmt: skip
    columns = pair_columns(WORDS[dimension], WORDS[other], currency)
    show_table(pairs, f"spend_by_{dimension}_and_{other}", columns, currency=currency)
lines = words.line_rows(cached.cost_lines(*key, view.scope, rates), currency)
divided = len(lines) > words.PLAIN_LINES
if divided:
    st.subheader("What is in it")
    show_table(lines, "spend_lines", LINES, currency=currency)
dimensions = (dimension, other) if other != NOTHING else (dimension,)
caption = words.spend_caption(view.scope.time_zone, *dimensions, divided=divided)
st.caption(caption + show_month(view, expected, month) + view.rates_note())
