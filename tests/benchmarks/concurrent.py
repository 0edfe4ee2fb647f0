"""A million rows are loaded while the dashboard is open on the database: the page shows the old total or the new one."""

import os
import subprocess
import time
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from analytics import settings
from analytics.logs import load_log
from tests.benchmarks import interactions
from tests.benchmarks.material import python, write_log

FIRST, SECOND = 200_000, 1_000_000


def main(folder: Path) -> None:
    """Serve a database, load into it from another process twice at once, and look at the page all the while."""
    database = folder / "shared.duckdb"
    load_log(database, write_log(folder / "first.parquet", FIRST, "first-"))
    files = [write_log(folder / f"more{number}.parquet", SECOND, f"more{number}-") for number in range(2)]
    command = [str(Path(python()).with_name("streamlit")), "run", "app.py", "--server.port", str(interactions.PORT)]
    environment = os.environ | {"ROUTECAST_DB": str(database)}
    server = subprocess.Popen(
        command, cwd=settings.home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    totals: list[str] = []
    try:
        interactions._wait()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{interactions.PORT}/spend")
            metric = page.get_by_test_id("stMetricValue").nth(2)
            expect(metric).to_have_text(f"{FIRST:,}")
            start = time.perf_counter()
            loads = [
                subprocess.Popen(
                    [python(), "-m", "analytics", "load", str(file), "--db", str(database)], cwd=settings.home
                )
                for file in files
            ]
            step = 0
            while any(load.poll() is None for load in loads):
                page.get_by_test_id("stButtonGroup").get_by_text(("hour", "day")[step % 2], exact=True).click()
                page.wait_for_timeout(200)
                totals.append(metric.inner_text())
                step += 1
            seconds = time.perf_counter() - start
            page.get_by_test_id("stButtonGroup").get_by_text("week", exact=True).click()
            expect(metric).to_have_text(f"{FIRST + 2 * SECOND:,}")
            browser.close()
    finally:
        server.terminate()
        server.wait()
    allowed = {f"{FIRST + number * SECOND:,}" for number in range(3)}
    print(
        f"two loads of {SECOND:,} rows at once: statuses {[load.returncode for load in loads]}, {seconds:.1f} s, page open all the while"
    )
    print(
        f"totals seen by {step} clicks: {sorted(set(totals))} {'ok' if set(totals) <= allowed else 'A PART WAS SEEN'}"
    )
