"""What an architecture would change: which requests move, where its cascades pay, what would flip the decision."""

import streamlit as st

from analytics.charts.moves import moves_chart, moves_sentence, moves_table
from analytics.charts.sensitivity import (
    Measure,
    escalation_chart,
    escalation_sentence,
    sensitivity_sentence,
    sensitivity_table,
    tornado_chart,
)
from analytics.currency import Currency
from analytics.simulation.moves import Move
from analytics.simulation.sensitivity import Tornado
from pages.shared.downloads import show_chart, show_table
from pages.shared.tables import money_column

MEASURES: tuple[Measure, ...] = ("saving", "quality", "latency")
ESCALATION_HELP = (
    "A step of a cascade saves money while fewer of its requests go on than 1 - (cheap + verifier) / strong, where strong is what a "
    "request costs from the next step on. Source: [FrugalGPT](https://arxiv.org/abs/2305.05176)."
)
TORNADO_HELP = (
    "Each assumption is moved alone over its plausible range and the projection made again; where the decision flips is found by root "
    "search. Source: [Brent's method](https://docs.scipy.org/doc/scipy/reference/generated/scipy.optimize.brentq.html)."
)


def show_moves(moves: tuple[Move, ...], currency: Currency) -> None:
    """The sentence, the bars and the table of requests that would get another model."""
    st.subheader("Which requests move")
    st.markdown(moves_sentence(moves, currency))
    show_chart(moves_chart(moves, currency), "moves")
    st.caption("Colours: the model that would answer. Faded: stays with the model it has today.")
    with st.expander("Every flow of requests"):
        columns = {
            "use_case": "Use case",
            "source": "From",
            "target": "To",
            "requests": st.column_config.NumberColumn("Requests a month", format="%,.0f"),
            "current_cost": money_column("Cost today", currency),
            "new_cost": money_column("Cost then", currency),
            "saved": money_column("Saved", currency, signed=True),
        }
        show_table(moves_table(moves, currency), "moves_table", columns, currency=currency)


def show_tornado(tornado: Tornado, currency: Currency) -> None:
    """What would flip the decision, and the cascades' break-even."""
    if tornado.escalations:
        st.subheader("Where the cascade pays", help=ESCALATION_HELP)
        for one in tornado.escalations:
            st.markdown(f"- {escalation_sentence(one, currency)}")
        show_chart(escalation_chart(tornado.escalations), "escalations")
        st.caption("Bar: the share that goes on. Mark: the share from which the step no longer saves money.")
    st.subheader("What would flip the decision", help=TORNADO_HELP)
    st.markdown(sensitivity_sentence(tornado, currency))
    left, right = st.columns(2, gap="large")
    for place, measure in zip((left, right, right), MEASURES, strict=True):
        chart = tornado_chart(tornado, measure, currency)
        if chart is not None:
            with place:
                show_chart(chart, f"tornado_{measure}")
    st.caption(
        "Light: towards the lowest plausible value, dark: towards the highest. Solid line: as assumed. Dashed line: no saving, the "
        "quality floor, or as slow as today."
    )
    with st.expander("Every assumption, its range and its break-even"):
        show_table(sensitivity_table(tornado, currency), "sensitivity")
