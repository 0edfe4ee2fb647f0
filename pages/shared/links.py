"""Links between pages: how they look, and what they say before any field takes it."""

import math
from collections.abc import Mapping

import streamlit as st


def drop_endless_numbers() -> None:
    """Streamlit turns a link's number into its field's before the page can look at it, and breaks at one without end."""
    for name in list(st.query_params):
        try:
            endless = not math.isfinite(float(st.query_params[name]))
        except ValueError:
            continue
        if endless:
            del st.query_params[name]


def links_to(pages: Mapping[str, str]) -> None:
    """Links beside each other, from a page's file to its label."""
    with st.container(horizontal=True):
        for page, label in pages.items():
            link_to(page, label)


def link_to(page: str, label: str, query: Mapping[str, str | list[str]] | None = None) -> None:
    """A link to another page of the app that looks like one: coloured, with an arrow."""
    st.page_link(
        page, label=f":blue[{label}]", icon=":material/arrow_forward:", icon_position="right",
        query_params=dict(query or {}),
    )  # fmt: skip
