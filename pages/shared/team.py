"""Team mode: with an `[auth]` section in Streamlit's secrets nobody sees anything before signing in, and roles hold.

`[team] editors` in the same file names who may change something; everybody else who signs in may look. What makes a
role hold is analytics/people.py, which every write asks; what is here says who is asking, and tells viewers beforehand.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitMissingAuthlibError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from analytics.errors import RoutecastError, TeamError
from analytics.people import NOBODY, Person, acting, editors_of, identify_by, is_editor, operating_system_user
from pages.shared.states import show_error

WHY_NOT = "This takes the role of an editor."


def _secrets() -> Mapping[str, Any]:
    """Streamlit's secrets; none when there is no file. Raises TeamError when one cannot be read: then nobody gets in."""
    if st.secrets.load_if_toml_exists():
        return st.secrets
    if any(Path(file).exists() for file in st.get_option("secrets.files")):
        raise TeamError("secrets.toml is no valid TOML: mend it, nobody can be told apart until then.")
    return {}


def team_mode() -> bool:
    """Whether people sign in here. Raises TeamError when that cannot be told."""
    return "auth" in _secrets()


def this_person() -> Person:
    """Who this session belongs to: without team mode whoever runs the server."""
    try:
        if not team_mode():
            return operating_system_user()
        if get_script_run_ctx(suppress_warning=True) is None or not st.user.get("is_logged_in"):
            return NOBODY
        claims = st.user.to_dict()
        name = claims.get("email") or claims.get("sub") or "somebody without an address"
        return Person(str(name), is_editor(claims, editors_of(_secrets().get("team"))))
    except TeamError:
        return NOBODY


identify_by(this_person)


def require_login() -> None:
    """In team mode, ask for a sign-in and end the run of whoever has not; nothing is drawn or read before."""
    try:
        if not team_mode():
            return
        editors_of(_secrets().get("team"))
    except RoutecastError as error:
        show_error(error)
        st.stop()
    if not st.user.get("is_logged_in"):
        _sign_in()
        st.stop()


def _sign_in() -> None:
    st.title("Routecast")
    st.write("Sign in to see what your team's LLM traffic costs.")
    auth = _secrets()["auth"]
    named = [name for name, value in auth.items() if isinstance(value, Mapping) and "client_id" in value]
    for name in named if named and "client_id" not in auth else [None, *named]:
        if st.button(f"Sign in with {name}" if name else "Sign in", type="primary", key=f"sign_in_{name or 'default'}"):
            try:
                st.login(name)
            except StreamlitMissingAuthlibError:
                show_error(
                    TeamError("Signing in needs the package Authlib: install it (python -m pip install Authlib).")
                )
            except Exception as error:  # an [auth] section that lacks something: its text names what
                show_error(
                    TeamError(f"The [auth] section of secrets.toml cannot be used: {str(error).splitlines()[0]}")
                )


def account() -> None:
    """In team mode, who is signed in, as what, and the way out."""
    if not team_mode():
        return
    person = acting()
    with st.sidebar.container(horizontal=True, vertical_alignment="center"):
        st.text(f"{person.name}, {person.role}", width="stretch")
        if st.button("Sign out", type="tertiary", key="sign_out"):
            st.logout()
    if not person.may_write:
        st.sidebar.caption("You can look at everything. Editors make changes.")


def may_write() -> bool:
    """Whether who is looking may change something."""
    return acting().may_write


def editors_only(help: str | None = None, disabled: bool = False) -> dict[str, Any]:
    """`disabled` and `help` of a control that changes something: viewers see it, cannot use it, and read why."""
    return {"disabled": disabled, "help": help} if may_write() else {"disabled": True, "help": WHY_NOT}


def author_input(label: str, value: str = "", **options: Any) -> str:
    """Who is to be named as the author: whoever is signed in, else what is typed."""
    if team_mode():
        return acting().name
    return st.text_input(label, value=value, max_chars=200, **options)


def server_paths_allowed() -> bool:
    """Whether files of the server may be named: not where people sign in, who are not whoever runs the server."""
    return not team_mode()
