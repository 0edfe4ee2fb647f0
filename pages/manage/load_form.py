"""The form that loads a file, and what became of the last one, with the way on."""

from pathlib import Path

import streamlit as st

from analytics import settings
from analytics.charts.loaded_words import FORMAT_WORDS
from analytics.charts.markdown import escaped, plain
from analytics.errors import RoutecastError, UnknownFormatError
from analytics.logs import LoadResult, load_log, load_outcomes
from analytics.logs.formats import FORMATS
from analytics.logs.mapping import saved_mappings
from analytics.logs.texts import REDACTED, KeepPrompts
from pages.manage.mapping_assistant import ask_about
from pages.manage.uploads import kept_upload
from pages.shared.links import link_to
from pages.shared.states import show_error
from pages.shared.team import editors_only, server_paths_allowed

LOG, OUTCOMES = "Request log", "Side-by-side outcomes"
ANY_FORMAT = "Recognise it"
_LOADED, _COUNTED = "loaded", "routecast_files_loaded"


def load(file: Path, kind: str, chosen_format: str, keep_prompts: KeepPrompts) -> LoadResult:
    """Load into the user's own database, with progress."""
    bar = st.progress(0.0, text="Starting")
    tell = lambda fraction, what: bar.progress(min(fraction, 1.0), text=what.capitalize())  # noqa: E731
    try:
        if kind == OUTCOMES:
            return load_outcomes(settings.own_database(), file, tell, redact=keep_prompts == REDACTED)
        named = None if chosen_format == ANY_FORMAT else chosen_format
        return load_log(settings.own_database(), file, named, keep_prompts=keep_prompts, progress=tell)
    finally:
        bar.empty()


def load_form() -> None:
    """Ask for a file and load it; a file of unknown columns goes to the mapping assistant."""
    with st.form("load", border=True):
        st.subheader("Load a file")
        kind = st.radio(
            "What the file is",
            [LOG, OUTCOMES],
            captions=[
                "One row per call to a model: time, model, tokens",
                "Scored answers of several models to the same prompts",
            ],
            horizontal=True,
        )
        # A file that was loaded makes room for the next one.
        upload = st.file_uploader(
            "CSV, Parquet, JSON or JSON Lines, plain, .gz or .zst", key=f"file_{st.session_state.get(_COUNTED, 0)}"
        )
        with st.expander("Format, prompt texts" + (", a path on this server" if server_paths_allowed() else "")):
            place, chosen_format, keep_prompts = _details(kind)
        submitted = st.form_submit_button("Load", type="primary", **editors_only())
    if not submitted:
        return
    if upload is None and not place:
        st.info("Choose a file or name a path first." if server_paths_allowed() else "Choose a file first.")
        return
    file = kept_upload(upload) if upload is not None else Path(place).expanduser()
    try:
        remember(file.name, load(file, kind, chosen_format, keep_prompts))
    except UnknownFormatError:
        ask_about(file, keep_prompts)
    except RoutecastError as error:
        show_error(error)
    else:
        st.query_params.pop("data", None)
        st.rerun()


def _details(kind: str) -> tuple[str, str, KeepPrompts]:
    """What few need: a path, a format, and what is kept of prompts."""
    place = ""
    if server_paths_allowed():
        place = st.text_input("A path on this server, instead of a file", placeholder="/var/log/llm/requests.parquet")
    known = dict.fromkeys((*(one.name for one in FORMATS), *saved_mappings(settings.own_database())))
    chosen_format = st.selectbox("Format", [ANY_FORMAT, *known], format_func=lambda name: FORMAT_WORDS.get(name, name))
    kept = st.checkbox("Keep prompt texts", help="Off: only their length, a hash and the complexity are kept.")
    redact = st.checkbox(
        "Redact them",
        help="What is kept is kept without addresses, numbers and keys that name a person; outcomes' prompts too.",
    )
    return place.strip(), chosen_format, REDACTED if redact and (kept or kind == OUTCOMES) else kept


def remember(name: str, result: LoadResult) -> None:
    """Keep what became of the file `name` for the next run, which shows it."""
    st.session_state[_LOADED] = (name, result)
    st.session_state[_COUNTED] = st.session_state.get(_COUNTED, 0) + 1


def show_last_load(compared: bool) -> None:
    """What became of the file just loaded, row by row accounted for, and the way on; `compared`: prompts were answered side by side."""
    if _LOADED not in st.session_state:
        return
    name, result = st.session_state.pop(_LOADED)
    said = "is loaded" if result.loaded else "brought nothing new"
    st.success(
        f"**{plain(name)} {said}.** {result.read:,} rows read, {result.loaded:,} loaded, {result.duplicates:,} already there, "
        f"{result.rejected:,} refused{f', {result.ignored:,} other records left out' if result.ignored else ''}."
    )
    with st.container(horizontal=True):
        link_to("decide/overview.py", "What would other models cost?")
        if not compared:
            link_to("route/side_by_side.py", "Compare models on some prompts")
        link_to("present/report.py", "Make the report")
    if not compared:
        st.caption(
            "What other models would cost is known now. How good they would be is known well only once several models have answered "
            "some of the same prompts: load such answers here as side-by-side outcomes, or have them made under Side by side."
        )
    if result.rejections:
        st.dataframe(
            [{"Line": one.line, "Why": one.reason} for one in result.rejections], hide_index=True, width="stretch"
        )
    for warning in result.warnings:
        st.warning(escaped(warning))
    for model, rows in result.unpriced.items():
        st.warning(f"{plain(model)} has no price: {rows:,} rows are counted but not costed.")
        link_to("manage/prices.py", "Give it a price")
