"""Langfuse: observations (v2) and scores (v3), both by cursor.

Without `fields` an observation comes without usage, cost and model. https://api.reference.langfuse.com
"""

from analytics.sources.api import Api
from analytics.sources.page import Ask, Page, iso, records_of, text_of

_FIELDS = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context"
_MAX_SCORES = 100


async def observations(api: Api, ask: Ask) -> Page:
    """One page of observations of all types; the adapter tells the model calls."""
    query: dict[str, str | int] = {"fields": _FIELDS, "limit": ask.size}
    query |= {"fromStartTime": iso(ask.since), "toStartTime": iso(ask.until)}
    answer = await api.get("/api/public/v2/observations", query | ({"cursor": ask.at} if ask.at else {}))
    return Page(records_of(answer, "data"), text_of(answer, "meta", "cursor"))


async def scores(api: Api, ask: Ask) -> Page:
    """One page of scores, with what each one judges."""
    query: dict[str, str | int] = {"fields": "subject", "limit": min(ask.size, _MAX_SCORES)}
    query |= {"fromTimestamp": iso(ask.since), "toTimestamp": iso(ask.until)}
    answer = await api.get("/api/public/v3/scores", query | ({"cursor": ask.at} if ask.at else {}))
    return Page(records_of(answer, "data"), text_of(answer, "meta", "cursor"))
