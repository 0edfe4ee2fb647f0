"""Helicone: `POST /v1/request/query-clickhouse`, pages by offset, the oldest first.

https://docs.helicone.ai/rest/request/post-v1requestquery-clickhouse
"""

from analytics.errors import SourceError
from analytics.sources.api import Api
from analytics.sources.page import Ask, Page, iso, records_of


async def requests(api: Api, ask: Ask) -> Page:
    """One page of request rows."""
    offset = int(ask.at or 0)
    since, until = (
        {"request_response_rmt": {"request_created_at": {bound: iso(at)}}}
        for bound, at in (("gte", ask.since), ("lt", ask.until))
    )
    answer = await api.post(
        "/v1/request/query-clickhouse",
        {
            "filter": {"left": since, "operator": "and", "right": until},
            "offset": offset,
            "limit": ask.size,
            "sort": {"created_at": "asc"},
            "includeInputs": False,
        },
    )
    if answer.get("error"):
        raise SourceError(f"Helicone says: {api.scrubbed(str(answer['error']))[:200]}.")
    records = records_of(answer, "data")
    return Page(records, str(offset + len(records)) if len(records) >= ask.size else None)
