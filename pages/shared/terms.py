"""What the statistical words on a page mean, and where they come from."""

from collections.abc import Sequence

import streamlit as st


def show_terms(terms: Sequence[tuple[str, str, str, str]]) -> None:
    """Each term with its meaning in two sentences and a link to its source, folded away."""
    with st.expander("What the words mean"):
        for term, meaning, source, link in terms:
            st.markdown(f"**{term}.** {meaning} [{source}]({link})")
