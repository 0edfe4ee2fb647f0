"""What the page of learned routing shows of one trained router."""

import streamlit as st

from analytics.charts.format import share
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
from analytics.policies.link import pack
from analytics.simulation.grade_words import EVIDENCE
from analytics.simulation.sweep import Sweep, learned_architecture
from analytics.store import Store
from pages.shared.downloads import show_chart, show_table
from pages.shared.links import link_to
from pages.shared.saving import save_popover, show_kept
from pages.shared.tables import evidence_column

CURVE_HELP = (
    "Every request goes to the weak or the strong model; the curve shows the quality reached by the share sent to the strong one, for "
    "prompts the router had not seen. Source: [RouteLLM](https://arxiv.org/abs/2406.18665)."
)
MEASURES = (
    "APGR is the mean share of the quality gap between the two models that is recovered, CPT 50% and 80% the least share of requests that "
    "recovers so much of it ([RouteLLM](https://arxiv.org/abs/2406.18665)); AIQ is the mean quality over all shares "
    "([RouterBench](https://arxiv.org/abs/2403.12031))."
)
CALIBRATION_HELP = (
    "Prompts are grouped by what was predicted for them, by a router and a calibration that had not seen them. On the dashed line the "
    "predictions are right on average. Source: [Platt 1999](https://scikit-learn.org/stable/modules/calibration.html)."
)
SWEEP_HELP = (
    "An answer must be predicted to reach this quality (`min_quality` in a file); the cheapest model that does answers. Choices are made by "
    "cross-fitted predictions and valued on the real answers. Source: [RouteLLM](https://arxiv.org/abs/2406.18665)."
)


def show_quality_of(found: Findings) -> None:
    """The curve against simpler ways, and the calibration."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(curve_heading(found), help=CURVE_HELP)
        if found.ways:
            show_chart(curve_chart(found), "curve")
            with st.expander("In the measures of the literature"):
                st.markdown(MEASURES)
                show_table(ways_table(found), "ways")
        else:
            st.info("Too few prompts were answered by both the weakest and the strongest model to draw a curve.")
    with right:
        st.subheader("Predicted and observed", help=CALIBRATION_HELP)
        st.markdown(calibration_sentence(found))
        if found.bins:
            show_chart(calibration_chart(found), "calibration")


def show_sweep(store: Store, found: Findings, sweep: Sweep, currency: Currency) -> None:
    """Cost and quality by the quality demanded, and how to use it."""
    st.subheader("What demanding more quality costs", help=SWEEP_HELP)
    chart = sweep_chart(sweep, currency)
    if chart is not None:
        show_chart(chart, "sweep")
    show_table(sweep_table(sweep, currency), "sweep_table", {EVIDENCE: evidence_column()})
    st.subheader("Use it")
    best = best_least(sweep)
    least = st.select_slider(
        "How good each answer must be predicted to be",
        [pair[0] for pair in sweep.learned],
        value=best[0] if best else 0.9,
        key="least",
        format_func=share,
    )
    architecture = learned_architecture(found.models, least, found.reference)
    text = architecture_toml(architecture)
    row = st.container(horizontal=True, vertical_alignment="center")
    save_popover(store, row, "architecture", architecture.name, text)
    row.download_button("Download the file", text, file_name="learned.toml", on_click="ignore")
    if packed := pack(text):
        with row:
            link_to("route/simulate.py", "Open on Simulate", {"arch": packed})
    show_kept(store, st.container(), text)
    st.code(text, language="toml", wrap_lines=True)
    if note := rate_note(currency):
        st.caption(note.strip())
