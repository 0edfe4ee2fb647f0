"""The first quarter of an hour: the demo says so, a load says what is next, and the server has nothing to complain of."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

HEADER = "request_id,timestamp,model,input_tokens,output_tokens\n"
BANNER = ("You can now view your Streamlit app in your browser.", "URL: ")
PAGES = (
    "Overview", "Spend", "Speed", "Quality", "Budgets", "Requests", "Data health", "Reconciliation", "Workload", "Simulate",
    "Frontier", "Learned", "Side by side", "Evidence", "Backtest", "Report", "Tracking", "Saved", "Sources", "Prices",
)  # fmt: skip


def log_of(month: int, place: Path) -> Path:
    place.write_text(
        HEADER + "".join(f"{month}-{n},2026-{month:02d}-{1 + n % 25:02d},gpt-4o,{90 + n},50\n" for n in range(80))
    )
    return place


def load(page: Page, file: Path) -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(str(file))
    expect(page.get_by_text(file.name).first).to_be_visible()
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_text(f"{file.name} is loaded.")).to_be_visible()


def test_from_the_demo_to_every_page_of_a_log_of_ones_own(
    server: Callable[[], str], page: Page, server_log: Path, tmp_path: Path
) -> None:
    page.goto(server())
    page.get_by_role("link", name="load your own log").click()
    expect(page).to_have_title("Sources · Routecast")
    load(page, log_of(9, tmp_path / "september.csv"))
    expect(page.get_by_role("heading", name="80 requests of 1 model from 2026-09-01 to 2026-09-25")).to_be_visible()
    # A second load brings new days: whoever had chosen all of them has all of them still.
    load(page, log_of(10, tmp_path / "october.csv"))
    expect(page.get_by_test_id("stMain").get_by_text("2026-09-01 to 2026-10-25", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Make the report")).to_be_visible()
    page.get_by_role("link", name="What would other models cost?").click()
    expect(page).to_have_title("Overview · Routecast")
    for name in PAGES:
        page.get_by_test_id("stSidebarNav").get_by_text(name, exact=True).click()
        expect(page).to_have_title(f"{name} · Routecast")
        expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    printed = [line.strip() for line in server_log.read_text().splitlines() if line.strip()]
    assert [line for line in printed if not line.startswith(BANNER)] == []


def test_what_is_in_force_stands_on_every_page_of_a_phone(server: Callable[[], str], browser: Browser) -> None:
    """The sidebar is folded away there; the days, the currency and the filters are not, and nothing leaves the screen."""
    phone = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    phone.set_default_timeout(20_000)
    phone.goto(f"{server()}/spend?use_case=code")
    main = phone.get_by_test_id("stMain")
    for text in ("Demo data", "USD", "use case: code"):
        expect(main.get_by_text(text, exact=True)).to_be_in_viewport()
    expect(main.get_by_role("link", name="load your own log")).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.context.close()
