"""What is loaded, and how to load more."""

from pathlib import Path

import streamlit as st

from analytics import audit, settings
from analytics.charts.markdown import escaped
from analytics.errors import RoutecastError, UnknownFormatError
from analytics.logs import LoadResult, load_log, load_outcomes
from analytics.logs.formats import FORMATS
from analytics.logs.mapping import saved_mappings
from analytics.logs.texts import REDACTED, KeepPrompts
from analytics.store import open_store
from pages.manage.changes import who_changed_what
from pages.manage.gateways import gateways
from pages.manage.mapping_assistant import ask_about, mapping_assistant
from pages.manage.uploads import kept_upload
from pages.shared.downloads import show_table
from pages.shared.states import show_error
from pages.shared.team import editors_only, server_paths_allowed

LOG, OUTCOMES = "Request log", "Side-by-side outcomes"
COUNTS = {"read": "Read", "loaded": "Loaded", "duplicates": "Already there", "rejected": "Refused"}
HISTORY = {"loaded_at": "When, UTC", "file": "File", "format": "Format", "source": "Source"} | {
    name: st.column_config.NumberColumn(title, format="localized") for name, title in COUNTS.items()
}


def load(file: Path, kind: str, chosen_format: str, keep_prompts: KeepPrompts) -> LoadResult:
    """Load into the user's own database, with progress."""
    bar = st.progress(0.0, text="Starting")
    tell = lambda fraction, what: bar.progress(min(fraction, 1.0), text=what.capitalize())  # noqa: E731
    try:
        if kind == OUTCOMES:
            return load_outcomes(settings.own_database(), file, tell, redact=keep_prompts == REDACTED)
        named = None if chosen_format == "by content" else chosen_format
        return load_log(settings.own_database(), file, named, keep_prompts=keep_prompts, progress=tell)
    finally:
        bar.empty()


def show_result(name: str, result: LoadResult) -> None:
    """What became of the file, row by row accounted for."""
    st.success(
        f"**{name}** ({result.format}): {result.read:,} rows read, {result.loaded:,} loaded, {result.duplicates:,} already there, "
        f"{result.rejected:,} refused{f', {result.ignored:,} other records left out' if result.ignored else ''}."
    )
    if result.rejections:
        st.dataframe(
            [{"Line": one.line, "Why": one.reason} for one in result.rejections], hide_index=True, width="stretch"
        )
    for warning in result.warnings:
        st.warning(escaped(warning))
    for model, rows in result.unpriced.items():
        st.warning(f"{model} has no price: {rows:,} rows are counted but not costed.")


st.title("What is loaded?")
if "loaded" in st.session_state:
    show_result(*st.session_state.pop("loaded"))
with st.form("load", border=True):
    st.subheader("Load a file")
    kind = st.radio(
        "It holds",
        [LOG, OUTCOMES],
        horizontal=True,
        help="Outcomes are scored answers of several models to the same prompts.",
    )
    upload = st.file_uploader("CSV, Parquet, JSON or JSON Lines, plain, .gz or .zst")
    place = ""
    if server_paths_allowed():
        place = st.text_input("or a path on this server", placeholder="/var/log/llm/requests.parquet")
    left, right = st.columns(2)
    known = dict.fromkeys((*(one.name for one in FORMATS), *saved_mappings(settings.own_database())))
    chosen_format = left.selectbox("Format", ["by content", *known])
    kept = right.checkbox("Keep prompt texts", help="Off: only their length, a hash and the complexity are kept.")
    redact = right.checkbox(
        "Redact them",
        help="What is kept is kept without addresses, numbers and keys that name a person; outcomes' prompts too.",
    )
    keep_prompts: KeepPrompts = REDACTED if redact and (kept or kind == OUTCOMES) else kept
    submitted = st.form_submit_button("Load", type="primary", **editors_only())
if submitted:
    if upload is None and not place.strip():
        st.info("Choose a file or name a path first." if server_paths_allowed() else "Choose a file first.")
        st.stop()
    file = kept_upload(upload) if upload is not None else Path(place.strip()).expanduser()
    try:
        st.session_state["loaded"] = (file.name, load(file, kind, chosen_format, keep_prompts))
    except UnknownFormatError:
        ask_about(file, keep_prompts)
    except RoutecastError as error:
        show_error(error)
    else:
        st.query_params.pop("data", None)
        st.rerun()
mapping_assistant(lambda file, name, keep_prompts: load(file, LOG, name, keep_prompts))
gateways()

database = settings.default_database()
if database.exists():
    store = open_store(database)
    st.subheader("The demo" if store.kind == "demo" else "My log")
    st.caption(f"{store.path}")
    show_table(audit.load_history(store), "loads", HISTORY)
    for model, attempts in audit.unpriced_models(store).items():
        st.warning(
            f"{model} has no price: {attempts:,} attempts are counted but not costed. Add it to {store.path.name}.prices.toml."
        )
    for model, attempts in audit.free_models(store).items():
        st.warning(f"{model} was logged at no cost for {attempts:,} attempts although it has a price.")
    refused = audit.rejected_rows(store)
    if not refused.is_empty():
        st.subheader("Refused rows")
        show_table(refused, "refused")
    who_changed_what(store)
