"""Ten million raw rows: a page of the Requests page against sorting with OFFSET, which is what paging costs by default."""

from datetime import date
from pathlib import Path

from analytics import settings
from analytics.audit.explain import explain_request
from analytics.audit.requests import RequestFilter, count_requests, request_page
from analytics.audit.requests_order import SORTS, Cursor
from analytics.logs import load_log
from analytics.scope import Scope
from analytics.store import Store, open_store
from tests.benchmarks.material import line, median_seconds, write_log

ROWS = 10_000_000
DEEP_ROWS = 1_000_000


def filters() -> dict[str, RequestFilter]:
    """What people ask for: everything, a team's use case, dear and slow calls, a piece of an id, a week, what would move."""
    moves = (settings.architectures_dir / "multi-model.toml").read_text(encoding="utf-8")
    return {
        "all": RequestFilter(),
        "use case and team": RequestFilter(Scope(use_cases=("chat",), teams=("risk",))),
        "dear and slow": RequestFilter(least_cost=0.05, least_ms=2000, least_tokens=1500),
        "text in the id": RequestFilter(text="98765"),
        "a week": RequestFilter(Scope(start=date(2026, 10, 10), end=date(2026, 10, 16))),
        "would move": RequestFilter(moves=moves),
    }


def main(folder: Path) -> None:
    """Print each page's time and its ratio to the plain query."""
    load_log(folder / "ten.duckdb", write_log(folder / "ten.parquet", ROWS))
    store = open_store(folder / "ten.duckdb")
    for name, chosen in filters().items():
        for sort in SORTS:
            ours = median_seconds(lambda chosen=chosen, sort=sort: request_page(store, chosen, sort))
            theirs = median_seconds(lambda chosen=chosen, sort=sort: plain_page(store, chosen, SORTS[sort], 0), 3)
            line(f"{name}, by {sort}", ours, "ORDER BY ... LIMIT 50", theirs, 0.5 if sort == "time" else 2)
        count = median_seconds(lambda chosen=chosen: count_requests(store, chosen))
        print(f"{name}, how many: {count:.2f} s")
    key = store.rows(
        f"SELECT list_cost_usd, source, request_id FROM requests ORDER BY list_cost_usd DESC, source DESC, request_id DESC LIMIT 1 OFFSET {DEEP_ROWS}"
    )[0]
    deep = median_seconds(lambda: request_page(store, RequestFilter(), "cost", cursor=Cursor(*key)))
    plain = median_seconds(lambda: plain_page(store, RequestFilter(), "list_cost_usd", DEEP_ROWS), 3)
    line(f"page {DEEP_ROWS // 50:,} by cost", deep, f"... OFFSET {DEEP_ROWS:,}", plain, 0.5)
    print(f"one request explained: {median_seconds(lambda: explain_request(store, 'r5123456')):.2f} s")


def plain_page(store: Store, chosen: RequestFilter, key: str, offset: int) -> None:
    """A page as it is usually written."""
    where, values = chosen.where()
    store.frame(
        "SELECT source, request_id, timestamp, model, use_case, team, status, input_tokens, output_tokens, latency_ms, list_cost_usd, cost_usd "
        f"FROM requests WHERE {where} ORDER BY {key} DESC NULLS LAST, source DESC, request_id DESC LIMIT 50 OFFSET {offset}",
        values or None,
    )
