"""Team mode against a real OpenID provider: nobody sees anything before signing in, viewers change nothing, editors do."""

import importlib.util
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from analytics.logs import load_log
from analytics.store import list_changes, open_store
from tests.browser.conftest import free_port

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("oidc_provider_mock") is None, reason="the OpenID provider for tests is not installed"
)

PEOPLE = (
    {"sub": "ann", "email": "Ann@example.com", "email_verified": True},
    {"sub": "vic", "email": "vic@example.com", "email_verified": True},
    {"sub": "eve", "email": "ann@example.com", "email_verified": False},  # anybody may claim an address
)
LOG = "request_id,timestamp,model,input_tokens,output_tokens\na,2026-10-01,gpt-4o,10,5\n"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of an OpenID provider that knows PEOPLE."""
    port = free_port()
    people = [part for one in PEOPLE for part in ("--user-claims", json.dumps(one))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *people]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/.well-known/openid-configuration", timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture
def team(provider: str, server: Callable[..., str], own_database: Path, tmp_path: Path) -> str:
    """The address of a fresh server in team mode, with a log of one request; ann@example.com is its editor."""
    (tmp_path / "log.csv").write_text(LOG)
    load_log(own_database, tmp_path / "log.csv")
    port = free_port()
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(
        f"""
        [auth]
        redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
        cookie_secret = "{"0123456789abcdef" * 4}"
        client_id = "routecast"
        client_secret = "secret"
        server_metadata_url = "{provider}/.well-known/openid-configuration"

        [team]
        editors = ["ann@example.com"]
        """
    )
    return server("--secrets.files", str(secrets), port=port)


def sign_in(page: Page, address: str, sub: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=sub, exact=True).click()
    expect(page.get_by_test_id("stSidebarNav")).to_be_visible()


def set_a_budget(page: Page, address: str, usd: str) -> None:
    page.goto(f"{address}/budgets")
    page.get_by_label("At most this much a month, USD").fill(usd)
    page.get_by_label("At most this much a month, USD").press("Enter")


def test_a_deep_link_to_a_fresh_server_shows_only_the_sign_in(team: str, page: Page) -> None:
    page.goto(f"{team}/spend?use_case=code")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
    expect(page.get_by_test_id("stDataFrame")).to_have_count(0)
    shown = page.get_by_test_id("stMain").inner_text()
    assert "gpt-4o" not in shown
    assert "Where does the money go" not in shown


def test_an_upload_is_refused_before_signing_in(team: str) -> None:
    request = urllib.request.Request(f"{team}/_stcore/upload_file/any/any", data=b"x", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 403
    assert refused.value.read() == b"Sign in first."


@pytest.mark.parametrize("sub", ["vic", "eve"])
def test_whoever_is_no_verified_editor_looks_and_changes_nothing(
    team: str, page: Page, own_database: Path, sub: str
) -> None:
    sign_in(page, team, sub)
    expect(page.get_by_test_id("stSidebar").get_by_text("viewer")).to_be_visible()
    set_a_budget(page, team, "100")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    page.goto(f"{team}/sources")
    expect(page.get_by_role("button", name="Load", exact=True)).to_be_disabled()
    expect(page.get_by_text("or a path on this server")).to_have_count(0)
    assert len(list_changes(open_store(own_database))) == 1


def test_an_editor_writes_and_is_named_and_signs_out(
    team: str, page: Page, browser: Browser, own_database: Path
) -> None:
    sign_in(page, team, "ann")
    expect(page.get_by_test_id("stSidebar").get_by_text("Ann@example.com, editor")).to_be_visible()
    set_a_budget(page, team, "100")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="$100")).to_be_visible()
    latest = list_changes(open_store(own_database)).row(0, named=True)
    assert (latest["who"], latest["what"]) == ("Ann@example.com", "set a budget")
    assert "100.00 USD" in latest["detail"]

    page.goto(f"{team}/sources")
    expect(page.get_by_role("heading", name="Who changed what")).to_be_visible()

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/oauth2/end_session**")
    page.goto(f"{team}/spend")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
