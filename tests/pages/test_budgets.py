"""Budgets on the page: set, seen, crossed, removed; time zone and currency in every amount."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from analytics import settings
from analytics.forecast import budgets, set_budget
from analytics.store import open_store
from tests.pages.test_pages import start, texts

PAGE = "audit/budgets.py"


@pytest.fixture
def own_copy(small_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo that a test may write to."""
    copy = tmp_path / "demo.duckdb"
    shutil.copy(small_demo, copy)
    shutil.copytree(small_demo.with_name("demo.duckdb.segments"), tmp_path / "demo.duckdb.segments")
    for name in ("demo_database", "default_database"):
        monkeypatch.setattr(settings, name, lambda: copy)
    monkeypatch.setattr(settings, "own_database", lambda: tmp_path / "own.duckdb")
    return copy


def test_a_budget_is_set_shown_changed_and_removed(own_copy: Path) -> None:
    app = start(PAGE)
    assert "No budget is set yet" in texts(app)
    app.number_input(key="budget_amount_total_").set_value(20.0).run()
    app.button[0].click().run()
    assert not app.exception
    assert [(one.kind, one.monthly_usd) for one in budgets(open_store(own_copy))] == [("total", 20.0)]
    assert list(app.dataframe[0].value["Budget"]) == ["all traffic"]
    assert app.dataframe[0].value["Stays within"][0] == "under 1%"
    assert "expected to be crossed about" in texts(app)
    app.segmented_control(key="budget_kind").set_value("team").run()
    app.selectbox(key="budget_team").set_value("growth").run()
    app.number_input(key="budget_amount_team_growth").set_value(1e6).run()
    app.button[0].click().run()
    assert not app.exception
    assert list(app.dataframe[0].value["Stays within"]) == ["under 1%", "over 99%"]
    app.button[1].click().run()
    assert not app.exception
    assert [one.kind for one in budgets(open_store(own_copy))] == ["total"]


def test_the_scopes_last_day_is_today(own_copy: Path) -> None:
    app = start(PAGE, days=["2026-10-02", "2026-10-20"])
    assert "this October so far" in texts(app)
    assert "expected by 31 October" in texts(app)


def test_a_month_that_begins_where_the_log_ends_has_no_spend_of_nothing(own_copy: Path) -> None:
    said = texts(start(PAGE))
    assert "expected in November" in said
    assert "$0.00" not in said.replace("\\", "")


def test_every_amount_follows_the_currency(own_copy: Path) -> None:
    rates = own_copy.with_name("demo.duckdb.rates.toml")
    rates.write_text('[[rate]]\ncurrency = "EUR"\nfrom = 2026-01-01\nusd = 2.0\n')
    dollars = start()
    euros = start(currency="EUR")
    assert not euros.exception
    for name in ("Monthly cost", "Cost interval"):
        for one, other in zip(dollars.dataframe[0].value[name], euros.dataframe[0].value[name], strict=True):
            first = [float(part.strip("$").replace(",", "")) for part in one.split(" to ")]
            second = [float(part.strip("€").replace(",", "")) for part in other.split(" to ")]
            assert second == pytest.approx([usd / 2 for usd in first], abs=1)
    assert "\\$" not in texts(euros)
    assert "1 EUR = 2 USD since 2026-01-01" in texts(euros)
    page = start(PAGE, currency="EUR")
    assert not page.exception
    assert "€" in texts(page)
    assert "$" not in texts(page)


def test_an_amount_in_euros_passes_its_budget_only_if_it_does_in_dollars(own_copy: Path) -> None:
    """The euro was dear when most was spent; a budget just above the forecast must not look broken by that."""
    rates = own_copy.with_name("demo.duckdb.rates.toml")
    rates.write_text(
        "".join(
            f'[[rate]]\ncurrency = "EUR"\nfrom = 2026-10-{day}\nusd = {usd}\n' for day, usd in (("01", 1), ("15", 2))
        )
    )
    days = ["2026-10-02", "2026-10-20"]
    expected = float(
        texts(start(PAGE, days=days)).split("so far, ")[1].split(" expected")[0].strip("\\$").replace(",", "")
    )
    set_budget(open_store(own_copy), "total", "", expected * 1.2)
    table = start(PAGE, days=days, currency="EUR").dataframe[0].value
    amounts = [float(table[name][0].strip("€").replace(",", "")) for name in ("Monthly", "Expected")]
    assert amounts[0] / amounts[1] == pytest.approx(1.2, rel=0.02)


def test_days_outside_another_zones_log_are_brought_inside(own_copy: Path) -> None:
    app = start(PAGE, zone="Asia/Kolkata", days=["2026-10-20", "2026-11-01"])
    assert not app.exception
    app.selectbox(key="zone").set_value("UTC").run()
    assert not app.exception
    assert [one.value for one in app.error] == []
    assert max(app.date_input(key="days").value) == date(2026, 10, 31)


def test_a_broken_rates_file_is_one_sentence_and_the_page_goes_on_in_dollars(own_copy: Path) -> None:
    own_copy.with_name("demo.duckdb.rates.toml").write_text('[[rate]]\ncurrency = "EUR"\nusd = -1\n')
    app = start()
    assert not app.exception
    assert "a rate has exactly currency, from and usd" in app.error[0].value
    assert "\\$" in texts(app)


def test_the_zone_comes_from_the_link_and_stands_in_it(own_copy: Path) -> None:
    assert start(zone="Asia/Kathmandu").selectbox(key="zone").value == "Asia/Kathmandu"
    app = start()
    assert app.selectbox(key="zone").value == "UTC"
    assert app.query_params["zone"] in ("UTC", ["UTC"])
