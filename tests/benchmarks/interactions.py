"""Clicks in Chromium on five million requests: from the click to the new text on the page, each page, cold caches."""

import os
import subprocess
import time
import urllib.request
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, expect, sync_playwright

from analytics import settings
from analytics.logs import load_log
from tests.benchmarks.material import python, write_log

PORT = int(os.environ.get("ROUTECAST_BENCH_PORT", "8653"))
MEDIAN_SECONDS = 0.5


def main(folder: Path) -> None:
    """Serve a five-million-row log and click through it."""
    database = folder / "log0.duckdb"
    if not database.exists():
        load_log(database, write_log(folder / "five.parquet"))
    command = [str(Path(python()).with_name("streamlit")), "run", "app.py", "--server.port", str(PORT)]
    environment = os.environ | {"ROUTECAST_DB": str(database)}
    server = subprocess.Popen(
        command, cwd=settings.home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_server()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(30_000)
            times = _spend(page) + _simulate(page)
            browser.close()
    finally:
        server.terminate()
        server.wait()
    verdict = "ok" if median(times) <= MEDIAN_SECONDS else "TOO SLOW"
    print(
        f"{len(times)} interactions: median {median(times):.2f} s (at most {MEDIAN_SECONDS:g}) {verdict}, slowest {max(times):.2f} s"
    )


def wait_for_server() -> None:
    """Return when the server answers."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not start")


def _spend(page: Page) -> list[float]:
    page.goto(f"http://127.0.0.1:{PORT}/spend")
    headline = page.get_by_test_id("stMarkdown").filter(has_text="at list price over")
    expect(headline).to_be_visible()
    times = []
    for words, shown in (
        ("Use case", "summarization"),
        ("Team", "growth"),
        ("Environment", "production"),
        ("Model", "claude-opus-4-1"),
    ):
        start = time.perf_counter()
        page.get_by_test_id("stButtonGroup").get_by_text(words, exact=True).click()
        expect(page.get_by_role("heading", name=f"By {words.lower()}")).to_be_visible()
        times.append(time.perf_counter() - start)
        print(f"  spend by {words.lower():12} {times[-1]:.2f} s ({shown})")
    for use_case in ("code", "chat", "moderation"):
        before = headline.inner_text()
        box = page.get_by_test_id("stSidebar").get_by_label("Use case")
        box.click()
        option = page.get_by_role("option", name=use_case)
        option.wait_for()
        start = time.perf_counter()
        option.click()
        expect(headline).not_to_have_text(before)
        times.append(time.perf_counter() - start)
        page.keyboard.press("Escape")
        print(f"  scope + {use_case:17} {times[-1]:.2f} s")
    return times


def _simulate(page: Page) -> list[float]:
    page.goto(f"http://127.0.0.1:{PORT}/simulate")
    headline = page.get_by_test_id("stMarkdown").filter(has_text="a month instead of")
    expect(headline).to_be_visible()
    times = []
    area = page.get_by_label("Architecture", exact=True)
    text = area.input_value()
    for limit in ("0.55", "0.45", "0.35"):
        before = headline.inner_text()
        area.fill(text.replace("complexity < 0.6", f"complexity < {limit}"))
        start = time.perf_counter()
        area.press("Control+Enter")
        expect(headline).not_to_have_text(before)
        times.append(time.perf_counter() - start)
        print(f"  simulate complexity < {limit} {times[-1]:.2f} s")
    return times
