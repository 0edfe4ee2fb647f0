"""How good are the answers, and where do we not know?"""

import streamlit as st

from analytics import audit
from analytics.charts import quality as charts
from analytics.charts.markdown import literal
from pages.audit.columns import QUALITY
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.states import nothing_yet
from pages.shared.view import current_view

WORDS = {"use_case": "Use case", "model": "Model", "team": "Team", "environment": "Environment"}
BOTH = "use case and model"

view = current_view()
key = cached.key(view.store)
st.title("How good are the answers, and where do we not know?")
headline = st.container()
metrics = cached.metrics(*key, view.scope)
if not metrics:
    headline.markdown("#### How good the answers are is unknown: none in this scope is scored.")
    nothing_yet(
        "Widen the scope; or load a log with a `quality` between 0 (bad) and 1 (good) for some of its requests; or let several "
        "models answer the same prompts and score what they say.",
        {"manage/sources.py": "Load scores", "route/side_by_side.py": "Compare models side by side"},
    )
    st.stop()
metric = metrics[0]
if len(metrics) > 1:
    metric = st.selectbox(
        "Metric", metrics, key="quality_metric", bind="query-params", width=280, help="Metrics are never mixed."
    )
options = cached.scope_options(*key)
shown = st.segmented_control(
    "By", [BOTH, *(name for name in WORDS if options[name])], default=BOTH, required=True, format_func=lambda one: WORDS.get(one, "Use case and model"),
    key="quality_by", bind="query-params",
)  # fmt: skip
use_cases = cached.quality_by(*key, view.scope, metric, "use_case")
headline.markdown(f"#### {charts.quality_answer(cached.score(*key, view.scope, metric), use_cases)}")
weeks = cached.quality_over_time(*key, view.scope, metric)
dimensions: tuple[audit.QualityDimension, ...] = ("use_case", "model") if shown == BOTH else (shown,)
cells = cached.quality_by(*key, view.scope, metric, *dimensions)
show_chart(charts.quality_chart(cells, *dimensions), "quality", f"**{charts.quality_title(cells, *dimensions)}**")
st.markdown(charts.drift_sentence(audit.drift(weeks)))
show_chart(
    charts.weekly_chart(audit.weekly(weeks)), "quality_over_time", "**Quality week by week, with 95% intervals**"
)
show_table(cells, f"quality_by_{'_and_'.join(dimensions)}", QUALITY)
st.subheader("Where we do not know")
for sentence in charts.unknown_sentences(use_cases, cached.quality_by(*key, view.scope, metric, "use_case", "model")):
    st.markdown(f"- {sentence}")
st.caption(
    f"Quality is '{literal(metric)}'. Means of what was scored, with 95% intervals. Models answered different requests: their means "
    "here do not say which is better on the same ones; Overview and Simulate do. Days and weeks are UTC."
)
