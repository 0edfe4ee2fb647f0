"""What a link says, before any field takes it."""

import math

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
