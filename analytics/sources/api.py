"""Calls to a source's API: checked address, bounded in time and size, retried, never telling the key.

Retried with growing, jittered waits: connections that fail or are cut off, 429 and 5xx. `Retry-After` is honoured up to
MAX_WAIT_SECONDS. Errors are sentences without headers; whatever they quote has the secrets taken out.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import stamina

from analytics.errors import SourceError
from analytics.http import TooLargeError, UnresolvedError, bounded, guarded_client, hidden_forms, retry_after, scrubbed

JsonObject = dict[str, Any]

MAX_ANSWER_BYTES = 64 * 1024 * 1024
CALL_SECONDS = 120.0
ATTEMPTS = 6
MAX_WAIT_SECONDS = 120.0
MAX_REDIRECTS = 3
_QUOTED_CHARACTERS = 200


class _Retryable(SourceError):
    """A failure that may pass; `wait` is what the server asks for, in seconds."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class RefusedError(SourceError):
    """The server understood and said no (4xx)."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Limits:
    """Bounds of every call; waits between attempts start at `first_wait` seconds and double."""

    answer_bytes: int = MAX_ANSWER_BYTES
    call_seconds: float = CALL_SECONDS
    attempts: int = ATTEMPTS
    first_wait: float = 0.5


@dataclass(frozen=True)
class Api:
    """One source's API. `secrets` are what no text that leaves here may contain; `clock` is what it says the time is."""

    base: str
    client: httpx.AsyncClient = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False, default=())
    limits: Limits = Limits()
    clock: list[datetime] = field(default_factory=list)

    def not_after(self, instant: datetime) -> datetime:
        """`instant`, or by the source's clock the time of its first answer, if that is before: later rows may be missing."""
        return min([instant, *self.clock])

    async def get(self, path: str, query: Mapping[str, str | int | Sequence[str]] | None = None) -> JsonObject:
        """The JSON object at `path`. Raises SourceError."""
        return await self._answer("GET", path, query, None)

    async def post(self, path: str, body: JsonObject) -> JsonObject:
        """The JSON object that answers `body`. Raises SourceError."""
        return await self._answer("POST", path, None, body)

    def scrubbed(self, text: str) -> str:
        """`text` without the secrets."""
        return scrubbed(text, self.secrets)

    async def _answer(
        self, method: str, path: str, query: Mapping[str, str | int | Sequence[str]] | None, body: JsonObject | None
    ) -> JsonObject:
        waits = {"wait_initial": self.limits.first_wait, "wait_max": 30.0, "wait_jitter": self.limits.first_wait}
        async for attempt in stamina.retry_context(on=_pause, attempts=self.limits.attempts, timeout=None, **waits):
            with attempt:
                content = await self._content(method, path, query, body)
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            raise SourceError(f"{self._where(path)} answered with no JSON: is this the address of its API?") from None
        if not isinstance(found, dict):
            raise SourceError(f"{self._where(path)} answered with no JSON object: is this the address of its API?")
        return found

    async def _content(
        self, method: str, path: str, query: Mapping[str, str | int | Sequence[str]] | None, body: JsonObject | None
    ) -> bytes:
        """The body of one attempt."""
        where = self._where(path)
        try:
            async with asyncio.timeout(self.limits.call_seconds):
                return await self._read(method, self.base + path, query, body, where)
        except TimeoutError:
            raise _Retryable(f"{where} did not answer within {self.limits.call_seconds:g} s: is it up?") from None
        except TooLargeError:
            raise SourceError(
                f"{where} answered with more than {self.limits.answer_bytes / 2**20:g} MB: set a smaller page_size for this source."
            ) from None
        except UnresolvedError:
            raise _Retryable(f"{where.split('/')[0]} cannot be found: check the address and the network.") from None
        except httpx.DecodingError:
            raise SourceError(f"{where} answered with content that cannot be decompressed.") from None
        except (httpx.TransportError, OSError) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise SourceError(
                    f"{where} shows a certificate that is not trusted for its name: name its authority's in SSL_CERT_FILE."
                ) from None
            raise _Retryable(f"{where} cannot be reached ({_kind(error)}): check that it is up.") from None
        except httpx.HTTPError as error:
            raise SourceError(f"{where} cannot be read ({_kind(error)}): check the address.") from None

    async def _read(
        self, method: str, url: str, query: Mapping[str, str | int | Sequence[str]] | None, body: JsonObject | None, where: str
    ) -> bytes:  # fmt: skip
        request = self.client.build_request(method, url, params=query, json=body)
        for _ in range(MAX_REDIRECTS + 1):
            response = await self.client.send(request, stream=True)
            self._note_time(response)
            try:
                if response.is_redirect:
                    request = self._redirected(request, response, where)
                    continue
                content = b"".join([part async for part in bounded(response, self.limits.answer_bytes)])
            finally:
                await response.aclose()
            self._check(response, content, where)
            return content
        raise SourceError(f"{where} redirects again and again: enter the address it should be read at.")

    def _note_time(self, response: httpx.Response) -> None:
        if self.clock:
            return
        try:
            said = parsedate_to_datetime(response.headers.get("date", ""))
        except (ValueError, TypeError):
            return
        self.clock.append(said if said.tzinfo else said.replace(tzinfo=UTC))

    def _redirected(self, request: httpx.Request, response: httpx.Response, where: str) -> httpx.Request:
        """The request that a redirect asks for; the key goes to no other server."""
        following = response.next_request
        old, new = request.url, following.url if following else None
        if following is None or new is None or (new.scheme, new.host, new.port) != (old.scheme, old.host, old.port):
            raise SourceError(
                f"{where} redirects to another address, which is not followed: enter the one it should be read at."
            )
        return following

    def _check(self, response: httpx.Response, content: bytes, where: str) -> None:
        """Raise unless the answer is a success."""
        status = response.status_code
        if response.is_success:
            return
        if status in (408, 425, 429) or status >= 500:
            wait = retry_after(response.headers)
            if wait is not None and wait > MAX_WAIT_SECONDS:
                raise SourceError(f"{where} asks to come back in {wait:,.0f} s (HTTP {status}): sync again then.")
            raise _Retryable(f"{where} answered HTTP {status} again and again: try later.", wait)
        if status in (401, 403):
            raise RefusedError(f"{where} refuses the key (HTTP {status}): check it, and that it may read logs.", status)
        said = " ".join(self.scrubbed(content.decode("utf-8", errors="replace")).split())[:_QUOTED_CHARACTERS]
        raise RefusedError(f"{where} answered HTTP {status}{f': {said}' if said else ''}.", status)

    def _where(self, path: str) -> str:
        return self.scrubbed(httpx.URL(self.base).netloc.decode() + httpx.URL(self.base + path).path)


def _pause(error: Exception) -> bool | float:
    """Whether to try again, and after how many seconds if the server says so."""
    if not isinstance(error, _Retryable):
        return False
    return True if error.wait is None else error.wait


def _kind(error: Exception) -> str:
    """What happened, in words, from the error's class alone: its text may quote what was sent."""
    name = type(error).__name__
    return "".join(" " + letter.lower() if letter.isupper() else letter for letter in name).strip()


@asynccontextmanager
async def open_api(
    base: str,
    headers: Mapping[str, str],
    secrets: Sequence[str] = (),
    allow_private: bool = False,
    limits: Limits = Limits(),
) -> AsyncIterator[Api]:
    """An API for the block."""
    logging.getLogger("stamina").setLevel(logging.ERROR)  # a retry is no news; that all of them failed is told
    headers = {"user-agent": "routecast", "accept": "application/json"} | dict(headers)
    async with guarded_client(allow_private, seconds=limits.call_seconds, headers=headers) as client:
        yield Api(base, client, tuple(hidden_forms(secrets)), limits)
