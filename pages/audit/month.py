"""Where the month is heading, as a part of the page of spend."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.charts.forecast import month_end_chart
from analytics.charts.forecast_words import month_note, month_sentence
from analytics.charts.markdown import plain
from pages.shared import cached
from pages.shared.downloads import show_chart
from pages.shared.view import View


def show_month(view: View, words: DeltaGenerator, chart: DeltaGenerator) -> str:
    """What is expected by the month's end in `words`, how it adds up in `chart`; returns what stands behind it.

    Call it last on the page: the first forecast of a scope takes a moment, and nothing else need wait for it.
    """
    with words, st.skeleton():
        month = cached.month_end(*cached.key(view.store), view.scope)
        if month is None:
            return ""
        st.markdown(f"#### {plain(month_sentence(month, view.rates, view.scope.currency))}.")
    with chart:
        show_chart(
            month_end_chart(month, None, view.rates, view.scope.currency), "month_end",
            f"**How {month.month:%B} adds up**",
        )  # fmt: skip
    return f" {plain(month_note(month))}"
