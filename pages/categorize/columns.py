"""The column names and number formats of the workload table."""

from typing import Any

import streamlit as st

from analytics.currency import Currency
from pages.shared.tables import evidence_column, money_column


def workload_columns(currency: Currency) -> dict[str, Any]:
    """Of what each kind of request needs, with amounts in `currency`."""
    return {
        "use_case": "Use case",
        "complexity": "Complexity",
        "served_by": "Served by",
        "requests": st.column_config.NumberColumn("Requests", format="localized", step=1, help="A month"),
        "cost": money_column("Spend", currency),
        "verdict": "Verdict",
        "good_enough": st.column_config.TextColumn(
            "Good enough", help="The cheapest model that is, at today's list prices, on evidence A or B."
        ),
        "saving": money_column("Saving", currency),
        "change_points": st.column_config.NumberColumn("Points", format="%+.1f", help="Change of quality"),
        "low_points": st.column_config.NumberColumn("At least", format="%+.1f", help="Lower end of the 95% interval"),
        "high_points": st.column_config.NumberColumn("At most", format="%+.1f", help="Upper end of the 95% interval"),
        "grade": evidence_column(),
        "unmeasured": st.column_config.TextColumn("Not measured", help="Cheaper models that nobody has tried here"),
    }
