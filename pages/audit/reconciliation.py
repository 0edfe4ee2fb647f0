"""Does our total agree with the bill?"""

import tempfile
from pathlib import Path

import streamlit as st

from analytics.audit.health_finding import counted
from analytics.charts.health import capture_chart
from analytics.charts.markdown import plain
from analytics.charts.reconcile import reconcile_answer, reconcile_table
from analytics.currency import Currency
from analytics.errors import RoutecastError
from analytics.reconcile import InvoiceResult, load_invoices
from analytics.store import Store
from pages.audit.columns import reconcile_columns
from pages.shared import cached
from pages.shared.downloads import show_chart, show_table
from pages.shared.states import nothing_yet, show_error
from pages.shared.team import editors_only
from pages.shared.view import current_view


def upload_invoices(store: Store) -> None:
    """Take invoices of the user's own log."""
    st.subheader("Add invoices")
    if store.kind == "demo":
        nothing_yet("Invoices are held against a log of your own.", {"manage/sources.py": "Load your log"})
        return
    with st.form("invoices", border=True):
        files = st.file_uploader(
            "CSV (provider, month, amount), OpenAI's costs report, Anthropic's cost report or OpenRouter's daily activity",
            type=["csv", "json", "jsonl"],
            accept_multiple_files=True,
        )
        provider = st.text_input("Provider, if the file does not name it", placeholder="openai")
        submitted = st.form_submit_button("Add", type="primary", **editors_only())
    if not submitted:
        return
    if not files:
        st.info("Choose a file first.")
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            places = []
            for number, upload in enumerate(files):
                place = Path(folder) / str(number) / (Path(upload.name).name or "invoice")
                place.parent.mkdir()
                place.write_bytes(upload.getbuffer())
                places.append(place)
            st.session_state["invoiced"] = load_invoices(store.path, places, provider.strip() or None)
    except RoutecastError as error:
        show_error(error)
    else:
        st.rerun()


def show_added(result: InvoiceResult, currency: Currency) -> None:
    """What became of the files."""
    amounts = ", ".join(f"{provider} {currency.cents(usd)}" for provider, usd in result.amount_usd.items())
    st.success(
        plain(
            f"{counted(result.lines, 'invoice line', 'invoice lines')} added ({amounts}); {result.replaced:,} earlier ones replaced."
        )
    )
    for note in result.notes:
        st.warning(plain(note))


view = current_view()
st.title("Does our total agree with the bill?")
checks = cached.month_checks(*cached.key(view.store), view.scope.currency, view.rates)
st.markdown(f"#### {plain(reconcile_answer(checks))}")
if "invoiced" in st.session_state:
    show_added(st.session_state.pop("invoiced"), view.currency)
if any(check.capture_rate is not None for check in checks):
    show_chart(capture_chart(checks), "capture_rate")
table = reconcile_table(checks)
if not table.is_empty():
    columns = reconcile_columns(view.currency)
    show_table(table.select(columns.keys()), "reconciliation", columns, currency=view.currency, only_known=True)
for check in checks:
    if check.explanations and check.capture != "good":
        st.markdown(f"**{plain(check.provider)}, {check.month:%Y-%m}**: what may explain the difference")
        st.markdown("\n".join(f"- {plain(one)}" for one in check.explanations))
upload_invoices(view.store)
st.caption(
    "Captured is our total divided by the invoice: below 90% calls are missing from the log, above 110% ours is too high. "
    "Ours is what was billed where the log says so for every call that did not fail, else list price. Days are UTC, as providers bill; an "
    "invoice that covers part of a month is held against those days only. Anthropic's report leaves out the Priority tier."
    + (
        f"{note} A month's amounts are at the mean rate of its calls."
        if (note := view.rates_note(whole_log=True))
        else ""
    )
)
