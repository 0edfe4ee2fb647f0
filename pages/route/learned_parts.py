"""What the page of learned routing shows of one trained router."""

import streamlit as st

from analytics.charts.learned import (
    best_least,
    calibration_chart,
    calibration_sentence,
    curve_chart,
    curve_heading,
    sweep_chart,
    sweep_table,
    ways_table,
)
from analytics.charts.present import rate_note
from analytics.currency import Currency
from analytics.learning import Findings
from analytics.policies import architecture_toml
from analytics.simulation.grade_words import EVIDENCE
from analytics.simulation.sweep import Sweep, learned_architecture
from pages.shared.downloads import show_chart, show_table
from pages.shared.tables import evidence_column

CURVE_HELP = (
    "Every request goes to the weak or the strong model; the curve shows the quality reached by the share sent to the strong one. APGR is "
    "the mean share of the quality gap recovered, CPT 50% and 80% the least share that recovers so much of it. Source: "
    "[RouteLLM](https://arxiv.org/abs/2406.18665); AIQ, the mean quality over all shares: [RouterBench](https://arxiv.org/abs/2403.12031)."
)
CALIBRATION_HELP = (
    "Prompts are grouped by what was predicted for them, by a router and a calibration that had not seen them. On the dashed line the "
    "predictions are right on average. Source: [Platt 1999](https://scikit-learn.org/stable/modules/calibration.html)."
)
SWEEP_HELP = (
    "min_quality is the quality that an answer must be predicted to reach; the cheapest model that reaches it answers. Choices are made by "
    "cross-fitted predictions and valued on the real answers. Source: [RouteLLM](https://arxiv.org/abs/2406.18665)."
)


def show_quality_of(found: Findings) -> None:
    """The curve against simpler ways, and the calibration."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(curve_heading(found), help=CURVE_HELP)
        if found.ways:
            show_chart(curve_chart(found), "curve")
            show_table(ways_table(found), "ways")
        else:
            st.info("Too few prompts were answered by both the weakest and the strongest model to draw a curve.")
    with right:
        st.subheader("Predicted and observed", help=CALIBRATION_HELP)
        st.markdown(calibration_sentence(found))
        if found.bins:
            show_chart(calibration_chart(found), "calibration")


def show_sweep(found: Findings, sweep: Sweep, currency: Currency) -> None:
    """Cost and quality by the quality demanded, and how to use it."""
    st.subheader("What demanding more quality costs", help=SWEEP_HELP)
    chart = sweep_chart(sweep, currency)
    if chart is not None:
        show_chart(chart, "sweep")
    show_table(sweep_table(sweep, currency), "sweep_table", {EVIDENCE: evidence_column()})
    st.subheader("Use it")
    best = best_least(sweep)
    least = st.select_slider(
        "Least predicted quality", [pair[0] for pair in sweep.learned], value=best[0] if best else 0.9, key="least"
    )
    text = architecture_toml(learned_architecture(found.models, least, found.reference))
    st.code(text, language="toml", wrap_lines=True)
    st.download_button("Download this architecture", text, file_name="learned.toml", on_click="ignore")
    st.caption("Simulate it on the page Simulate, or with routecast simulate learned.toml." + rate_note(currency))
