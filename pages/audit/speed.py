"""How long do people wait?"""

import streamlit as st

from analytics import audit
from analytics.charts import speed as charts
from analytics.charts import speed_words as words
from pages.audit.columns import speed_columns
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.states import nothing_yet
from pages.shared.view import current_view

WORDS = {"model": "Model", "use_case": "Use case", "team": "Team", "environment": "Environment"}

view = current_view()
key = cached.key(view.store)
st.title("How long do people wait?")
percentiles, rates = cached.speed_by(*key, view.scope, None)
if rates.is_empty():
    st.info("Nothing in the log matches this scope: widen the days or the filters.")
    st.stop()
st.markdown(f"#### {words.speed_answer(percentiles, rates)}")
measured = [one for one in audit.MEASURES if one in percentiles["measure"].to_list()]
controls = st.container(horizontal=True)
measure = controls.segmented_control(
    "Measure", measured, default=measured[0], required=True, format_func=words.MEASURE_WORDS.__getitem__,
    key="measure", bind="query-params",
) if measured else None  # fmt: skip
options = cached.scope_options(*key)
dimension = controls.segmented_control(
    "By",
    [name for name in WORDS if options[name]],
    default="model",
    required=True,
    format_func=WORDS.__getitem__,
    key="speed_by",
    bind="query-params",
)
step = controls.segmented_control(
    "Step", ["day", "week"], default="day", required=True, key="speed_step", bind="query-params"
)
by, rates_by = cached.speed_by(*key, view.scope, dimension)
over_time, rates_over_time = cached.speed_over_time(*key, view.scope, step)
if measure is None:
    nothing_yet(
        "To see how long people wait, load a log that says so: in a CSV, `latency_ms` is the time to the whole answer and "
        "`ttft_ms` the time to its first token.",
        {"manage/sources.py": "Load a log"},
    )
else:
    show_chart(
        charts.distribution_chart(cached.distribution(*key, view.scope, measure), percentiles, measure), "distribution",
        f"**{words.distribution_title(percentiles, measure)}**",
    )  # fmt: skip
    left, right = st.columns(2, gap="large")
    with left:
        show_chart(
            charts.percentiles_by_chart(by, measure),
            f"speed_by_{dimension}",
            f"**{words.slowest_title(by, measure)}**",
        )
    with right:
        show_chart(
            charts.percentiles_over_time_chart(over_time, measure, step), "speed_over_time",
            f"**{words.over_time_title(over_time, measure, step)}**",
        )  # fmt: skip
if words.went_wrong(rates):
    title = f"**{words.rates_title(rates)}**"
    show_chart(charts.rates_over_time_chart(rates_over_time, step), "rates_over_time", title)
table = words.speed_table(by, rates_by)
show_table(table, f"speed_table_by_{dimension}", speed_columns(WORDS[dimension]), only_known=True)
st.caption(
    "Whole answer: of answered requests, retries included. First token and tokens per second: of single answered "
    "attempts, those of routers and judges too. Times are exact to 1%, in UTC days whatever "
    f"the time zone; failures and retries are counted in days of {view.scope.time_zone}."
)
