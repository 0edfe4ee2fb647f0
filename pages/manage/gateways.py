"""Gateways and services that sync: which are set up, what their last sync brought, and a button to sync now."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st

from analytics import settings
from analytics.charts.markdown import plain
from analytics.errors import RoutecastError
from analytics.sources import (
    KINDS,
    WAREHOUSE,
    Source,
    SyncResult,
    add_source,
    describe_sources,
    environment_keys,
    read_sources,
    remove_source,
    sources_file,
    sync_sources,
)
from pages.shared.states import show_error
from pages.shared.team import editors_only

ALL = "all of them"
COUNTS = {"read": "Read", "loaded": "Loaded", "duplicates": "Already there", "rejected": "Refused"}
COLUMNS = {
    "name": "Name",
    "kind": "Kind",
    "address": "Address",
    "key": "Key",
    "synced_at": st.column_config.DatetimeColumn("Last sync, UTC", format="YYYY-MM-DD HH:mm", timezone="UTC"),
} | {name: st.column_config.NumberColumn(title, format="localized") for name, title in COUNTS.items()}


def gateways() -> None:
    """The whole section."""
    database = settings.own_database()
    st.subheader("Gateways that load themselves")
    st.caption(
        f"Kept in {plain(sources_file(database).name)} beside the database, with the names of the variables that hold the keys, "
        "never the keys; a warehouse is described there. Counts are of the last sync. On a schedule: routecast sync."
    )
    if "synced" in st.session_state:
        _show_results(st.session_state.pop("synced"))
    try:
        sources = read_sources(database)
        described = describe_sources(database, _key)
    except RoutecastError as error:
        show_error(error)
        return
    if sources:
        st.dataframe(described, hide_index=True, width="stretch", column_config=COLUMNS, placeholder="–")
        _sync_button(database, [one.name for one in sources])
    add, remove = st.columns(2)
    with add.expander("Add a gateway"):
        _add_form(database)
    if sources:
        with remove.expander("Remove a gateway"):
            _remove_form(database, [one.name for one in sources])


def _key(name: str) -> str | None:
    """A key from the environment, else from Streamlit's secrets."""
    found = environment_keys(name)
    if not found and st.secrets.load_if_toml_exists():
        secret = st.secrets.get(name)
        found = secret if isinstance(secret, str) else None
    return found


def _sync_button(database: Path, names: Sequence[str]) -> None:
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    chosen = left.selectbox("Sync", [ALL, *names], key="sync_which")
    if not right.button("Sync now", type="primary", key="sync_now", width="stretch", **editors_only()):
        return
    bar = st.progress(0.0, text="Starting")
    try:
        results = sync_sources(
            database,
            [] if chosen == ALL else [chosen],
            keys=_key,
            progress=lambda fraction, what: bar.progress(min(fraction, 1.0), text=plain(what)),
        )
    except RoutecastError as error:
        bar.empty()
        show_error(error)
        return
    st.session_state["synced"] = results
    st.query_params.pop("data", None)
    st.rerun()


def _show_results(results: Sequence[SyncResult]) -> None:
    """What each source brought, and why one stopped."""
    for one in results:
        counts = one.counts
        said = (
            f"**{plain(one.name)}**: {counts.read:,} records read, {counts.loaded:,} loaded, {counts.duplicates:,} already there, "
            f"{counts.rejected:,} refused."
        )
        if one.transferred is not None:
            said += f" They stay in the warehouse; {one.transferred:,} rows of sums came here."
        if one.error and not counts.pages:
            st.error(f"**{plain(one.name)}**: {plain(one.error)}")
        elif one.error:
            st.error(f"{said} Then it stopped: {plain(one.error)}")
        else:
            st.success(said)
        if one.warning:
            st.warning(f"**{plain(one.name)}**: {plain(one.warning)}")


def _add_form(database: Path) -> None:
    kind = st.selectbox(
        "Kind",
        [name for name in KINDS if name != WAREHOUSE],
        format_func=lambda name: KINDS[name].title,
        key="source_kind",
    )
    about = KINDS[kind]
    with st.form("add source", border=False):
        name = st.text_input("Name", key="source_name")
        url = st.text_input("Address", placeholder=about.url or "https://llm.example.com", key="source_url")
        key = st.text_input(
            "Environment variable that holds the key" + ("" if about.needs_key else " (if there is one)"),
            value=f"{about.variables}_KEY" if about.needs_key else "",
            help=f"Its name, never the key itself. It begins with {about.variables}_ or ROUTECAST_.",
            key=f"source_key_{kind}",
        )
        user = project = ""
        if about.needs_user:
            user = st.text_input(
                f"Environment variable that holds {about.needs_user}",
                value=f"{about.variables}_PUBLIC_KEY",
                key=f"source_user_{kind}",
            )
        if about.project:
            project = st.text_input(f"{about.project} (empty: the default one)", key=f"source_project_{kind}")
        start = st.date_input("From (empty: 30 days back)", value=None, format="YYYY-MM-DD", key="source_from")
        if st.form_submit_button("Add", type="primary", **editors_only()):
            source = Source(name.strip(), kind, url.strip(), key.strip(), user.strip(), project.strip(), start)
            _change(lambda: add_source(database, source))


def _remove_form(database: Path, names: Sequence[str]) -> None:
    gone = st.selectbox("Gateway", names, key="source_gone")
    st.caption("What it loaded stays.")
    if st.button("Remove", key="source_remove", **editors_only()):
        _change(lambda: remove_source(database, gone))


def _change(change: Callable[[], None]) -> None:
    try:
        change()
    except RoutecastError as error:
        show_error(error)
    else:
        st.rerun()
