"""The report's files, each built when it is asked for, and the report as it will be."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.charts.present import rate_note
from analytics.reports import Report, preview_page, report_bytes

FILES = {
    ".html": ("Web page", "One file with live charts that opens anywhere, also without a network."),
    ".pptx": ("PowerPoint", "Ten slides with charts you can edit, and what to say in the notes."),
    ".pdf": ("PDF", "For print."),
    ".csv": ("Table (CSV)", "The architectures with all digits."),
}
PREVIEW_HEIGHT = 760


def download_row(row: DeltaGenerator, report: Report) -> None:
    """One button per kind of file."""
    with row:
        for suffix, (label, about) in FILES.items():
            st.download_button(
                label, partial(report_bytes, report, suffix), file_name=f"routecast-report{suffix}",
                on_click="ignore", help=about, key=f"report_file_{suffix[1:]}", icon=":material/download:",
            )  # fmt: skip


def preview(report: Report) -> None:
    """The web page itself, in the colours of the app; it presents itself too."""
    keys = "As it will be. *Present* or the key P shows one statement a screen; arrow keys go on, Esc ends."
    st.caption(keys + rate_note(report.facts.currency))
    with st.spinner("Drawing the report..."):
        page = preview_page(report, st.context.theme.type == "dark")
    with st.container(border=True):
        st.iframe(page, height=PREVIEW_HEIGHT)
