"""What comes back: so many bytes at most, and how long to wait before the next call."""

import email.utils
import math
import time
from collections.abc import AsyncIterator

import httpx


class TooLargeError(httpx.ReadError):
    """An answer beyond its bound."""


async def bounded(response: httpx.Response, most: int) -> AsyncIterator[bytes]:
    """The body as it comes, decompressed; raises TooLargeError beyond `most` bytes."""
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > most:
            raise TooLargeError(f"more than {most} bytes")
        yield chunk


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds to wait, at least 0, as `retry-after-ms` or `Retry-After` (seconds or a date) says; None without a word."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        seconds = _seconds(headers.get(name, "").strip(), unit)
        if seconds is not None:
            return max(seconds, 0.0)
    return None


def _seconds(text: str, unit: float) -> float | None:
    try:
        seconds = float(text) * unit
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return None if math.isnan(seconds) else seconds
