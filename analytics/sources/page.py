"""What the engine asks of a client, and what a client answers: one page of raw records at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from analytics.errors import SourceError
from analytics.sources.api import Api, JsonObject


@dataclass(frozen=True)
class Ask:
    """One page of what began in [since, until), UTC; `at` is where to go on, as the page before said."""

    project: str
    since: datetime
    until: datetime
    at: str | None
    size: int


@dataclass(frozen=True)
class Page:
    """Raw records as the adapters read them; `following` asks for the next page. `of`: how many pages, if that is known.

    `incomplete`: what the source itself lacks of these records, a clause for each.
    """

    records: list[JsonObject]
    following: str | None = None
    of: int | None = None
    incomplete: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stream:
    """One kind of record of a source. `format` names the adapter; costs are cost reports, kept as invoices.

    `overlap`: how far back it looks again at least; `whole_days`: its windows begin at midnight UTC.
    """

    name: Literal["requests", "scores", "costs"]
    format: str
    page: Callable[[Api, Ask], Awaitable[Page]]
    overlap: timedelta = timedelta()
    whole_days: bool = False


def records_of(answer: JsonObject, key: str) -> list[JsonObject]:
    """The list of records in an answer; what is no object stays out. Raises SourceError without a list."""
    found = answer.get(key)
    if not isinstance(found, list):
        raise SourceError(
            f"The answer has no list '{key}': is this the address of the API, and its version a current one?"
        )
    return [one for one in found if isinstance(one, dict)]


def text_of(answer: JsonObject, *path: str) -> str | None:
    """A cursor in an answer: text or number, None where it is absent or empty."""
    found: Any = answer
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) and found != "" else None


def iso(instant: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"
