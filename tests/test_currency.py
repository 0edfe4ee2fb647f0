"""Dated rates: amounts by hand, in Python and in SQL, and files that contradict themselves."""

from datetime import date
from pathlib import Path

import pytest

from analytics.charts.format import money, money_axis
from analytics.currency import USD, Currency, Rate, Rates, read_rates
from analytics.errors import RateError
from analytics.logs import load_log
from analytics.store import open_store
from tests.conftest import WriteCsv

RATES = Rates(
    (Rate("CHF", date(2026, 1, 1), 1.1), Rate("EUR", date(2026, 9, 1), 1.25), Rate("EUR", date(2026, 10, 2), 2.0))
)


def test_each_day_has_its_rate_and_the_future_the_latest() -> None:
    assert RATES.codes == ("USD", "CHF", "EUR")
    days = [date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1), date(2026, 10, 2), date(2027, 1, 1)]
    assert [RATES.at("EUR", day).usd_per_unit for day in days] == [1.25, 1.25, 1.25, 2.0, 2.0]
    assert RATES.latest("EUR") == Currency("EUR", "€", 2.0, date(2026, 10, 2))
    assert RATES.latest("USD") is USD
    with pytest.raises(RateError, match="no rate of 'GBP'"):
        RATES.latest("GBP")


def test_sql_converts_each_row_at_the_rate_of_its_day(database: Path, write_csv: WriteCsv) -> None:
    # 400,000 input tokens of gpt-4o are a dollar.
    load_log(database, write_csv("a,2026-10-01,gpt-4o,400000,0", "b,2026-10-02,gpt-4o,400000,0"))
    factor, values = RATES.factor_sql("EUR", "bucket", "UTC")
    found = open_store(database).rows(f"SELECT sum(list_cost_usd * {factor}) FROM rollup", values)
    assert found[0][0] == pytest.approx(1 / 1.25 + 1 / 2.0)
    for code in ("USD", "CHF"):
        factor, values = RATES.factor_sql(code, "bucket", None)
        found = open_store(database).rows(f"SELECT sum(list_cost_usd * {factor}) FROM rollup", values)
        assert found[0][0] == pytest.approx(2 / RATES.latest(code).usd_per_unit)


def test_amounts_show_their_currency() -> None:
    euro, franc = RATES.latest("EUR"), RATES.latest("CHF")
    assert money(45_000, currency=euro) == "€22,500"
    assert money(-1.1, currency=franc) == "-CHF 1.00"
    assert money(22_500, currency=euro.unit) == "€22,500"
    assert money(None, currency=euro) == "unknown"
    assert "'€'" in money_axis(euro)


def test_the_note_names_the_rates_in_use() -> None:
    assert RATES.note("USD", None, None) is None
    assert (
        RATES.note("EUR", date(2026, 10, 5), date(2026, 10, 9))
        == "EUR at the rate of each day: 1 EUR = 2 USD from 2026-10-02"
    )
    both = RATES.note("EUR", date(2026, 9, 5), date(2026, 10, 9))
    assert both is not None
    assert "1.25" in both
    assert "= 2 USD" in both


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[rate]\n", "not valid TOML"),
        ("[[rates]]\n", "only \\[\\[rate\\]\\] entries"),
        ('[[rate]]\ncurrency = "EUR"\nusd = 1.1\n', "rate 1: a rate has exactly"),
        ('[[rate]]\ncurrency = "EURO"\nfrom = 2026-01-01\nusd = 1.1\n', "'EURO' is not a three-letter code"),
        ('[[rate]]\ncurrency = "EUR"\nfrom = "2026"\nusd = 1.1\n', "'from' is not a day"),
        ('[[rate]]\ncurrency = "EUR"\nfrom = 2026-01-01\nusd = 0\n', "not the price of one EUR"),
        ('[[rate]]\ncurrency = "EUR"\nfrom = 2026-01-01\nusd = 1\n' * 2, "two rates from 2026-01-01"),
    ],
)
def test_a_bad_file_is_named_with_entry_and_remedy(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "log.duckdb.rates.toml"
    file.write_text(text)
    with pytest.raises(RateError, match=why) as caught:
        read_rates(file)
    assert "log.duckdb.rates.toml" in str(caught.value)
