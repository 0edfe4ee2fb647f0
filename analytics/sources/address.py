"""Which addresses may be called: http and https, public ones, and private ones only where the operator allows them.

A name is resolved once and the connection goes to the address that was checked: a name that resolves differently a
moment later (DNS rebinding) leads nowhere else. Link-local addresses, where clouds keep their credentials, are never
called.
"""

import asyncio
import ipaddress
import os
import socket
from urllib.parse import urlsplit, urlunsplit

from analytics.errors import SourceError

MAX_URL_CHARACTERS = 2_000
ALLOW_PRIVATE = "ROUTECAST_ALLOW_PRIVATE"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked_url(url: str) -> str:
    """The URL without a trailing slash; raises SourceError unless it is a plain http(s) address without credentials."""
    shown = url[:100]
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceError("The address is not a URL: write it like https://gateway.example.com.") from error
    if "@" in parts.netloc:
        raise SourceError(
            "The address holds a user name or key: leave it out, and name the variable that holds the key."
        )
    if parts.scheme not in ("http", "https"):
        raise SourceError(f"The address '{shown}' is not http or https: write it like https://gateway.example.com.")
    if not host or port == 0 or len(url) > MAX_URL_CHARACTERS or any(not letter.isprintable() for letter in url):
        raise SourceError(f"The address '{shown}' names no host: write it like https://gateway.example.com.")
    if parts.query or parts.fragment:
        raise SourceError(f"The address '{shown}' has a query: give the address of the server alone.")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def private_allowed(of_source: bool) -> bool:
    """Whether private addresses may be called: by the source's own entry, or by the operator's environment."""
    return of_source or os.environ.get(ALLOW_PRIVATE, "").strip().lower() in ("1", "true", "yes")


async def resolve_checked(host: str, port: int, allow_private: bool) -> list[str]:
    """The addresses of `host`, each of which may be called. Raises SourceError naming host and remedy."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceError(f"{host} cannot be found: check the address and the network.") from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    for address in addresses:
        _refuse(host, address, allow_private)
    return list(dict.fromkeys(map(str, addresses)))


def _refuse(host: str, address: Address, allow_private: bool) -> None:
    inner = _embedded(address)
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified:
        raise SourceError(f"{host} is at {address}, which is never called: name the server's own address.")
    if not allow_private and not inner.is_global:
        raise SourceError(
            f"{host} is at the private address {address}: set allow_private = true for this source, or {ALLOW_PRIVATE}=1, if it is meant."
        )


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


async def check_engine_address(url: str, allow_private: bool) -> None:
    """Refuse a warehouse at an address that may not be called; a path, or a service with an address of its own, passes."""
    parts = urlsplit(url)
    if parts.hostname and parts.scheme in ("postgres", "postgresql", "clickhouse", "trino"):
        await resolve_checked(parts.hostname, parts.port or 0, allow_private)
