"""Every page on ten million requests of ninety days, in Chromium: first paint, then clicks; and the server's memory.

First paint is from opening the link in a fresh session until the page's answer stands there; an interaction from the click
until the answer is a new one, or until the run that it started has ended without changing it. Each click asks for something new.
A page that does not depend on the scope starts no run and has no interaction here.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import duckdb
from playwright.sync_api import Browser, Page, sync_playwright

from analytics import settings
from analytics.logs import load_log, load_outcomes
from tests.benchmarks.interactions import PORT, wait_for_server
from tests.benchmarks.material import python, write_log

ROWS, DAYS, PAIRS = 10_000_000, 90, 3000
MEMORY_GB = 2.0
# At ten million requests; interactions at a hundred million may take 0.7 s.
FIRST_PAINT_SECONDS, INTERACTION_SECONDS = 1.5, 0.5
REPEATS = 3
PAGES = (
    "", "spend", "speed", "quality", "budgets", "requests", "health", "reconciliation", "workload", "simulate", "frontier",
    "learned", "side-by-side", "evidence", "sources", "prices",
)  # fmt: skip
SETTLED = """before => new Promise(resolve => {
    const app = document.querySelector('[data-testid="stApp"]'), main = document.querySelector('[data-testid="stMain"]');
    const start = performance.now();
    let ran = false;
    const look = () => {
        const running = app.getAttribute('data-test-script-state') === 'running', waited = performance.now() - start;
        const answer = (main.querySelector('h4') || {}).innerText;
        if (running) ran = true;
        if (answer && answer !== before) resolve(waited);
        else if (ran && !running) resolve(waited);
        else if (!ran && waited > 1500) resolve(null);
        else setTimeout(look, 4);
    };
    look();
})"""
ANSWER = "() => (document.querySelector('[data-testid=\"stMain\"] h4') || {}).innerText"


def main(folder: Path) -> None:
    """Build the log (or take `$ROUTECAST_BENCH_DB`), serve it, measure."""
    given = os.environ.get("ROUTECAST_BENCH_DB")
    database = Path(given) if given else folder / "pages.duckdb"
    if not database.exists():
        load_log(database, write_log(folder / "pages.parquet", ROWS, days=DAYS))
        load_outcomes(database, _write_pairs(folder / "pairs.parquet"))
    environment = os.environ | {"ROUTECAST_DB": str(database)}
    command = [str(Path(python()).with_name("streamlit")), "run", "app.py", "--server.port", str(PORT)]
    server = subprocess.Popen(
        command, cwd=settings.home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_server()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            _measure(browser, [name for name in sys.argv[2:] if name in PAGES] or list(PAGES))
            browser.close()
        print(f"memory of the server: {_memory_gb(server.pid):.2f} GB (at most {MEMORY_GB:g})")
    finally:
        server.terminate()
        server.wait()


def _measure(browser: Browser, pages: list[str]) -> None:
    paints, clicks = [], []
    for name in pages:
        first = [_first_paint(browser, name) for _ in range(REPEATS)]
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        _open(page, name)
        _settle(page)
        times = _narrow(page)
        page.context.close()
        paints.append(median(first))
        clicks.append(median(times) if times else 0.0)
        print(
            f"  {name or 'overview':16} first paint {median(first):5.2f} s ({', '.join(f'{one:.2f}' for one in first)})   "
            f"interactions {median(times) if times else 0:5.2f} s ({', '.join(f'{one:.2f}' for one in times)})",
            flush=True,
        )
    for what, times, most in (
        ("first paint", paints, FIRST_PAINT_SECONDS),
        ("interactions", clicks, INTERACTION_SECONDS),
    ):
        verdict = "ok" if max(times) <= most else "TOO SLOW"
        print(
            f"{what}: the slowest page's median {max(times):.2f} s (at most {most:g}) {verdict}, the pages' {median(times):.2f} s"
        )


def _open(page: Page, name: str) -> float:
    start = time.perf_counter()
    page.goto(f"http://127.0.0.1:{PORT}/{name}", wait_until="commit")
    page.get_by_test_id("stMain").locator("h1").first.wait_for()
    answer = page.get_by_test_id("stMain").locator("h4, [data-testid='stAlert'], [data-testid='stForm']").first
    answer.wait_for()
    return time.perf_counter() - start


def _first_paint(browser: Browser, name: str) -> float:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(120_000)
    taken = _open(page, name)
    page.context.close()
    return taken


def _settle(page: Page) -> None:
    """Wait until nothing has run for most of a second."""
    quiet = 0
    while quiet < 8:
        page.wait_for_timeout(100)
        running = page.get_by_test_id("stApp").get_attribute("data-test-script-state") == "running"
        quiet = 0 if running else quiet + 1


def _narrow(page: Page) -> list[float]:
    """Narrow the scope use case by use case: every click changes what the page has to work out."""
    times = []
    box = page.get_by_test_id("stSidebar").get_by_label("Use case")
    for use_case in ("code", "chat", "moderation"):
        option = page.get_by_role("option", name=use_case, exact=True)
        for _ in range(5):
            box.click()
            page.wait_for_timeout(400)
            if option.is_visible():
                break
        before = page.evaluate(ANSWER)
        option.click()
        taken = page.evaluate(SETTLED, before)
        if taken is not None:
            times.append(taken / 1000)
        page.keyboard.press("Escape")
        _settle(page)
    return times


def _memory_gb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1e6


def _write_pairs(file: Path) -> Path:
    """Side-by-side answers of three models to requests of the log."""
    use_cases = "['intent_classification', 'data_extraction', 'moderation', 'chat', 'code', 'summarization', 'translation', 'complex_reasoning']"
    query = f"""SELECT 'r' || (i * {ROWS // PAIRS}) AS prompt_id, model, {use_cases}[1 + (hash(i * {ROWS // PAIRS} + 5) % 8)::INTEGER] AS use_case,
            round((hash(i * {ROWS // PAIRS} + 9) % 10000) / 10000.0, 3)::DOUBLE AS complexity, 900 AS input_tokens, 300 AS output_tokens,
            800.0 AS latency_ms, (hash(i * 31 + ord(model[8])) % 100 < CASE WHEN model LIKE '%opus%' THEN 93 ELSE 86 END)::INTEGER::DOUBLE AS quality,
            'correct' AS quality_metric
        FROM range({PAIRS}) r(i), (SELECT unnest(['claude-opus-4-1', 'claude-sonnet-4-5', 'claude-haiku-4-5']) AS model)"""
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
    return file
