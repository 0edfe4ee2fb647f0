"""Keys: read from the environment, checked, and taken out of every text that leaves."""

import base64
import json
import os
from collections.abc import Iterable
from urllib.parse import quote

from analytics.errors import CallError

HIDDEN = "(hidden)"
# Shorter values would take innocent words out of a text.
LEAST_SECRET_CHARACTERS = 6


def read_key(variable: str) -> str:
    """The key in an environment variable; raises CallError naming the variable, never its value."""
    return checked_key(variable, os.environ.get(variable))


def checked_key(variable: str, value: str | None) -> str:
    """The key that a variable holds; raises CallError naming the variable, never its value."""
    key = (value or "").strip()
    if not key:
        raise CallError(f"The environment variable {variable} is not set: put the key there.")
    if not key.isascii() or not key.isprintable():
        raise CallError(f"The environment variable {variable} does not hold a key: it has other characters.")
    return key


def hidden_forms(secrets: Iterable[str]) -> list[str]:
    """The secrets as they are, as they stand in URLs and JSON, and in Basic authentication; the longest first."""
    forms = set()
    for secret in secrets:
        if len(secret) >= LEAST_SECRET_CHARACTERS:
            encoded = base64.b64encode(secret.encode()).decode()
            forms |= {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], encoded}
    return sorted(forms, key=len, reverse=True)


def scrubbed(text: str, forms: Iterable[str]) -> str:
    """`text` without any of the `hidden_forms`."""
    for form in forms:
        text = text.replace(form, HIDDEN)
    return text
