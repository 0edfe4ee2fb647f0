"""The HTML report in a browser without a network: charts draw, keys present, nothing is asked of anybody."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from analytics.policies import parse_architecture
from analytics.reports import Texts, compose_report, gather_facts, write_report
from analytics.simulation import Scenario
from analytics.store import open_store

ARCHITECTURE = """
name = "<img src=x onerror=alert(1)>"
[[route]]
when = "use_case in ('summarization', 'translation')"
use = "gemini-2.5-flash"
[default]
use = "claude-sonnet-4-5"
"""


@pytest.fixture(scope="module")
def file(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    facts = gather_facts(open_store(demo), [parse_architecture(ARCHITECTURE)], Scenario(requests_per_month=1e6))
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(compose_report(facts, Texts("</script><script>alert(2)</script>")), path)
    return path


def test_it_draws_and_presents_offline(file: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    page.on("dialog", lambda dialog: (said.append("dialog"), dialog.dismiss()))
    page.goto(file.as_uri())
    expect(page.locator("body[data-drawn=true]")).to_be_attached(timeout=60_000)
    assert page.locator(".chart svg").count() == page.locator(".chart").count() == 6
    assert page.evaluate("fetch('https://example.org').then(() => 'let through', () => 'stopped')") == "stopped"
    # Vega-Lite's remarks on sizes are none of the report's, and the refused request is this test's own.
    said = [one for one in said if not one.startswith("WARN") and "Content Security Policy" not in one]
    assert said == []
    assert asked[0] == file.as_uri()
    assert set(asked[1:]) <= {"https://example.org/"}  # what this test itself tried
    page.keyboard.press("p")
    shown = page.locator(".screen:visible")
    expect(shown).to_have_count(1)
    expect(shown.locator("h1")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(shown.locator("h2")).to_contain_text("would save $")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(shown.locator(".chart svg").first).to_be_visible()
    width = shown.locator(".chart svg").first.bounding_box()
    assert width is not None
    assert width["width"] > 300
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("End")
    expect(page.locator("#place")).to_have_text("11 / 11")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#place")).to_have_text("11 / 11")
    page.keyboard.press("Escape")
    expect(page.locator("body.presenting")).to_have_count(0)
    page.goto(file.as_uri() + "#present")
    page.reload()
    expect(page.locator("body.presenting")).to_be_attached()
    context.close()
