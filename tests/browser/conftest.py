"""A real server and a real browser: Debian's Chromium, driven by Playwright."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from analytics import settings
from analytics.logs.demo import build_demo

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60
# What is right in a moment may take longer on a machine that does other things, too.
expect.set_options(timeout=20_000)

Server = Callable[..., str]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo of 20,000 requests, built once."""
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    build_demo(path, requests=20_000)
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium; without it these tests are skipped, but never in continuous integration."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: .ci/run installs it")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def own_database(tmp_path: Path) -> Path:
    """Where the served dashboard keeps the user's log."""
    return tmp_path / "own.duckdb"


@pytest.fixture
def server_log(tmp_path: Path) -> Path:
    """What the servers of this test print."""
    return tmp_path / "server.log"


@pytest.fixture
def server(demo: Path, own_database: Path, server_log: Path) -> Iterator[Server]:
    """Start fresh servers that show the demo until a log is loaded; each call gives the address of a new one."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*options: str, port: int | None = None) -> str:
        port = port or free_port()
        command = [
            str(Path(sys.executable).parent / "streamlit"),
            "run",
            "app.py",
            "--server.port",
            str(port),
            *options,
        ]
        places = {"ROUTECAST_OWN_DB": str(own_database), "ROUTECAST_DEMO_DB": str(demo)}
        environment = {name: value for name, value in os.environ.items() if name != "ROUTECAST_DB"} | places
        with server_log.open("ab") as log:
            running.append(
                subprocess.Popen(command, cwd=settings.home, env=environment, stdout=log, stderr=subprocess.STDOUT)
            )
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                    return address
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh browser context."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()
