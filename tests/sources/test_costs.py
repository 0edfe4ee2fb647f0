"""Cost reports become invoice lines of their days, once, and never displace a month's invoice."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from analytics.logs import load_log
from analytics.reconcile import load_invoices, reconcile
from analytics.sources.cursor import Counts
from analytics.store import open_store
from tests.conftest import WriteCsv
from tests.sources import replies
from tests.sources.conftest import Serve, Sync
from tests.sources.server import Answer

MIDNIGHT = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAYS = [MIDNIGHT - timedelta(days=number) for number in range(10, 0, -1)]


def openai_days() -> list[Answer]:
    """Ten days at $1.50: two line items."""
    return [
        {
            "object": "bucket", "start_time": int(day.timestamp()), "end_time": int(day.timestamp()) + 86_400,
            "results": [
                {"object": "organization.costs.result", "amount": {"value": value, "currency": "usd"}, "line_item": item, "project_id": None}
                for item, value in (("gpt-4o, input", 1.0), ("gpt-4o, output", 0.5))
            ],
        }
        for day in DAYS
    ]  # fmt: skip


def anthropic_days() -> list[Answer]:
    """Ten days at 150 cents, the last one without costs."""
    result = {
        "currency": "USD",
        "amount": "150.00",
        "cost_type": "tokens",
        "description": "Claude Haiku",
        "model": None,
    }
    return [
        {
            "starting_at": day.isoformat().replace("+00:00", "Z"),
            "ending_at": (day + timedelta(days=1)).isoformat().replace("+00:00", "Z"),
            "results": [] if day == DAYS[-1] else [result],
        }
        for day in DAYS
    ]


def openrouter_days() -> list[Answer]:
    return [
        {
            "date": day.date().isoformat(), "model": "openai/gpt-4o", "model_permaslug": "openai/gpt-4o", "endpoint_id": "e",
            "provider_name": "OpenAI", "usage": 1.5, "byok_usage_inference": 9.0, "requests": 5, "prompt_tokens": 50,
            "completion_tokens": 125, "reasoning_tokens": 25,
        }
        for day in DAYS
    ]  # fmt: skip


@pytest.fixture
def logged(database: Path, write_csv: WriteCsv) -> Path:
    """A log, without which no cost is kept."""
    load_log(database, write_csv(f"a,{DAYS[0].isoformat()},gpt-4o,10,5"))
    return database


@pytest.mark.parametrize(
    ("kind", "lines", "pages", "usd"), [("openai", 20, 4, 15.0), ("anthropic", 9, 4, 13.5), ("openrouter", 10, 1, 15.0)]
)
def test_costs_are_kept_once(
    kind: str, lines: int, pages: int, usd: float, logged: Path, serve: Serve, sync: Sync
) -> None:
    days = {"openai": openai_days, "anthropic": anthropic_days, "openrouter": openrouter_days}[kind]()
    server = serve({"openai": replies.openai, "anthropic": replies.anthropic, "openrouter": replies.openrouter}[kind](days))  # fmt: skip
    size = 1 if kind == "openrouter" else 3
    start = DAYS[0].date()
    assert sync(kind, server.url, page_size=size, start=start.replace(day=1)).counts == Counts(pages, lines, lines)
    invoiced = "SELECT count(*), sum(amount_usd), min(starts), max(ends) FROM invoices WHERE provider = $provider"
    found = open_store(logged).rows(invoiced, {"provider": kind})
    assert found[0][:2] == (lines, pytest.approx(usd))
    again = sync(kind, server.url, page_size=size, start=start.replace(day=1))
    assert again.error is None
    assert (again.counts.loaded, again.counts.read) == (0, again.counts.duplicates)
    assert open_store(logged).rows(invoiced, {"provider": kind}) == found
    assert sum(one.invoice_usd or 0 for one in reconcile(open_store(logged)) if one.provider == kind) == pytest.approx(
        usd
    )


def test_a_corrected_day_replaces_the_old_one(logged: Path, serve: Serve, sync: Sync) -> None:
    days = openai_days()
    server = serve(replies.openai(days))
    sync("openai", server.url)
    days[-1]["results"][0]["amount"]["value"] = 3.0
    assert sync("openai", server.url).counts.loaded == 1
    assert open_store(logged).rows("SELECT count(*), sum(amount_usd) FROM invoices") == [(20, pytest.approx(17.0))]


def test_a_month_s_invoice_is_the_last_word(logged: Path, serve: Serve, sync: Sync, tmp_path: Path) -> None:
    months = sorted({day.strftime("%Y-%m") for day in DAYS})
    invoice = tmp_path / "invoice.csv"
    invoice.write_text("provider,month,amount\n" + "".join(f"openai,{month},100\n" for month in months))
    load_invoices(logged, [invoice])
    result = sync("openai", serve(replies.openai(openai_days())).url)
    assert (result.error, result.counts.loaded) == (None, 0)
    assert open_store(logged).rows("SELECT sum(amount_usd) FROM invoices") == [(100.0 * len(months),)]


def test_costs_wait_for_a_log(database: Path, serve: Serve, sync: Sync) -> None:
    server = serve(replies.openai(openai_days()))
    assert sync("openai", server.url).counts == Counts()
    assert server.calls == []


def test_the_first_report_begins_with_a_month(logged: Path, serve: Serve, sync: Sync) -> None:
    server = serve(replies.openai([]))
    sync("openai", server.url, start=date(2026, 10, 17))
    asked = datetime.fromtimestamp(int(server.calls[0].one("start_time")), UTC)
    assert asked == datetime(2026, 10, 1, tzinfo=UTC)
