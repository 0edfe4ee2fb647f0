"""The one way out: which addresses may be called, how much may come back, and that no key leaks on the way.

A name is resolved here and the connection goes to the address that was checked, so that a name cannot point elsewhere
between the check and the call. Redirects are not followed, proxies and .netrc of the environment are not read.
"""

import asyncio
import importlib.util
import ipaddress
import os
import socket
from collections.abc import Callable, Iterable

import httpx

from analytics.errors import EndpointError

MAX_RESPONSE_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS = 10.0
ALLOW_PRIVATE = "ROUTECAST_ALLOW_PRIVATE"
HIDDEN = "[key]"
# Shorter values would take ordinary words out of a message.
LEAST_SECRET_CHARACTERS = 6

Resolve = Callable[[str, int], list[str]]


def private_allowed() -> bool:
    """Whether the operator of this server allows calls to private and loopback addresses."""
    return os.environ.get(ALLOW_PRIVATE, "").strip().lower() in ("1", "true", "yes")


def check_url(url: str, allow_private: bool = False) -> httpx.URL:
    """A URL that may be called, as far as that shows without resolving its name. Raises EndpointError."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise EndpointError("The url is not one: write https://host/path.") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise EndpointError(f"'{url[:80]}' is not called: only http:// and https:// addresses with a host are.")
    if parsed.userinfo:
        raise EndpointError("A url holds no user or password: name the key's environment variable in key_env.")
    if parsed.query or parsed.fragment:
        raise EndpointError(f"'{url[:80].split('?')[0]}' must end with its path: leave out what follows ? or #.")
    try:
        _check_address(ipaddress.ip_address(parsed.host.strip("[]")), parsed.host, allow_private)
    except ValueError:  # a name: checked when it is resolved
        if parsed.host.rstrip(".").endswith("localhost") and not _allowed(allow_private):
            raise _refused(parsed.host) from None
    return parsed


def _allowed(allow_private: bool) -> bool:
    return allow_private or private_allowed()


def _refused(host: str) -> EndpointError:
    return EndpointError(
        f"{host} is a private or loopback address: set allow_private = true for it in the endpoints file, or {ALLOW_PRIVATE}=1."
    )


def _check_address(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, host: str, allow_private: bool
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    meant = inner or address
    if meant.is_multicast or meant.is_unspecified or meant.is_link_local:  # link-local: a cloud's metadata service
        raise EndpointError(f"{host} is not the address of a server: check the url.")
    if not meant.is_global and not _allowed(allow_private):
        raise _refused(host)
    return address


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a name, in the order to try."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to an address that was checked, under the name that was asked for (Host header and certificate)."""

    def __init__(self, allow_private: bool, connections: int, resolver: Resolve = resolve) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        http2 = importlib.util.find_spec("h2") is not None
        self._inner = httpx.AsyncHTTPTransport(http2=http2, limits=limits, trust_env=False)
        self._allow_private, self._resolve = allow_private, resolver

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request to a checked address; raises EndpointError when it may not be called."""
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        try:
            addresses = await asyncio.to_thread(self._resolve, host, port)
        except OSError as error:
            raise httpx.ConnectError(f"the name {host} cannot be resolved") from error
        for address in addresses:
            _check_address(ipaddress.ip_address(address.split("%")[0]), host, self._allow_private)
        if not addresses:
            raise httpx.ConnectError(f"the name {host} has no address")
        request.url = request.url.copy_with(host=addresses[0])
        if request.url.scheme == "https":
            request.extensions = {**request.extensions, "sni_hostname": host}
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def guarded_client(allow_private: bool = False, connections: int = 8, seconds: float = 120.0) -> httpx.AsyncClient:
    """A client that calls only what may be called; each wait for bytes ends after `seconds`."""
    return httpx.AsyncClient(
        transport=GuardedTransport(allow_private, connections),
        timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
    )


def read_key(variable: str) -> str:
    """The key in an environment variable; raises EndpointError naming the variable, never its value."""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise EndpointError(f"The environment variable {variable} is empty: put the key into it and start again.")
    if not key.isascii() or not key.isprintable():
        raise EndpointError(f"The key in {variable} has characters that no key has: copy it once more.")
    return key


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """`text` without any of the secrets."""
    for secret in secrets:
        if len(secret) >= LEAST_SECRET_CHARACTERS:
            text = text.replace(secret, HIDDEN)
    return text
