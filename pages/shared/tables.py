"""What tables share: columns of money, and the table of architectures in the words of its readers."""

from typing import Any

import streamlit as st

from analytics.charts.present import architecture_table
from analytics.currency import USD, Currency
from analytics.simulation import Simulation
from analytics.simulation.grade_words import EVIDENCE, EVIDENCE_HELP
from pages.shared.downloads import show_table


def money_column(title: str, currency: Currency, digits: int = 2, signed: bool = False) -> Any:
    """A column of amounts that are already in `currency`; `signed`: some are below 0, whose minus a sign would precede."""
    sign = "" if signed else currency.sign
    return st.column_config.NumberColumn(f"{title}, {currency.code}", format=f"{sign}%,.{digits}f")


def evidence_column() -> Any:
    """A column of the letters of evidence, with what they mean as its tooltip."""
    return st.column_config.TextColumn(EVIDENCE, help=EVIDENCE_HELP)


def show_architectures(simulation: Simulation, currency: Currency = USD) -> None:
    """Architecture, monthly cost, average latency, quality score, with intervals, change and evidence."""
    show_table(
        architecture_table(simulation, currency),
        "architectures",
        {EVIDENCE: evidence_column()},
    )
