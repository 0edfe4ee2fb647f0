"""Connections to checked addresses only; HTTP/2 where it is offered and the package `h2` is installed.

A name is resolved once a request, and the connection goes to an address that was checked: a name that resolves differently
a moment later (DNS rebinding) leads nowhere else. The certificate is checked against the name.
"""

import asyncio
import importlib.util
import logging
import socket
from collections.abc import Callable, Mapping

import httpx

from analytics.http.address import check_address

CONNECT_SECONDS = 10.0

Resolve = Callable[[str, int], list[str]]


class UnresolvedError(httpx.ConnectError):
    """A name without an address."""


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a name, in the order to try; none when it is not known."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """Calls one server, under the name that was asked for, at an address that was checked."""

    def __init__(self, allow_private: bool, connections: int = 8, resolver: Resolve = resolve) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        two = importlib.util.find_spec("h2") is not None
        # Of the environment it reads SSL_CERT_FILE and SSL_CERT_DIR, nothing else.
        self._inner = httpx.AsyncHTTPTransport(http2=two, limits=limits)
        self._allow_private, self._resolve = allow_private, resolver

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises CallError when an address of its host must not be called."""
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = await asyncio.to_thread(self._resolve, host, port)
        if not addresses:
            raise UnresolvedError(f"{host} cannot be found")
        for address in addresses:
            check_address(host, address, self._allow_private)
        for address in addresses[:-1]:
            try:
                return await self._call(request, host, address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # such as localhost, whose server may listen on one of its two addresses
        return await self._call(request, host, addresses[-1])

    async def _call(self, request: httpx.Request, host: str, address: str) -> httpx.Response:
        checked = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # with the name as Host
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": host},
        )
        return await self._inner.handle_async_request(checked)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def guarded_client(
    allow_private: bool = False,
    connections: int = 8,
    seconds: float = 120.0,
    headers: Mapping[str, str] | None = None,
) -> httpx.AsyncClient:
    """A client for one server. Each wait for bytes ends after `seconds`; no redirect is followed by itself; no proxy
    and no .netrc of the environment is used.
    """
    for name in ("hpack", "httpcore"):
        logging.getLogger(name).setLevel(logging.INFO)  # below, they write the headers of every call
    return httpx.AsyncClient(
        transport=GuardedTransport(allow_private, connections),
        headers=headers,
        timeout=httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
        follow_redirects=False,
        trust_env=False,
    )
