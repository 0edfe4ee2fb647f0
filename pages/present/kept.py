"""The list of what is kept, and what can be done with one of it: open, duplicate, delete, a new version."""

from typing import Any

import streamlit as st

from analytics.policies import parse_architecture
from analytics.policies.drafts import renamed
from analytics.policies.link import pack
from analytics.reports.text import clean_lines, name_text
from analytics.saved import (
    Saved,
    comparison_of,
    delete_item,
    duplicate_item,
    save_item,
    scenario_of,
)
from analytics.simulation import Scenario
from analytics.store import Store
from pages.shared.links import link_to
from pages.shared.team import author_input, editors_only


def kept_rows(found: tuple[Saved, ...]) -> list[dict[str, Any]]:
    """One row per item."""
    return [
        {
            "Name": name_text(one.name), "Kind": one.kind, "Version": one.version, "Author": name_text(one.author) if one.author else "",
            "Kept": f"{one.saved_at:%Y-%m-%d %H:%M}", "Note": clean_lines(one.note, 200),
        }
        for one in found
    ]  # fmt: skip


def item_actions(store: Store, one: Saved) -> None:
    """Open, duplicate, delete; a deletion can be undone."""
    with st.container(horizontal=True, vertical_alignment="center"):
        _open_link(one)
        if st.button("Duplicate", key="saved_duplicate", **editors_only()):
            duplicate_item(store, one)
            st.rerun()
        if st.button("Delete", key="saved_delete", **editors_only()):
            delete_item(store, one.item)
            st.session_state["routecast_deleted"] = one
            st.rerun()


def _open_link(one: Saved) -> None:
    """A link that reproduces it."""
    if one.kind == "comparison":
        link_to("present/report.py", "Open as a report", {"saved": one.reference})
    elif one.kind == "architecture" and (packed := pack(one.content)):
        link_to("route/simulate.py", "Open on Simulate", {"arch": packed})
    elif one.kind == "scenario":
        link_to("route/simulate.py", "Open on Simulate", _sliders(scenario_of(one.content)))


def _sliders(scenario: Scenario) -> dict[str, str]:
    """The values of Simulate's sliders, which are its link."""
    values: dict[str, float] = {
        "sim_volume": int(scenario.requests_per_month or 0), "growth": round(scenario.growth * 100),
        "cache": round(scenario.cache_survival * 100), "length": scenario.verbosity, "shift": scenario.quality_shift * 100,
        "fixed": scenario.fixed_monthly_usd,
    }  # fmt: skip
    if scenario.quality_floor is not None:
        values["floor"] = round(scenario.quality_floor * 100)
    found = {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in values.items()}
    for model, inward, outward in scenario.prices[:1]:
        found |= {"price_of": model, "price_in": f"{inward:g}", "price_out": f"{outward:g}"}
    return found


def version_form(store: Store, versions: tuple[Saved, ...]) -> None:
    """The chosen version, to read, and to keep as a new one."""
    references = {one.reference: f"version {one.version}, {one.saved_at:%Y-%m-%d %H:%M}" for one in versions}
    one = next(each for each in versions if each.reference == _chosen(references))
    name = st.text_input("Name", one.name, key=f"saved_name_{one.reference}", max_chars=200)
    note = st.text_area("Note", one.note, key=f"saved_note_{one.reference}", max_chars=4_000)
    author = author_input("Author", one.author, key=f"saved_author_{one.reference}")
    content = st.text_area("Content", one.content, key=f"saved_content_{one.reference}", height=320)
    if st.button("Keep as a new version", key="saved_version", **editors_only()):
        if one.kind == "architecture" and name.strip() != one.name and name.strip():
            content = renamed(content, name.strip())
        _check(one, content)
        save_item(store, one.kind, name, content, note, author, one.item)
        st.rerun()


def _chosen(references: dict[str, str]) -> str:
    if len(references) == 1:
        return next(iter(references))
    return st.selectbox("Version", list(references), format_func=references.__getitem__, key="saved_reference")


def _check(one: Saved, content: str) -> None:
    """Refuse what could not be opened again."""
    if one.kind == "architecture":
        parse_architecture(content, "This architecture")
    elif one.kind == "scenario":
        scenario_of(content)
    else:
        _ = comparison_of(content).architectures


def add_form(store: Store) -> None:
    """A TOML file or text becomes a kept architecture."""
    text = st.text_area("Architecture (TOML)", key="saved_add_text", height=200)
    note = st.text_input("Note", key="saved_add_note", max_chars=4_000)
    author = author_input("Author", key="saved_add_author")
    if st.button("Keep", key="saved_add", type="primary", **editors_only()):
        architecture = parse_architecture(text, "This architecture")
        save_item(store, "architecture", architecture.name, text, note, author)
        st.rerun()
