"""Who is acting, and whether that person may change anything.

On the command line it is the user of the operating system, who may. A server that has sessions of several people says
once how to tell them apart (`identify_by`); whoever it cannot name is nobody and may change nothing. Every write and every
call that costs money asks `require_editor`, so that it does not depend on which buttons a page shows.
"""

import os
import pwd
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from analytics.errors import RoleError, TeamError

MOST_NAME_CHARACTERS = 200


@dataclass(frozen=True)
class Person:
    """Who is acting; the role is `editor` or `viewer`."""

    name: str
    may_write: bool

    @property
    def role(self) -> str:
        """What a screen calls it."""
        return "editor" if self.may_write else "viewer"


NOBODY = Person("nobody who is signed in", False)


def operating_system_user() -> Person:
    """The account this process runs under; the environment has no say in it."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under a number that has no name
        name = f"user {os.getuid()}"
    return Person(name, True)


_identify: Callable[[], Person] = operating_system_user
_acting: ContextVar[Person | None] = ContextVar("acting", default=None)


def identify_by(identify: Callable[[], Person]) -> None:
    """From now on `identify` says who acts, for the whole process."""
    global _identify
    _identify = identify


def acting() -> Person:
    """Who acts here and now."""
    return _acting.get() or _identify()


@contextmanager
def acting_as(person: Person) -> Iterator[None]:
    """Carry a person over to a thread that goes on with their work."""
    token = _acting.set(person)
    try:
        yield
    finally:
        _acting.reset(token)


def require_editor(what: str) -> Person:
    """Who acts, if they may change something; `what` (such as "load a log") goes into the refusal. Raises RoleError."""
    person = acting()
    if not person.may_write:
        raise RoleError(
            f"{person.name[:MOST_NAME_CHARACTERS]} may see everything but not {what}: that takes the role of an editor, "
            "which whoever runs this server gives."
        )
    return person


def editors_of(team: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The entries of `[team] editors`: addresses such as ann@example.com, or @example.org for all of a domain.

    None or an empty section names nobody. Raises TeamError for anything else, so that a mistake makes no editor.
    """
    if team is None:
        return ()
    for key in team:
        if key != "editors":
            raise TeamError(f"[team] has an unknown key '{key[:40]}': it holds editors = [...] alone.")
    entries = team.get("editors", [])
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise TeamError('[team] editors must be a list such as ["ann@example.com", "@example.org"].')
    for entry in entries:
        name, at, domain = entry.strip().rpartition("@") if isinstance(entry, str) else ("", "", "")
        if not at or not domain or "@" in name:
            raise TeamError(
                f"[team] editors: {str(entry)[:60]!r} is neither an address nor a domain such as @example.org."
            )
    return tuple(entry.strip().casefold() for entry in entries)


def is_editor(claims: Mapping[str, Any], editors: Sequence[str]) -> bool:
    """Whether the claims of a sign-in are those of an editor; an address that the provider did not verify never is."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") not in (True, "true"):
        return False
    address = email.strip().casefold()
    name, _, domain = address.rpartition("@")
    return bool(name) and (address in editors or f"@{domain}" in editors)
