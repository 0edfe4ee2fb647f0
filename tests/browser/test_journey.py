"""What a newcomer does, in a real browser on a fresh server."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from analytics import settings
from tests.logs.test_litellm import record

REAL_LOG = settings.home.parent / "shared" / "data" / "litellm_log.jsonl"
PAGES = {
    "": "Should we change our architecture?",
    "spend": "Where does the money go, and where is it heading?",
    "speed": "How long do people wait?",
    "quality": "How good are the answers, and where do we not know?",
    "workload": "What are we overpaying for?",
    "budgets": "Will we stay within budget?",
    "simulate": "What if we routed like this?",
    "learned": "What can be told before the answer?",
    "side-by-side": "Which model is best for this task?",
    "evidence": "How sure are we, and what would make us surer?",
    "backtest": "Would it have been right before?",
    "frontier": "What is the best we can do for our money?",
    "requests": "Which ones exactly?",
    "health": "Can we trust the log?",
    "reconciliation": "Does our total agree with the bill?",
    "report": "What do we tell them?",
    "tracking": "Did it come true?",
    "saved": "What have we kept?",
    "prices": "What does a token cost?",
    "sources": "What is loaded?",
}


@pytest.mark.parametrize("path", ["", "spend", "workload", "simulate", "report", "sources"])
def test_a_fresh_server_shows_the_frame_first(path: str, server: Callable[[], str], page: Page) -> None:
    """Its first visitor opens this page's own address: title, navigation, scope, whose data."""
    _opens(page, server(), path)


def test_every_page_has_an_address_of_its_own(server: Callable[[], str], browser: Browser) -> None:
    address = server()
    for path in PAGES:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        _opens(context.new_page(), address, path)
        context.close()


def _opens(page: Page, address: str, path: str) -> None:
    outside: list[str] = []
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((address, "data:", "blob:", "ws://127")) else outside.append(request.url)
        ),
    )
    page.goto(f"{address}/{path}?use_case=code")
    expect(page.get_by_role("heading", name=PAGES[path])).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav").get_by_text("Overview")).to_be_visible()
    expect(page.get_by_text("Demo data").first).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("code", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert outside == []


def test_security_headers(server: Callable[[], str], page: Page) -> None:
    answer = page.request.get(server())
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_from_log_to_decision(server: Callable[[], str], page: Page, browser: Browser, tmp_path: Path) -> None:
    """Read the table, load one's own log, see its spend, edit an architecture, hand the link to somebody else."""
    address = server()
    page.goto(address)
    expect(page.get_by_text("Move to Multi-model").first).to_be_visible()
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()

    log = REAL_LOG if REAL_LOG.exists() else tmp_path / "gateway.jsonl"
    if log is not REAL_LOG:
        log.write_text("\n".join(json.dumps(record(number)) for number in range(200)))
    page.get_by_test_id("stSidebarNav").get_by_text("Sources").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(str(log))
    expect(page.get_by_text(log.name).first).to_be_visible()
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text("200 rows read, 200 loaded")).to_be_visible()
    expect(page.get_by_text("My log").first).to_be_visible()

    page.get_by_test_id("stSidebarNav").get_by_text("Spend").click()
    expect(page.get_by_text("at list price over")).to_be_visible()
    expect(page.get_by_test_id("stMetricValue").nth(3)).to_have_text("200")

    page.get_by_test_id("stSidebarNav").get_by_text("Simulate").click()
    headline = page.get_by_test_id("stMarkdown").filter(has_text="An answer would take")
    expect(headline).to_be_visible()
    before = headline.inner_text()
    page.get_by_test_id("stButtonGroup").get_by_text("TOML").click()
    area = page.get_by_label("Architecture", exact=True)
    area.fill('name = "All mini"\n\n[default]\nuse = "gpt-4o-mini"\n')
    area.press("Control+Enter")
    expect(headline).to_contain_text("All mini")
    after = headline.inner_text()
    assert after != before
    page.wait_for_url("**arch=**")

    other = browser.new_context().new_page()
    other.set_default_timeout(20_000)
    other.goto(page.url)
    expect(other.get_by_test_id("stMarkdown").filter(has_text="An answer would take")).to_have_text(after)
    other.context.close()
