"""LiteLLM: `GET /spend/logs/v2` of its proxy, pages of SpendLogs rows by number, the newest first.

With the newest first, rows that come meanwhile, and old ones that are cleaned away, move no unread row to a page that
was read. https://docs.litellm.ai/docs/proxy/cost_tracking
"""

from analytics.sources.api import Api
from analytics.sources.page import Ask, Page, records_of, text_of

_TIME = "%Y-%m-%d %H:%M:%S"


async def spend_logs(api: Api, ask: Ask) -> Page:
    """One page of SpendLogs; a cursor is the number of rows read, so that it holds for pages of another size too."""
    number = int(ask.at or 0) // ask.size + 1
    answer = await api.get(
        "/spend/logs/v2",
        {
            "start_date": ask.since.strftime(_TIME),
            "end_date": ask.until.strftime(_TIME),
            "page": number,
            "page_size": ask.size,
            "sort_by": "startTime",
            "sort_order": "desc",
        },
    )
    records = records_of(answer, "data")
    pages = text_of(answer, "total_pages")
    last = int(pages) if pages and pages.isdigit() else None
    more = number < last if last is not None else len(records) >= ask.size
    return Page(records, str(number * ask.size) if more else None, last)
