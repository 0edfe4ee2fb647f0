"""Which addresses may be called: http and https, public ones, and private ones only where the operator allows them.

Link-local addresses, where clouds keep their credentials, are never called.
"""

import ipaddress
import os
from urllib.parse import urlsplit, urlunsplit

from analytics.errors import CallError

MAX_URL_CHARACTERS = 2_000
ALLOW_PRIVATE = "ROUTECAST_ALLOW_PRIVATE"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def checked_url(url: str, allow_private: bool = False) -> str:
    """The URL of a server without a trailing slash, as far as it can be checked before its name is resolved.

    Raises CallError unless it is a plain http(s) address without credentials, of a host that may be called.
    """
    shown = url[:100]
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise CallError("The address is not a URL: write it like https://gateway.example.com.") from error
    if "@" in parts.netloc:
        raise CallError("The address holds a user name or key: leave it out, and name the variable that holds the key.")
    if parts.scheme not in ("http", "https"):
        raise CallError(f"The address '{shown}' is not http or https: write it like https://gateway.example.com.")
    if not host or port == 0 or len(url) > MAX_URL_CHARACTERS or any(not letter.isprintable() for letter in url):
        raise CallError(f"The address '{shown}' names no host: write it like https://gateway.example.com.")
    if parts.query or parts.fragment:
        raise CallError(f"The address '{shown.split('?')[0]}' has a query: give the address of the server alone.")
    try:
        check_address(host, host, allow_private)
    except ValueError:  # a name: checked when it is resolved
        if host.rstrip(".").endswith("localhost") and not private_allowed(allow_private):
            raise _private(host, host) from None
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def private_allowed(of_entry: bool) -> bool:
    """Whether private addresses may be called: by the server's own entry, or by the operator's environment."""
    return of_entry or os.environ.get(ALLOW_PRIVATE, "").strip().lower() in ("1", "true", "yes")


def check_address(host: str, address: str, allow_private: bool) -> None:
    """Raise CallError, naming host and remedy, unless the address may be called; ValueError when it is none."""
    inner = _embedded(ipaddress.ip_address(address.split("%")[0]))
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified:
        raise CallError(f"{host} is at {address}, which is never called: name the server's own address.")
    if not inner.is_global and not private_allowed(allow_private):
        raise _private(host, address)


def _private(host: str, address: str) -> CallError:
    return CallError(
        f"{host} is at the private or loopback address {address}: set allow_private = true for it, or {ALLOW_PRIVATE}=1, if it is meant."
    )


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    if inner is None and address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address
