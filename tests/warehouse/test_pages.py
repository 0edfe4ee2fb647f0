"""Every page of a log that stays in a warehouse: it answers its question, or says in a sentence where the rows are."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import settings
from tests.pages.test_pages import PAGES, start, texts


@pytest.fixture
def open_lake(lake: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The dashboard opens the database whose log is in a lake."""
    for name in ("own_database", "default_database", "demo_database"):
        monkeypatch.setattr(settings, name, lambda: lake)
    return lake


def test_every_page_draws(open_lake: Path) -> None:
    app = AppTest.from_file(str(settings.home / "pages" / "main.py"), default_timeout=300)
    app.run()
    for page, question in {**PAGES, "present/tracking.py": ""}.items():
        app.switch_page(page).run()
        assert not app.exception, page
        assert question in texts(app), page
        said = [one.value for one in app.error]
        assert not [one for one in said if "incident" in one], (page, said)
        # New prices are the warehouse's to put in place; and this log has no side-by-side outcomes, wherever it is.
        assert all("--again" in one or "This projection is not possible" in one for one in said), (page, said)


def test_requests_are_found_where_they_are(open_lake: Path) -> None:
    app = start("audit/requests.py", request="req-00003")
    assert not app.error
    assert len(app.dataframe[0].value) == 50
    assert "calls match" in texts(app)
