"""What are we overpaying for?"""

import streamlit as st

from analytics.charts import workload as charts
from analytics.charts.format import money, share
from analytics.simulation.workload import TOLERANCE, workload
from pages.categorize.columns import workload_columns
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.states import nothing_yet
from pages.shared.view import current_view

view = current_view()
st.title("What are we overpaying for?")
headline = st.container()
study = cached.class_study(*cached.key(view.store), view.scope)
if study.metric is None:
    found = workload(study, TOLERANCE)
    headline.markdown(f"#### {charts.workload_answer(found, view.currency)}")
    nothing_yet(
        "What is overpaid shows once answers are scored: load a log with a `quality` between 0 (bad) and 1 (good), or let "
        "cheaper models answer some of the same prompts. Until then, what each kind of request costs:",
        {"manage/sources.py": "Load scores", "route/side_by_side.py": "Compare models side by side"},
    )
    table = charts.workload_table(found, view.currency)[charts.PAID]
    show_table(table, "workload", workload_columns(view.currency), currency=view.currency, only_known=True)
    st.stop()
tolerance = st.slider(
    "A cheaper model is good enough if at most this many points worse", 0.0, 10.0, 100 * TOLERANCE, 0.5, format="%.1f", key="tolerance", bind="query-params",
    width=560, help="Points of projected quality, for each kind of request (use case and complexity).",
)  # fmt: skip
found = workload(study, tolerance / 100)
headline.markdown(f"#### {charts.workload_answer(found, view.currency)}")
numbers = st.container(horizontal=True, gap="medium")
numbers.metric("Spend a month", money(found.usd, currency=view.currency))
numbers.metric(
    "Over-served", share(found.share_of("over-served")), help="Spend on requests that a cheaper model answers as well."
)
numbers.metric("Needed", share(found.share_of("needed")), help="Every cheaper model falls short, or there is none.")
numbers.metric(
    "Unknown", share(found.share_of("unknown")),
    help="A cheaper model might do, but was never measured there: evidence C, no saving is counted.",
)  # fmt: skip
if found.unpriced:
    st.warning(charts.unpriced_sentence(found))
if moved := charts.quality_sentence(found):
    st.markdown(moved)
show_chart(
    charts.need_chart(found, view.currency), "needs", f"**{charts.need_title(found, view.currency)}** (area is spend)"
)
show_table(
    charts.workload_table(found, view.currency),
    "workload",
    workload_columns(view.currency),
    "",
    view.currency,
    only_known=True,
)
st.caption(charts.workload_caption(found, view.currency))
