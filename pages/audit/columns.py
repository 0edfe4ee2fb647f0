"""The column names and number formats of the audit tables."""

from typing import Any

import streamlit as st

from analytics.currency import Currency
from pages.shared.downloads import SHARE
from pages.shared.tables import money_column

Columns = dict[str, Any]


def _whole(title: str, help: str | None = None) -> Any:
    return st.column_config.NumberColumn(title, format="localized", help=help)


def _share(title: str, help: str | None = None) -> Any:
    return st.column_config.NumberColumn(title, format=SHARE, help=help)


def _seconds(title: str) -> Any:
    return st.column_config.NumberColumn(title, format="%.2f s")


def spend_columns(name: str, currency: Currency) -> Columns:
    """Of spend in `currency` by a dimension called `name`."""
    return {
        "name": name,
        "requests": _whole("Requests"),
        "attempts": _whole("Attempts", help="Calls to a model: a request that is tried again has several"),
        "billed_cost": money_column("Billed", currency),
        "list_cost": money_column("List cost", currency),
        "unpriced": _whole("Unpriced attempts", help="Of models without a price: counted, but not in the list cost"),
        "cost_per_request": money_column("Per request", currency, 5),
        "cost_per_1k_tokens": money_column("Per 1k tokens", currency, 5),
        "input_tokens": st.column_config.NumberColumn("Input tokens", format="compact"),
        "output_tokens": st.column_config.NumberColumn("Output tokens", format="compact"),
        "share": _share("Share"),
    }


def pair_columns(first: str, second: str, currency: Currency) -> Columns:
    """Of spend in `currency` by two dimensions with these names."""
    return {
        "first": first,
        "second": second,
        "requests": _whole("Requests"),
        "list_cost": money_column("List cost", currency),
        "cost_per_request": money_column("Per request", currency, 5),
    }


LINES: Columns = {"line": "What", "amount": "List cost", "list_cost": None, "count": "For"}


def speed_columns(name: str) -> Columns:
    """Of waits and rates by a dimension called `name`."""
    return {
        "name": name,
        "requests": _whole("Requests"),
        "answer_p50_s": _seconds("Half within"),
        "answer_p95_s": _seconds("95% within"),
        "answer_p99_s": _seconds("99% within"),
        "first_token_p50_s": _seconds("First token, half"),
        "first_token_p95_s": _seconds("First token, 95%"),
        "tokens_per_s_p50": st.column_config.NumberColumn("Tokens/s, half", format="%,.0f", help="Half are slower"),
        "tokens_per_s_p5": st.column_config.NumberColumn("5% below", format="%,.0f", help="Tokens per second"),
        "failed_share": _share("Failed"),
        "retried_share": _share("Tried again", help="Needed more than one attempt"),
        "fallback_share": _share("Fell back", help="Answered by another model than the one first asked"),
    }


def request_columns(currency: Currency) -> Columns:
    """Of single calls, with costs in `currency`."""
    return {
        "request_id": "Request",
        "at": "When",
        "model": "Model",
        "use_case": "Use case",
        "team": "Team",
        "status": "Status",
        "input_tokens": _whole("Input tokens"),
        "output_tokens": _whole("Output tokens"),
        "latency_ms": st.column_config.NumberColumn("Latency, ms", format="%,.0f"),
        "list_cost": money_column("List cost", currency, 6),
        "billed_cost": money_column("Billed", currency, 6),
        "quality": st.column_config.NumberColumn("Score", format="%.2f", width=80),
        "origin": "Made for",
        "source": "Source",
    }


def reconcile_columns(currency: Currency) -> Columns:
    """Of months held against invoices, with amounts in `currency`; what a phone shows comes first."""
    return {
        "month": "Month",
        "provider": "Provider",
        "verdict": "Verdict",
        "captured": _share("Captured", help="Our total as a share of the invoice"),
        "invoice": money_column("Invoice", currency),
        "billed_total": money_column("Billed total", currency),
        "list_total": money_column("List total", currency),
        "difference": money_column("Difference", currency, signed=True),
        "compared": st.column_config.TextColumn("Ours is", help="Which of our totals is held against the invoice"),
        "calls": _whole("Calls"),
    }


QUALITY: Columns = {
    "use_case": "Use case",
    "model": "Model",
    "team": "Team",
    "environment": "Environment",
    "requests": _whole("Requests"),
    "n": _whole("Scores"),
    "scored_share": _share("Scored"),
    "mean": _share("Quality"),
    "low": _share("At least", help="Lower end of the 95% interval"),
    "high": _share("At most", help="Upper end of the 95% interval"),
}
