"""Whatever stands in a link: a page shows its defaults or a sentence, and nothing of the link's making runs."""

from pathlib import Path

import pytest

from tests.pages.conftest import demo_open, small_demo  # noqa: F401
from tests.pages.test_pages import start, texts

HOSTILE = (
    "../../etc/passwd",
    "'; DROP TABLE loads; --",
    "<script>alert(1)</script>",
    "x" * 20_000,
    "\x00\ud7ff",
    "9" * 400,
    "[](javascript:alert(1))",
)
LINKS = {
    "audit/spend.py": ("use_case", "model", "days", "zone", "currency"),
    "audit/requests.py": ("sort", "request", "after", "use_case"),
    "route/simulate.py": ("arch", "base", "sim_volume", "growth", "price_of", "price_in"),
    "present/report.py": ("saved", "report_compare", "report_about"),
    "manage/prices.py": ("price_search", "data"),
}


@pytest.mark.parametrize("page", LINKS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_link_is_harmless(page: str, value: str, demo_open: Path) -> None:  # noqa: F811
    app = start(page, **dict.fromkeys(LINKS[page], value))
    assert not app.exception
    assert app.title
    assert "This page could not be drawn" not in texts(app)
    assert "root:" not in texts(app)
