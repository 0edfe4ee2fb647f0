"""Editing an architecture: a form for rules, or its TOML; the link carries whatever differs from a shipped one."""

from typing import Any

import streamlit as st

from analytics.policies import Architecture, Overhead, Route, Use, architecture_toml
from analytics.policies.link import pack, unpack
from analytics.policies.predicate import parse_predicate

FORM, TOML = "Form", "TOML"
LINK = "arch"


def edit_architecture(shipped: dict[str, str], options: dict[str, Any]) -> str:
    """Draw the editor; returns the TOML of the edited architecture, which may have mistakes."""
    linked = unpack(st.query_params.get(LINK, ""))
    top, mode_place = st.columns([2, 1])
    base = top.selectbox(
        "Start from",
        list(shipped),
        index=min(2, len(shipped) - 1),
        key="base",
        bind="query-params",
        on_change=_forget_link,
    )
    mode = mode_place.segmented_control(
        "Edit as", [TOML, FORM], default=TOML, required=True, key="mode", bind="query-params"
    )
    if mode == FORM:
        text = _form(options)
    else:
        start = linked or shipped[base]
        text = st.text_area(
            "Architecture", value=start, height=380, key=f"toml_{base}", help="Press Ctrl-Enter to apply."
        )
    if text != shipped[base]:
        st.query_params[LINK] = pack(text)
    elif LINK in st.query_params:
        del st.query_params[LINK]
    return text


def _forget_link() -> None:
    st.query_params.pop(LINK, None)


def _form(options: dict[str, Any]) -> str:
    """One rule and a default: enough for a first idea, and the TOML shows how to go on."""
    models = options["model"]
    cases = st.multiselect(
        "Requests of these use cases",
        options["use_case"],
        default=options["use_case"][-2:],
        key="form_cases",
        bind="query-params",
    )
    limit = st.slider("with a complexity below", 0.0, 1.0, 0.5, 0.01, key="form_limit", bind="query-params")
    cheap = st.selectbox("go to", models, index=len(models) - 1, key="form_model", bind="query-params")
    default = st.selectbox("all others go to", models, key="form_default", bind="query-params")
    names = ", ".join("'" + case.replace("'", "''") + "'" for case in cases)
    condition = f"use_case in ({names}) and complexity < {limit:.2f}" if cases else f"complexity < {limit:.2f}"
    route = Route(parse_predicate(condition, "The rule"), Use(cheap))
    return architecture_toml(
        Architecture("My architecture", Use(default), routes=(route,), overhead=Overhead(latency_ms=15.0))
    )
