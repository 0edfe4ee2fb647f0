"""One attempt at one call: streamed, timed, bounded in time and size; what came of it is said, never raised.

A gateway answers 500 or 502 when the model's answer broke off on its other side, and that was billed there: only 429, 503
and 529 are sure to have cost nothing. One that passes a broken answer on as a whole one (LiteLLM does so where the model's
API does not frame its stream) cannot be found out from here.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from json import JSONDecodeError, loads
from typing import Literal

import httpx

from analytics.errors import CallError
from analytics.http import TooLargeError, bounded, retry_after, scrubbed
from analytics.sidebyside.endpoints import Endpoint
from analytics.sidebyside.protocols import Reply, Request, Usage, error_text, take_event

# ok: answered in full. refused: not billed, may be tried again (429, 503, no connection). rejected: not billed, the same
# again would fail the same (other 4xx, redirects). cut: sent, but its end was not seen, so that it may have been billed.
Status = Literal["ok", "refused", "rejected", "cut"]

MOST_ANSWER_BYTES = 8 * 1024 * 1024
MOST_ERROR_BYTES = 65_536
NOT_BILLED_CODES = (429, 503, 529)
# Whoever gives up waiting does not know whether the model went on.
GAVE_UP_WAITING_CODES = (408, 499)
LONGEST_RETRY_AFTER_S = 120.0


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt; times in milliseconds, None where nothing came."""

    status: Status
    text: str = ""
    usage: Usage | None = None
    latency_ms: float | None = None
    ttft_ms: float | None = None
    error: str = ""
    retry_after_s: float | None = None
    stopped_because: str = ""


async def ask(client: httpx.AsyncClient, endpoint: Endpoint, request: Request, secrets: Iterable[str]) -> Outcome:
    """Make one attempt. No text of the outcome holds one of `secrets`, given as `hidden_forms`."""
    secrets = tuple(secrets)
    started = time.perf_counter()
    reply = Reply()
    first: list[float] = []
    try:
        async with asyncio.timeout(endpoint.timeout_s):
            found = await _stream(client, endpoint, request, reply, first, started)
    except TimeoutError:
        found = Outcome("cut", error=f"no end within {endpoint.timeout_s:g} s")
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        found = Outcome("refused", error=f"no connection ({type(error).__name__})")
    except httpx.TimeoutException:
        found = Outcome("cut", error=f"silence of more than {endpoint.timeout_s:g} s")
    except TooLargeError:
        found = Outcome("cut", error="an answer beyond the bound")
    except httpx.HTTPError as error:
        found = Outcome("cut", error=f"the connection broke ({type(error).__name__})")
    except CallError as error:
        found = Outcome("rejected", error=str(error))
    if found.status != "cut" and found.status != "ok":
        return Outcome(found.status, error=scrubbed(found.error, secrets), retry_after_s=found.retry_after_s)
    return Outcome(
        found.status, scrubbed(reply.text, secrets), reply.usage, (time.perf_counter() - started) * 1000.0,
        first[0] if first else None, scrubbed(found.error, secrets), found.retry_after_s,
        scrubbed(reply.stopped_because, secrets),
    )  # fmt: skip


async def _stream(
    client: httpx.AsyncClient, endpoint: Endpoint, request: Request, reply: Reply, first: list[float], started: float
) -> Outcome:
    headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", **request.headers}
    async with client.stream("POST", request.url, headers=headers, json=request.body) as response:
        if response.status_code != 200:
            return await _refusal(response)
        if "application/json" in response.headers.get("content-type", ""):  # a server that does not stream
            take_event(
                endpoint.kind,
                reply,
                b"".join([part async for part in bounded(response, MOST_ANSWER_BYTES)]).decode("utf-8", "replace"),
            )
        else:
            async for data in _events(response):
                if take_event(endpoint.kind, reply, data) and not first:
                    first.append((time.perf_counter() - started) * 1000.0)
                if reply.error:
                    break
    if reply.error:
        return Outcome("cut", error=f"the answer broke off: {reply.error}")
    return Outcome("ok") if reply.complete else Outcome("cut", error="the answer ended before its end")


async def _events(response: httpx.Response) -> AsyncIterator[str]:
    """The data of server-sent events, lines of one event joined."""
    rest, data = bytearray(), list[str]()
    async for chunk in bounded(response, MOST_ANSWER_BYTES):
        rest += chunk
        if b"\n" not in chunk:
            continue
        *lines, rest = rest.split(b"\n")
        for line in lines:
            text = line.rstrip(b"\r").decode("utf-8", "replace")
            if text.startswith("data:"):
                data.append(text[5:].removeprefix(" "))
            elif not text and data:
                yield "\n".join(data)
                data = []
    if rest.startswith(b"data:"):
        data.append(rest[5:].decode("utf-8", "replace").strip())
    if data:
        yield "\n".join(data)


async def _beginning(response: httpx.Response, most: int) -> bytes:
    """The body, cut at `most` bytes."""
    parts = []
    try:
        async for part in bounded(response, most):
            parts.append(part)
    except TooLargeError:
        pass
    return b"".join(parts)


async def _refusal(response: httpx.Response) -> Outcome:
    code = response.status_code
    body = (await _beginning(response, MOST_ERROR_BYTES)).decode("utf-8", "replace")
    try:
        message = error_text(loads(body))
    except (JSONDecodeError, RecursionError):
        message = error_text(body)
    if 300 <= code < 400:
        return Outcome("rejected", error=f"HTTP {code}: redirects are not followed, write the final url")
    text = f"HTTP {code}: {message}" if message else f"HTTP {code}"
    asked = retry_after(response.headers)
    wait = None if asked is None else min(asked, LONGEST_RETRY_AFTER_S)
    if code in NOT_BILLED_CODES:
        return Outcome("refused", error=text, retry_after_s=wait)
    return Outcome(
        "cut" if code >= 500 or code in GAVE_UP_WAITING_CODES else "rejected", error=text, retry_after_s=wait
    )
