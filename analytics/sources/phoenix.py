"""Phoenix: the spans of a project by its REST API, by cursor, the latest that came in first.

https://arize.com/docs/phoenix/sdk-api-reference/rest-api/api-reference/spans
"""

from urllib.parse import quote

from analytics.sources.api import Api
from analytics.sources.page import Ask, Page, iso, records_of, text_of


async def spans(api: Api, ask: Ask) -> Page:
    """One page of spans of all kinds; the adapter tells the model calls."""
    query: dict[str, str | int] = {"limit": ask.size, "start_time": iso(ask.since), "end_time": iso(ask.until)}
    path = f"/v1/projects/{quote(ask.project or 'default', safe='')}/spans"
    answer = await api.get(path, query | ({"cursor": ask.at} if ask.at else {}))
    return Page(records_of(answer, "data"), text_of(answer, "next_cursor"))
