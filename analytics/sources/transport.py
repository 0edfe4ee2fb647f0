"""Connections to checked addresses only; HTTP/2 where it is offered and the package `h2` is installed."""

import importlib.util

import httpx

from analytics.sources.address import resolve_checked


class CheckedTransport(httpx.AsyncBaseTransport):
    """Connects to the address that was checked, and to no other; the certificate is checked against the name."""

    def __init__(self, allow_private: bool) -> None:
        two = importlib.util.find_spec("h2") is not None
        self._inner = httpx.AsyncHTTPTransport(http2=two, limits=httpx.Limits(max_connections=8))
        self._allow_private = allow_private

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = await resolve_checked(host, port, self._allow_private)
        for address in addresses[:-1]:
            try:
                return await self._call(request, host, address)
            except httpx.ConnectError:
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
        await self._inner.aclose()
