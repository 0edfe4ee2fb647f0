"""Editing an architecture: a form for its rules, or its TOML; the link carries whatever differs from a shipped one."""

from typing import Any

import streamlit as st

from analytics.errors import RoutecastError
from analytics.policies import architecture_toml, parse_architecture
from analytics.policies.link import pack, unpack
from pages.route.rules import architecture_form, forget_draft, has_draft
from pages.shared.states import show_error

FORM, TOML = "Form", "TOML"
LINK, EDITED = "arch", "simulate_edited"


def edit_architecture(shipped: dict[str, str], options: dict[str, Any], routers: list[str]) -> str:
    """Draw the editor; returns the TOML of the edited architecture, which may have mistakes."""
    top, mode_place = st.columns([2, 1])
    base = top.selectbox(
        "Start from", list(shipped), index=min(2, len(shipped) - 1), key="base", bind="query-params", on_change=_start_again
    )  # fmt: skip
    mode = mode_place.segmented_control(
        "Edit as", [TOML, FORM], default=TOML, required=True, key="mode", bind="query-params", on_change=forget_draft
    )
    start = st.session_state.get(EDITED) or unpack(st.query_params.get(LINK, "")) or shipped[base]
    text = _form(start, shipped, options, routers) if mode == FORM else None
    if text is None:
        text = st.text_area(
            "Architecture", value=start, height=380, key=f"toml_{base}", help="Press Ctrl-Enter to apply."
        )
    if text != shipped[base]:
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


def _form(start: str, shipped: dict[str, str], options: dict[str, Any], routers: list[str]) -> str | None:
    """The form's architecture as TOML, or the shipped file that says the same; None when the TOML must be mended first."""
    try:
        begin = None if has_draft() else parse_architecture(start, "The architecture")
    except RoutecastError as error:
        show_error(error)
        return None
    known = [model for text in shipped.values() for model in parse_architecture(text).models]
    models = list(dict.fromkeys([*options["model"], *known]))
    text = architecture_toml(architecture_form(begin, options["use_case"], models, routers))
    return next((one for one in shipped.values() if architecture_toml(parse_architecture(one)) == text), text)
