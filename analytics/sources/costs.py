"""What providers say they billed, for reconciliation: cost reports of OpenAI and Anthropic, OpenRouter's activity.

A page is kept as it came; `analytics.reconcile` reads it. None of them names single requests.
https://platform.openai.com/docs/api-reference/usage/costs
https://docs.anthropic.com/en/api/admin-api/usage-cost/get-cost-report
https://openrouter.ai/docs/api-reference/analytics
"""

from collections.abc import Sequence

from analytics.sources.api import Api
from analytics.sources.page import Ask, Page, iso, records_of, text_of


async def openai(api: Api, ask: Ask) -> Page:
    """One page of daily costs by line item."""
    query: dict[str, str | int | Sequence[str]] = {
        "start_time": int(ask.since.timestamp()),
        "end_time": int(ask.until.timestamp()),
        "bucket_width": "1d",
        "group_by": ["line_item"],
        "limit": ask.size,
    }
    answer = await api.get("/v1/organization/costs", query | ({"page": ask.at} if ask.at else {}))
    following = text_of(answer, "next_page") if answer.get("has_more") else None
    return Page([{"data": records_of(answer, "data")}], following)


async def anthropic(api: Api, ask: Ask) -> Page:
    """One page of daily costs by description."""
    query: dict[str, str | int | Sequence[str]] = {
        "starting_at": iso(ask.since),
        "ending_at": iso(ask.until),
        "bucket_width": "1d",
        "group_by[]": ["description"],
        "limit": ask.size,
    }
    answer = await api.get("/v1/organizations/cost_report", query | ({"page": ask.at} if ask.at else {}))
    following = text_of(answer, "next_page") if answer.get("has_more") else None
    return Page([{"data": records_of(answer, "data")}], following)


async def openrouter(api: Api, ask: Ask) -> Page:
    """Totals per day and model; the API gives the last 30 complete days in one answer."""
    answer = await api.get("/api/v1/activity")
    since = ask.since.date().isoformat()
    return Page([{"data": [one for one in records_of(answer, "data") if str(one.get("date", "")) >= since]}])
