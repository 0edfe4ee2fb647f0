"""What is loaded, and how to load more."""

import streamlit as st

from analytics import audit, settings
from analytics.charts.loaded_words import loaded_answer, loads_table
from analytics.charts.markdown import plain
from analytics.store import Store, open_store
from pages.manage.changes import who_changed_what
from pages.manage.gateways import gateways
from pages.manage.load_form import LOG, load, load_form, remember, show_last_load
from pages.manage.mapping_assistant import mapping_assistant
from pages.shared import cached
from pages.shared.downloads import show_table

COUNTS = {"loaded": "Loaded", "read": "Read", "duplicates": "Already there", "rejected": "Refused"}
# What a phone shows comes first.
HISTORY = (
    {"file": "File"}
    | {name: st.column_config.NumberColumn(title, format="localized") for name, title in COUNTS.items()}
    | {"loaded_at": "When, UTC", "format": "Format", "source": "Source"}
)


def show_loads(store: Store) -> None:
    """Every file that was loaded, what of it is unpriced, and what was refused."""
    st.subheader("The demo" if store.kind == "demo" else "Loaded so far")
    show_table(loads_table(audit.load_history(store)), "loads", HISTORY)
    for model, attempts in audit.unpriced_models(store).items():
        st.warning(
            f"{plain(model)} has no price: {attempts:,} attempts are counted but not costed. Give it one under Prices."
        )
    for model, attempts in audit.free_models(store).items():
        st.warning(f"{plain(model)} was logged at no cost for {attempts:,} attempts although it has a price.")
    refused = audit.rejected_rows(store)
    if not refused.is_empty():
        st.subheader("Refused rows")
        show_table(refused, "refused")
    st.caption(plain(f"Kept in {store.path}."))


st.title("What is loaded?")
database = settings.default_database()
store = open_store(database) if database.exists() else None
loaded = cached.what_is_loaded(*cached.key(store)) if store is not None else None
if store is not None and loaded is not None:
    st.markdown(f"#### {plain(loaded_answer(loaded, store.kind == 'demo'))}")
show_last_load(compared=loaded is not None and loaded.prompts > 0)
load_form()
mapping_assistant(lambda file, name, keep_prompts: load(file, LOG, name, keep_prompts), remember)
if store is not None:
    show_loads(store)
gateways()
if store is not None:
    who_changed_what(store)
