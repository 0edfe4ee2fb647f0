"""The first visit takes the browser's time zone, at once and into the link; a link keeps its own."""

from collections.abc import Callable

from playwright.sync_api import Browser, expect


def test_the_browsers_zone_is_the_default_and_the_link_decides(server: Callable[[], str], browser: Browser) -> None:
    address = server()
    context = browser.new_context(timezone_id="Asia/Calcutta")
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(f"{address}/budgets")
    expect(page.get_by_role("heading", name="Days that stand out")).to_be_visible(timeout=20_000)
    # The demo ends at midnight UTC, half past five in Kolkata; "up to" has been local from the first answer on.
    expect(page.get_by_text("up to 2026-11-01 05:30")).to_be_visible()
    page.wait_for_url("**zone=Asia%2FKolkata**")
    page.goto(f"{address}/budgets?zone=UTC")
    expect(page.get_by_text("up to 2026-11-01 00:00")).to_be_visible()
    assert "zone=UTC" in page.url
    page.get_by_test_id("stSidebarNav").get_by_text("Spend").click()
    expect(page.get_by_role("heading", name="Where does the money go, and where is it heading?")).to_be_visible()
    page.wait_for_url("**zone=UTC**")
    context.close()
