"""HTTP/2 where it is offered, HTTP/1.1 where not; the certificate is that of the name, whatever the address."""

import asyncio
import importlib.util
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from analytics.http import GuardedTransport
from analytics.waiting import wait_for

openssl = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(openssl is None, reason="openssl makes the certificate")
needs_h2 = pytest.mark.skipif(importlib.util.find_spec("h2") is None, reason="the package h2 is not installed")
pytestmark = needs_openssl
CALLS = 20


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate for gateway.example that is trusted, its key beside it."""
    file = tmp_path / "certificate.pem"
    assert openssl is not None
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-keyout", str(file.with_name("key.pem")), "-out", str(file), "-subj", "/CN=gateway.example",
            "-addext", "subjectAltName=DNS:gateway.example",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@asynccontextmanager
async def offering(certificate: Path, *protocols: str) -> AsyncIterator[tuple[int, list[str]]]:
    """A server that offers the protocols: its port, and the protocol of each connection that was made."""
    made: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol() or "http/1.1"
        made.append(chosen)
        try:
            await (_two if chosen == "h2" else _one)(reader, writer)
        finally:
            writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    context.set_alpn_protocols(list(protocols))
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1], made
    finally:
        server.close()


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    await writer.drain()


async def _two(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    import h2.config
    import h2.connection
    import h2.events

    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    while True:
        writer.write(connection.data_to_send())
        await writer.drain()
        received = await reader.read(65_536)
        if not received:
            return
        for event in connection.receive_data(received):
            if isinstance(event, h2.events.StreamEnded):
                connection.send_headers(event.stream_id, [(":status", "200"), ("content-length", "2")])
                connection.send_data(event.stream_id, b"ok", end_stream=True)


async def _called(port: int, name: str = "gateway.example") -> list[str]:
    """The protocol of each of some calls at once."""
    transport = GuardedTransport(True, 4, lambda host, port: ["127.0.0.1"])
    async with httpx.AsyncClient(transport=transport) as client:
        answers = await asyncio.gather(*(client.get(f"https://{name}:{port}/{n}") for n in range(CALLS)))
    assert {answer.text for answer in answers} == {"ok"}
    return [answer.http_version for answer in answers]


@needs_h2
def test_http2_where_it_is_offered(certificate: Path) -> None:
    async def check() -> None:
        async with offering(certificate, "h2", "http/1.1") as (port, made):
            assert await _called(port) == ["HTTP/2"] * CALLS
        assert set(made) == {"h2"}
        assert len(made) <= 4  # calls share connections

    wait_for(check())


@pytest.mark.parametrize("installed", [True, False])
def test_http1_where_one_of_both_has_no_other(
    installed: bool, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not installed:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    async def check() -> None:
        async with offering(certificate, *(["http/1.1"] if installed else ["h2", "http/1.1"])) as (port, made):
            assert await _called(port) == ["HTTP/1.1"] * CALLS
        assert set(made) == {"http/1.1"}

    wait_for(check())


def test_the_certificate_must_be_that_of_the_name(certificate: Path) -> None:
    async def check() -> None:
        async with offering(certificate, "http/1.1") as (port, _):
            await _called(port, "other.example")

    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        wait_for(check())
