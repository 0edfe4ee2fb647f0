"""Which engines may be called: no password in the address, private addresses only where the operator allows them."""

from urllib.parse import parse_qsl, urlsplit

from analytics.engines import engine_of
from analytics.errors import CallError, SourceError
from analytics.http.address import check_address
from analytics.http.transport import resolve

MAX_URL_CHARACTERS = 2_000
_HOSTS = frozenset({"postgres", "clickhouse", "trino"})
# What an address may ask for besides; anything else could lead elsewhere, or hold what no file should.
_ASKED = {
    "postgres": frozenset({"schema", "sslmode"}),
    "pyspark": frozenset({"spark.master", "spark.app.name"}),
    "clickhouse": frozenset({"secure"}),
    "snowflake": frozenset({"warehouse", "role"}),
    "trino": frozenset({"source"}),
}


def checked_engine_url(url: str) -> str:
    """The URL; raises SourceError unless it names an engine, and neither a password nor anything but what is known."""
    url = url.strip()
    name = engine_of(url)
    try:
        parts = urlsplit(url)
        password, port = parts.password, parts.port
    except ValueError as error:
        raise SourceError("The address of the warehouse is not a URL: write it like postgres://reader@db.example.com/logs.") from error  # fmt: skip
    if password is not None:
        raise SourceError("The address holds a password: leave it out, and name the variable that holds it in key_env.")
    if len(url) > MAX_URL_CHARACTERS or not url.isprintable() or parts.fragment or port == 0:
        raise SourceError(
            "The address of the warehouse is not one: write it like postgres://reader@db.example.com/logs."
        )
    if name in _HOSTS and not parts.hostname:
        raise SourceError(f"The address '{url[:60]}' names no host: write it like {name}://reader@db.example.com/logs.")
    for key, _ in parse_qsl(parts.query, keep_blank_values=True):
        if key not in _ASKED.get(name, ()):
            raise SourceError(f"The address may not ask for '{key[:40]}': {', '.join(sorted(_ASKED.get(name, ()))) or 'nothing'} is known there.")  # fmt: skip
    return url


def check_engine_address(url: str, allow_private: bool) -> None:
    """Refuse a warehouse at an address that may not be called; a path, or a service with an address of its own, passes."""
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in ("postgres", "postgresql", "clickhouse", "trino"):
        return
    try:
        for address in resolve(parts.hostname, parts.port or 0):
            check_address(parts.hostname, address, allow_private)
    except (CallError, OSError) as error:
        raise SourceError(f"The warehouse cannot be called: {error}") from error
