"""The fields in which a report is put differently: title, author, logo, note, and every paragraph of the summary."""

import streamlit as st

from analytics.reports import Report, Texts

LOGO_MEGABYTES = 2
PARAGRAPH_HELP = "Leave it empty and the report keeps its own words, which follow the numbers."


def own_words(report: Report, kept: dict[str, str]) -> Texts:
    """Draw the fields, with the report's own words where nothing is written yet; returns what is written.

    `kept` are the words of a kept comparison: they stand in the fields when it is opened.
    """
    _fill_once(kept)
    with st.expander("Your own words"):
        left, right = st.columns(2, gap="large")
        title = left.text_input("Title", key="report_words_title", placeholder=report.title)
        author = left.text_input("Author", key="report_words_author")
        organisation = left.text_input("Company", key="report_words_company")
        logo = left.file_uploader(
            "Logo", type=["png", "jpg", "jpeg"], key="report_logo", max_upload_size=LOGO_MEGABYTES,
            help="The logo is not kept with a comparison; the words are.",
        )  # fmt: skip
        note = left.text_area("Note below the title", key="report_words_note")
        summary = tuple(
            (
                one.key,
                right.text_area(one.heading, key=f"report_words_{one.key}", placeholder=one.text, help=PARAGRAPH_HELP),
            )
            for one in report.sections[0].paragraphs
        )
    return Texts(title, author, organisation, logo.getvalue() if logo else b"", note, summary)


def written(texts: Texts) -> tuple[tuple[str, str], ...]:
    """What is written, by field, to be kept."""
    fields = (("title", texts.title), ("author", texts.author), ("company", texts.organisation), ("note", texts.note))
    return tuple((field, text) for field, text in (*fields, *texts.summary) if text)


def _fill_once(kept: dict[str, str]) -> None:
    """Put kept words into the fields when another comparison is opened; later changes are the reader's."""
    opened = st.query_params.get("saved", "")
    if opened and st.session_state.get("report_opened") != opened:
        for name in [*st.session_state]:
            if str(name).startswith("report_words_"):
                del st.session_state[name]
        for field, text in kept.items():
            st.session_state[f"report_words_{field}"] = text
        st.session_state["report_opened"] = opened
