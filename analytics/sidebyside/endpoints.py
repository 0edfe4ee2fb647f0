"""Which model APIs and gateways may be asked: `PATH.endpoints.toml` beside the database.

    [[endpoint]]
    name = "gateway"
    kind = "openai"                    # or "anthropic", "gemini"
    url = "https://gateway.example/v1"
    models = ["gpt-4o-mini", "claude-haiku-4-5"]
    key_env = "GATEWAY_KEY"            # the NAME of the environment variable that holds the key
    max_concurrent = 8

The key itself is in no file: it is read from the environment when a call is made.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from analytics.errors import CallError, EndpointError
from analytics.http import checked_url, read_key

Kind = Literal["openai", "anthropic", "gemini"]

MOST_CONCURRENT = 256
LONGEST_SECONDS = 3600.0
# OpenAI's newer models refuse max_tokens, many compatible servers know nothing else.
NEW_LIMIT_HOSTS = ("api.openai.com",)
_KEYS = {
    "name": str, "kind": str, "url": str, "models": list, "key_env": str, "max_concurrent": int,
    "timeout_s": (int, float), "allow_private": bool, "limit_field": str,
}  # fmt: skip


@dataclass(frozen=True)
class Endpoint:
    """One API: its base URL (with /v1 for OpenAI's kind), its models, and how it may be called.

    timeout_s bounds a whole call; limit_field is the name under which OpenAI's kind takes the most output tokens.
    """

    name: str
    kind: Kind
    url: str
    models: tuple[str, ...] = ()
    key_env: str = ""
    max_concurrent: int = 8
    timeout_s: float = 120.0
    allow_private: bool = False
    limit_field: str = "max_tokens"

    def key(self) -> str:
        """The key, '' when the endpoint needs none. Raises EndpointError."""
        try:
            return read_key(self.key_env) if self.key_env else ""
        except CallError as error:
            raise EndpointError(f"{self.name}: {error}") from error


def endpoints_file(database: Path) -> Path:
    """Where the endpoints of a database are: `PATH.endpoints.toml`."""
    return database.with_name(database.name + ".endpoints.toml")


def read_endpoints(database: Path) -> tuple[Endpoint, ...]:
    """The endpoints of a database, none without a file. Raises EndpointError with entry and remedy."""
    file = endpoints_file(database)
    if not file.exists():
        return ()
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise EndpointError(f"{file.name} cannot be read as UTF-8 text: save it again.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise EndpointError(f"{file.name} is not valid TOML: {error}.") from error
    entries = content.pop("endpoint", [])
    if content or not isinstance(entries, list):
        raise EndpointError(f"{file.name} holds [[endpoint]] entries and nothing else: see the README.")
    found = tuple(_endpoint(file.name, number, entry) for number, entry in enumerate(entries, start=1))
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise EndpointError(f"{file.name} has two endpoints of one name: give each its own.")
    return found


def _endpoint(file: str, number: int, entry: Mapping[str, Any]) -> Endpoint:
    place = f"{file}, endpoint {number}"
    if not isinstance(entry, dict):
        raise EndpointError(f"{place} is not a table: write [[endpoint]].")
    for key, value in entry.items():
        if key not in _KEYS:
            # Only the name is shown: whoever writes `key = "..."` has put a secret there.
            raise EndpointError(f"{place}: '{key[:40]}' is not known; the names are {', '.join(_KEYS)}.")
        if not isinstance(value, _KEYS[key]) or (isinstance(value, bool) and _KEYS[key] is not bool):  # type: ignore[arg-type]
            raise EndpointError(f"{place}: {key} has a value of the wrong kind.")
    missing = [key for key in ("name", "kind", "url") if not entry.get(key)]
    if missing:
        raise EndpointError(f"{place}: {missing[0]} is missing.")
    if entry["kind"] not in get_args(Kind):
        raise EndpointError(f"{place}: kind is '{entry['kind'][:40]}', it must be one of {', '.join(get_args(Kind))}.")
    if not all(isinstance(model, str) and model for model in entry.get("models", [])):
        raise EndpointError(f"{place}: models is a list of names.")
    variable = entry.get("key_env", "")
    if variable and not (variable.isidentifier() and variable.isascii()):
        raise EndpointError(f"{place}: key_env is the name of an environment variable, not the key itself.")
    if not 1 <= entry.get("max_concurrent", 8) <= MOST_CONCURRENT:
        raise EndpointError(f"{place}: max_concurrent must be between 1 and {MOST_CONCURRENT}.")
    if not 1 <= entry.get("timeout_s", 120) <= LONGEST_SECONDS:
        raise EndpointError(f"{place}: timeout_s must be between 1 and {LONGEST_SECONDS:.0f}.")
    try:
        url = checked_url(entry["url"], entry.get("allow_private", False))
    except CallError as error:
        raise EndpointError(f"{place}: {error}") from error
    limit = "max_completion_tokens" if urlsplit(url).hostname in NEW_LIMIT_HOSTS else "max_tokens"
    given = {**entry, "models": tuple(dict.fromkeys(entry.get("models", []))), "url": url}
    return Endpoint(**{"limit_field": limit, **given})


def endpoint_of(model: str, endpoints: Sequence[Endpoint]) -> Endpoint:
    """The first endpoint that has the model; one that lists no models takes any. Raises EndpointError."""
    for one in endpoints:
        if model in one.models:
            return one
    for one in endpoints:
        if not one.models:
            return one
    raise EndpointError(f"No endpoint offers {model[:80]}: add it to the models of one in the endpoints file.")


def named_endpoints(endpoints: Sequence[Endpoint], names: Sequence[str], file: Path) -> list[Endpoint]:
    """The endpoints of these names, all without names. Raises EndpointError when there is none, or none of a name."""
    if not endpoints:
        raise EndpointError(f"No endpoint is configured: describe one in {file} (see the README).")
    known = {one.name: one for one in endpoints}
    for name in names:
        if name not in known:
            raise EndpointError(f"There is no endpoint '{name[:80]}': {file.name} has {', '.join(known)}.")
    return [known[name] for name in names] if names else list(endpoints)
