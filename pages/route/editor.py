"""Editing an architecture: a form for its rules, or its TOML; the link carries whatever differs from what it began with."""

from dataclasses import replace

import streamlit as st

from analytics.errors import RoutecastError
from analytics.policies import architecture_toml, parse_architecture
from analytics.policies.link import pack, unpack
from analytics.reports import Choices
from pages.route.rules import architecture_form, forget_draft, has_draft
from pages.shared.states import show_error

FORM, TOML = "Form", "TOML"
LINK, EDITED = "arch", "simulate_edited"
MODE_HELP = "TOML is the text of the same rules, as a file holds them: for those who would rather type."


def edit_architecture(starts: dict[str, str], first: int, choices: Choices, routers: list[str]) -> str:
    """Draw the editor, beginning with the one at place `first` of `starts`; returns its TOML, which may have mistakes."""
    top, mode_place = st.columns([2, 1])
    base = top.selectbox(
        "Start from", list(starts), index=first, key="base", bind="query-params", on_change=_start_again
    )  # fmt: skip
    mode = mode_place.segmented_control(
        "Edit as", [FORM, TOML], default=FORM, required=True, key="mode", bind="query-params", on_change=forget_draft,
        help=MODE_HELP,
    )  # fmt: skip
    start = st.session_state.get(EDITED) or unpack(st.query_params.get(LINK, "")) or starts[base]
    text = _form(start, starts, base, choices, routers) if mode == FORM else None
    if text is None:
        text = st.text_area(
            "Architecture", value=start, height=380, key=f"toml_{base}", help="Press Ctrl-Enter to apply."
        )
    if text != starts[base]:
        st.session_state[EDITED] = text
        st.query_params[LINK] = pack(text)
    else:
        _forget_edits()
    return text


def _start_again() -> None:
    _forget_edits()
    forget_draft()


def _forget_edits() -> None:
    st.session_state.pop(EDITED, None)
    st.query_params.pop(LINK, None)


def _form(start: str, starts: dict[str, str], base: str, choices: Choices, routers: list[str]) -> str | None:
    """The form's architecture as TOML, or what it began with, untouched; None when the TOML must be mended first."""
    try:
        begin = None if has_draft() else parse_architecture(start, "The architecture")
    except RoutecastError as error:
        show_error(error)
        return None
    # What describes the rules one begins with is not true of those they become.
    if begin is not None and start == starts[base]:
        begin = replace(begin, description="")
    edited = architecture_form(begin, choices, routers)
    text = architecture_toml(edited)
    untouched = text == architecture_toml(replace(parse_architecture(starts[base]), description=""))
    return starts[base] if untouched else text
