"""Raw rows page by page against plain SQL, and one request's bill against the stored cost."""

import itertools
from datetime import date
from pathlib import Path

import pytest

from analytics.audit.explain import explain_request
from analytics.audit.requests import RequestFilter, count_requests, request_page, requests_to_export
from analytics.audit.requests_order import SORTS, Cursor
from analytics.errors import UsageError
from analytics.logs import load_log
from analytics.scope import Scope
from analytics.store import Store, open_store
from tests.conftest import WriteCsv

MORE = "latency_ms,use_case,status,origin"
PLANS = """
name = "Small talk to the small model"
[[route]]
when = "use_case = 'chat' and input_tokens < 600"
use = "gpt-4o-mini"
[default]
split = { "gpt-4o" = 0.5, "gpt-4o-mini" = 0.5 }
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """231 calls over five days: equal costs, equal times, unpriced and untimed ones."""
    folder = tmp_path_factory.mktemp("requests")
    rows = ["request_id,timestamp,model,input_tokens,output_tokens," + MORE]
    for number in range(231):
        at = f"2026-10-{1 + number % 5:02d}T{number % 7:02d}:00:00Z"
        model = ("gpt-4o", "gpt-4o-mini", "house-model")[number % 3]
        latency = "" if number % 11 == 0 else str(100 * (number % 13))
        use_case, status, origin = (
            ("chat", "code")[number % 2],
            "error" if number % 10 == 0 else "ok",
            "judge" if number % 20 == 3 else "",
        )
        rows.append(
            f"r{number:03d},{at},{model},{100 * (number % 9)},{10 * (number % 4)},{latency},{use_case},{status},{origin}"
        )
    file = folder / "log.csv"
    file.write_text("\n".join(rows) + "\n")
    load_log(folder / "log.duckdb", file)
    return open_store(folder / "log.duckdb")


def ids(store: Store, sql: str) -> list[str]:
    return [row[0] for row in store.rows(f"SELECT request_id FROM requests {sql}")]


@pytest.mark.parametrize(("sort", "descending"), list(itertools.product(SORTS, (True, False))))
def test_pages_forward_and_back_are_the_order_of_plain_sql(store: Store, sort: str, descending: bool) -> None:
    way = "DESC" if descending else "ASC"
    expected = ids(store, f"ORDER BY {SORTS[sort]} {way} NULLS LAST, source {way}, request_id {way}")
    pages, cursor = [], None
    while True:
        page = request_page(store, RequestFilter(), sort, descending, cursor, rows=20)
        pages.append(page.rows["request_id"].to_list())
        if page.after is None:
            break
        cursor = Cursor.of(page.after.text())
    assert [one for page in pages for one in page] == expected
    backwards = [pages[-1]]
    while page.before is not None:
        page = request_page(store, RequestFilter(), sort, descending, Cursor.of(page.before.text()), rows=20)
        backwards.append(page.rows["request_id"].to_list())
    assert backwards == pages[::-1]


@pytest.mark.parametrize(
    ("chosen", "sql"),
    [
        (RequestFilter(Scope(use_cases=("chat",), models=("gpt-4o",))), "use_case = 'chat' AND model = 'gpt-4o'"),
        (RequestFilter(status="error"), "status = 'error'"),
        (RequestFilter(origin="overhead"), "origin = 'judge'"),
        (RequestFilter(origin="user", text=" 7 "), "origin IS NULL AND request_id LIKE '%7%'"),
        (RequestFilter(text="%"), "false"),
        (RequestFilter(unpriced=True), "model = 'house-model'"),
        (RequestFilter(least_ms=300, most_ms=500), "latency_ms BETWEEN 300 AND 500"),
        (
            RequestFilter(least_cost=0.001, most_tokens=700),
            "list_cost_usd >= 0.001 AND input_tokens + output_tokens <= 700",
        ),
        (
            RequestFilter(Scope(date(2026, 10, 2), date(2026, 10, 3))),
            "timestamp >= '2026-10-02' AND timestamp < '2026-10-04'",
        ),
        (
            RequestFilter(Scope(date(2026, 10, 2), date(2026, 10, 2), time_zone="Asia/Kolkata")),
            "timestamp >= '2026-10-01 18:30:00Z' AND timestamp < '2026-10-02 18:30:00Z'",
        ),
        (
            RequestFilter(moves=PLANS),
            "origin IS NULL AND ((use_case = 'chat' AND input_tokens < 600 AND model <> 'gpt-4o-mini') "
            "OR (NOT (use_case = 'chat' AND input_tokens < 600) AND model = 'house-model'))",
        ),
    ],
)
def test_a_filter_keeps_what_plain_sql_keeps(store: Store, chosen: RequestFilter, sql: str) -> None:
    expected = ids(store, f"WHERE {sql} ORDER BY request_id")
    found = request_page(store, chosen, rows=500).rows["request_id"].to_list()
    assert sorted(found) == expected
    assert expected or sql == "false"
    assert count_requests(store, chosen)[0] == len(expected)


def test_exports_hold_the_rows_in_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.audit.requests.MAX_EXPORT_ROWS", 25)
    expected = ids(store, "ORDER BY list_cost_usd DESC NULLS LAST, source DESC, request_id DESC LIMIT 25")
    found = requests_to_export(store, RequestFilter(), "cost", True)
    assert found["request_id"].to_list() == expected
    assert "prompt" not in found.columns
    assert found["timestamp"][0].endswith("Z")


def test_a_damaged_link_is_the_first_page(store: Store) -> None:
    for text in ("", "x", "[1]", '["a","b","c",0]', "[1,2,3,4]", '[true,"a","b",0]'):
        assert Cursor.of(text) is None
    with pytest.raises(UsageError, match="sorted by 'mood'"):
        request_page(store, RequestFilter(), "mood")  # type: ignore[arg-type]


def test_an_empty_database_has_an_empty_page(database: Path, write_csv: WriteCsv) -> None:
    from analytics.store import write_transaction

    with write_transaction(database, "own", "test"):
        pass
    page = request_page(open_store(database), RequestFilter())
    assert (page.rows.height, page.before, page.after) == (0, None, None)


def test_a_request_is_explained_with_all_its_attempts(database: Path, write_csv: WriteCsv) -> None:
    file = write_csv(
        "q-2,2026-10-01T00:00:31Z,gpt-4o,1000,100,q,2,800,0.9,700,ok",
        "q-1,2026-10-01T00:00:00Z,gpt-4o-mini,1000,0,q,1,0,,30000,error",
        "other,2026-10-01T00:00:00Z,gpt-4o,1,1,,,0,,1,ok",
        more="logical_id,attempt,cache_read_tokens,quality,latency_ms,status",
    )
    load_log(database, file)
    found = explain_request(open_store(database), "q-1")
    assert found is not None
    assert [attempt.row["request_id"] for attempt in found.attempts] == ["q-1", "q-2"]
    assert found.asked == 0
    # 200 plain and 800 cached input tokens at $2.50 and $1.25, 100 output tokens at $10, per million.
    assert [(line.kind, line.quantity, line.rate) for line in found.attempts[1].lines] == [
        ("input", 200, 2.5), ("cache_read", 800, 1.25), ("output", 100, 10.0),
    ]  # fmt: skip
    assert found.attempts[1].total_usd == pytest.approx(0.0005 + 0.001 + 0.001, rel=1e-12)
    assert found.list_cost == pytest.approx(0.0025 + 1000 * 0.15e-6, rel=1e-12)
    assert found.billed_cost is None
    assert explain_request(open_store(database), "nothing") is None
    assert explain_request(open_store(database), "q-1", "another source") is None
