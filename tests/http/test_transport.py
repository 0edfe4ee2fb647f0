"""Connections go to addresses that were checked, answers are bounded, and waits are as long as asked."""

import gzip
import socket
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from analytics.errors import CallError, RoutecastError
from analytics.http import (
    GuardedTransport,
    TooLargeError,
    UnresolvedError,
    bounded,
    guarded_client,
    read_key,
    retry_after,
)
from analytics.http.transport import Resolve
from analytics.waiting import wait_for
from tests.sources.server import Trouble, serving


def asked(url: str, resolver: Resolve, allow_private: bool = False) -> httpx.Response:
    """The answer at `url` where names mean what `resolver` says."""

    async def call() -> httpx.Response:
        async with httpx.AsyncClient(transport=GuardedTransport(allow_private, 1, resolver)) as client:
            return await client.get(url)

    return wait_for(call())


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["1.1.1.1", "169.254.169.254"]])
def test_a_name_that_points_inside_is_not_called(addresses: list[str]) -> None:
    """One bad address among good ones is enough."""
    with pytest.raises(CallError, match=r"public\.example is at"):
        asked("http://public.example/", lambda host, port: addresses)


@pytest.mark.parametrize("host", ["localhost", "0x7f000001", "2130706433", "127.1"])
def test_a_loopback_by_another_name(host: str) -> None:
    async def call() -> None:
        async with guarded_client() as client:
            await client.get(f"http://{host}:9/")

    with pytest.raises(CallError, match="private or loopback"):
        wait_for(call())


def test_a_name_that_changes_its_address_leads_nowhere_else() -> None:
    """The name is resolved once: what it points to after it was checked does not matter."""
    with serving({"/": lambda call: {"ok": True}}) as server:
        port, names = int(server.url.rsplit(":", 1)[1]), list[str]()

        def rebinding(host: str, port: int) -> list[str]:
            names.append(host)
            return ["127.0.0.1"] if len(names) == 1 else ["169.254.169.254"]

        assert asked(f"http://gateway.example:{port}/", rebinding, True).json() == {"ok": True}
        assert names == ["gateway.example"]
        assert server.calls[0].headers["host"] == f"gateway.example:{port}"


def test_the_checked_address_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever connects below looks names up no second time."""
    real: Callable[..., Any] = socket.getaddrinfo
    looked_up: list[str] = []

    def counted(host: Any, *arguments: Any, **more: Any) -> Any:
        looked_up.append(str(host))
        return real("127.0.0.1" if host == "rebind.example" else host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", counted)

    async def call(port: int) -> int:
        async with guarded_client(allow_private=True) as client:
            return (await client.get(f"http://rebind.example:{port}/")).status_code

    with serving({"/": lambda call: {}}) as server:
        assert wait_for(call(int(server.url.rsplit(":", 1)[1]))) == 200
    assert looked_up.count("rebind.example") == 1


def test_the_next_address_is_tried_where_nobody_listens() -> None:
    with serving({"/": lambda call: {}}) as server:
        port = server.url.rsplit(":", 1)[1]
        assert asked(f"http://two.example:{port}/", lambda host, port: ["127.0.0.2", "127.0.0.1"], True).is_success


def test_a_name_that_is_unknown() -> None:
    with pytest.raises(UnresolvedError, match="cannot be found"):
        asked("http://nobody.example/", lambda host, port: [])


def test_redirects_are_not_followed() -> None:
    with serving({}) as server:
        server.troubles.append(Trouble(302, {"location": "http://169.254.169.254/"}))
        assert asked(server.url, lambda host, port: [host], True).status_code == 302


@pytest.mark.parametrize("squeezed", [False, True])
def test_an_answer_is_bounded(squeezed: bool) -> None:
    """Counted as it unfolds: 4 MB of zeros are 4 kB in transit."""
    body, headers = b"0" * (4 << 20), {"content-encoding": "gzip"} if squeezed else {}

    async def read(url: str, most: int) -> int:
        async with guarded_client(allow_private=True) as client, client.stream("GET", url) as response:
            return sum([len(part) async for part in bounded(response, most)])

    with serving({}) as server:
        server.troubles += [Trouble(200, headers, gzip.compress(body) if squeezed else body)] * 2
        assert wait_for(read(server.url, 4 << 20)) == 4 << 20
        with pytest.raises(TooLargeError):
            wait_for(read(server.url, (4 << 20) - 1))


def test_how_long_to_wait() -> None:
    assert retry_after(httpx.Headers({"Retry-After": "7"})) == 7.0
    assert retry_after(httpx.Headers({"retry-after-ms": "250", "Retry-After": "7"})) == 0.25
    assert retry_after(httpx.Headers({"Retry-After": "86400"})) == 86400.0
    assert retry_after(httpx.Headers({"Retry-After": "-3"})) == 0.0
    assert retry_after(httpx.Headers({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})) == 0.0
    for nothing in ("soon", "nan", "", "Wed, 99 Oct 2015"):
        assert retry_after(httpx.Headers({"Retry-After": nothing})) is None


def test_a_broken_key_is_not_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDE_KEY", "sk-plänted\nX-Evil: 1")
    with pytest.raises(RoutecastError) as caught:
        read_key("SIDE_KEY")
    shown = "".join(traceback.format_exception(caught.value))
    assert "sk-pl" not in shown
    assert "SIDE_KEY" in shown
