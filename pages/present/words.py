"""The fields in which a report is put differently: title, author, logo, note, and every paragraph of the summary."""

import streamlit as st

from analytics.reports import Report, Texts

LOGO_MEGABYTES = 2
PARAGRAPH_HELP = "Leave it empty and the report keeps its own words, which follow the numbers."


def own_words(report: Report) -> Texts:
    """Draw the fields, with the report's own words where nothing is written yet; returns what is written."""
    with st.expander("Your own words"):
        left, right = st.columns(2, gap="large")
        title = left.text_input("Title", key="report_title", placeholder=report.title)
        author = left.text_input("Author", key="report_author")
        organisation = left.text_input("Company", key="report_company")
        logo = left.file_uploader(
            "Logo", type=["png", "jpg", "jpeg"], key="report_logo", max_upload_size=LOGO_MEGABYTES
        )
        note = left.text_area("Note below the title", key="report_note")
        summary = tuple(
            (one.key, right.text_area(one.heading, key=f"report_{one.key}", placeholder=one.text, help=PARAGRAPH_HELP))
            for one in report.sections[0].paragraphs
        )
    return Texts(title, author, organisation, logo.getvalue() if logo else b"", note, summary)
