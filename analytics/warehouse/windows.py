"""Which windows of time a sync reads: what is settled once, the last days again and again."""

from datetime import UTC, datetime, time, timedelta

from analytics.engines import Window

# Long logs are read in pieces of this many days, so that a sync that breaks off goes on where it was.
PIECE_DAYS = 92


def windows_to_read(
    since: datetime | None, first_at: datetime | None, now: datetime, settling: timedelta
) -> tuple[Window, ...]:
    """The windows from `since` (None: from the beginning, where the first call was at `first_at`) to now and beyond.

    The last one has no end and is read again by the next sync, which begins where it begins; it is cut off into a settled one
    when it has grown to twice `settling`. Every cut is at midnight UTC.
    """
    settled = _midnight(now - settling)
    begins, edge = since, since or (_midnight(first_at) if first_at else settled)
    found = []
    if since is not None and settled - since < settling:
        return (Window(since),)
    while settled - edge > timedelta(days=PIECE_DAYS):
        edge += timedelta(days=PIECE_DAYS)
        found.append(Window(begins, edge))
        begins = edge
    return (*found, Window(begins, settled), Window(settled))


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(UTC).date(), time(), UTC)
