"""A chosen currency and time zone hold on every page: amounts by hand, and no dollar left over."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import settings
from analytics.learning import train_router
from analytics.logs import load_log
from analytics.reconcile import load_invoices
from tests.conftest import WriteCsv
from tests.pages.test_pages import PAGES, start, texts

# A power of two: halving changes no digit of a sum.
RATE = '[[rate]]\ncurrency = "EUR"\nfrom = 2026-01-01\nusd = 2.0\n'
MONEY = re.compile(r"([-+]?)[$€]([\d,]+(?:\.\d+)?)([kMB]?)")
# Backtest, Evidence, Quality, Saved, Speed and Sources speak of no money.
PRICED = (
    "decide/overview.py", "audit/spend.py", "audit/budgets.py", "categorize/workload.py", "route/simulate.py",
    "route/frontier.py", "route/learned.py", "route/side_by_side.py", "audit/requests.py", "audit/data_health.py",
    "audit/reconciliation.py", "present/report.py",
)  # fmt: skip
# Its prices are in USD, as catalogues have them; its amounts have a test of their own.
CATALOGUE = "manage/prices.py"
# A cascade has a break-even in money; a budget stays in USD, and what it buys does not.
MORE: tuple[tuple[str, dict[str, str]], ...] = (
    ("route/simulate.py", {"base": "Cascade"}),
    ("route/frontier.py", {"goal": "Within a budget"}),
)


@pytest.fixture(scope="module")
def euro_demo(small_demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small demo with a trained router, an invoice that is far from it, and a rates file."""
    copy = tmp_path_factory.mktemp("euro") / "demo.duckdb"
    shutil.copy(small_demo, copy)
    shutil.copytree(f"{small_demo}.segments", f"{copy}.segments")
    train_router(copy)
    invoice = copy.with_name("invoice.csv")
    invoice.write_text("provider,month,amount\nanthropic,2026-10,100\n")
    load_invoices(copy, [invoice], kind="demo")
    copy.with_name("demo.duckdb.rates.toml").write_text(RATE)
    return copy


@pytest.fixture
def euros(euro_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The dashboard finds that demo, and no log of anybody's own."""
    for name in ("demo_database", "default_database"):
        monkeypatch.setattr(settings, name, lambda: euro_demo)
    monkeypatch.setattr(settings, "own_database", lambda: tmp_path / "own.duckdb")
    return euro_demo


def said(app: AppTest) -> Iterator[str]:
    """Every text a page writes: sentences, numbers with their help, and the words in its tables and their headings."""
    yield texts(app).replace("\\", "")
    for one in app.warning:
        yield one.value.replace("\\", "")
    for metric in app.metric:
        yield f"{metric.label} {metric.value} {metric.help}".replace("\\", "")
    for table in app.dataframe:
        yield from map(str, table.value.columns)
        yield from (str(cell) for row in table.value.itertuples(index=False) for cell in row)
        yield _unescaped(table.proto.columns)
    for chart in app.get("vega_lite_chart"):
        yield _unescaped(chart.proto.spec)


def amounts(text: str) -> list[tuple[float, float]]:
    """Amounts in a text with half of the last digit they are written with."""
    found = []
    for sign, digits, _ in MONEY.findall(text):
        decimals = len(digits.partition(".")[2])
        found.append((float(f"{sign}{digits.replace(',', '')}"), 0.5 * 10**-decimals))
    return found


@pytest.mark.parametrize(("page", "query"), [*((page, {}) for page in PAGES if page != CATALOGUE), *MORE])
def test_every_amount_on_every_page_is_in_the_chosen_currency(page: str, query: dict[str, str], euros: Path) -> None:
    app = start(page, currency="EUR", **query)
    assert not app.exception
    assert [one.value for one in app.error] == []
    everything = list(said(app))
    assert [text for text in everything if re.search(r"\$\s?[\d%']|\bUSD\b", _without_notes(text))] == []
    assert any("€" in text for text in everything) == (page in PRICED)
    assert texts(app).count("1 EUR = 2 USD") == (page in PRICED)


@pytest.mark.parametrize(("page", "query"), [*((page, {}) for page in PRICED), *MORE])
def test_every_amount_is_half_of_what_it_was_in_dollars(page: str, query: dict[str, str], euros: Path) -> None:
    dollars, converted = (list(said(start(page, currency=code, **query))) for code in ("USD", "EUR"))
    first, second = ([one for text in texts for one in amounts(text)] for texts in (dollars, converted))
    assert len(first) == len(second) >= 1
    for (usd, wide), (eur, narrow) in zip(first, second, strict=True):
        assert eur == pytest.approx(usd / 2, abs=wide / 2 + narrow + 1e-9)


def _unescaped(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False)


def _without_notes(text: str) -> str:
    """Without the rate's own words, and Vega's schema."""
    return re.sub(r"1 EUR = 2 USD|kept in USD|holds its amounts in USD|\$schema", "", text)


def test_spend_is_converted_at_the_rate_of_its_day_in_the_chosen_zone(
    tmp_path: Path, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 400,000 input tokens of gpt-4o are a dollar. The euro cost $1.25 until 1 October and $2 from 2 October on; half
    # past eleven at night in London is the next morning in Kolkata.
    own = tmp_path / "own.duckdb"
    # A failed call, of no tokens and no cost, makes the page take the spend apart.
    rows = ("a,2026-10-01T08:00:00Z,gpt-4o,400000,0,a,ok", "b,2026-10-01T23:30:00Z,gpt-4o,800000,0,b,ok")
    more = ("c,2026-10-02T08:00:00Z,gpt-4o,400000,0,a,ok", "d,2026-10-02T08:00:00Z,gpt-4o,0,0,a,error")
    load_log(own, write_csv(*rows, *more, more="user_id,status"))
    own.with_name("own.duckdb.rates.toml").write_text(
        '[[rate]]\ncurrency = "EUR"\nfrom = 2026-09-01\nusd = 1.25\n[[rate]]\ncurrency = "EUR"\nfrom = 2026-10-02\nusd = 2.0\n'
    )
    for name in ("own_database", "default_database"):
        monkeypatch.setattr(settings, name, lambda: own)
    monkeypatch.setattr(settings, "demo_database", lambda: tmp_path / "none.duckdb")
    in_london, in_kolkata = 3 / 1.25 + 1 / 2, 1 / 1.25 + 3 / 2
    for zone, total, by_user in (
        ("UTC", in_london, {"a": 1 / 1.25 + 1 / 2, "b": 2 / 1.25}),
        ("Asia/Kolkata", in_kolkata, {"a": 1 / 1.25 + 1 / 2, "b": 2 / 2}),
    ):
        app = start("audit/spend.py", currency="EUR", zone=zone)
        assert not app.exception
        assert app.metric[0].value == f"€{total:.2f}"
        assert f"€{total:.2f} this October so far; no forecast: the log holds" in texts(app).replace("\\", "")
        app.selectbox(key="by").set_value("user_id").run()
        app.selectbox(key="and_by").set_value("model").run()
        table, pairs, lines = (app.dataframe[number].value for number in range(3))
        assert dict(zip(table["name"], table["list_cost"], strict=True)) == pytest.approx(by_user)
        assert pairs["list_cost"].sum() == pytest.approx(total)
        assert lines["list_cost"][0] == pytest.approx(total)
        app.selectbox(key="by").set_value("team").run()
        assert app.dataframe[0].value["list_cost"][0] == pytest.approx(total)
        assert "1 EUR = 1.25 USD from 2026-09-01; 1 EUR = 2 USD from 2026-10-02" in texts(app)


def test_the_zone_moves_the_border_between_two_days(
    tmp_path: Path, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.duckdb"
    rows = ("a,2026-10-01T08:00:00Z,gpt-4o,400000,0", "b,2026-10-01T23:30:00Z,gpt-4o,800000,0")
    load_log(own, write_csv(*rows, "c,2026-10-02T08:00:00Z,gpt-4o,400000,0"))
    for name in ("own_database", "default_database"):
        monkeypatch.setattr(settings, name, lambda: own)
    monkeypatch.setattr(settings, "demo_database", lambda: tmp_path / "none.duckdb")
    for zone, first, dearest in (("UTC", "$3.00", "2026-10-01"), ("Asia/Kolkata", "$1.00", "2026-10-02")):
        app = start("audit/spend.py", zone=zone)
        assert f"A day costs \\$2.00 on average; the dearest, {dearest}, cost \\$3.00" in texts(app)
        app.date_input(key="days").set_value((date(2026, 10, 1), date(2026, 10, 1))).run()
        assert not app.exception
        assert app.metric[0].value == first


def test_spend_says_where_the_month_is_heading(euros: Path) -> None:
    app = start("audit/spend.py", days=["2026-10-02", "2026-10-20"])
    assert not app.exception
    found = re.search(
        r"\$([\d.,]+) this October so far, \$([\d.,]+) expected by 31 October \(\$([\d.,]+) to \$([\d.,]+)\)",
        texts(app).replace("\\", ""),
    )
    assert found is not None
    spent, expected, low, high = (float(part.replace(",", "")) for part in found.groups())
    assert spent == pytest.approx(float(app.metric[0].value.strip("$").replace(",", "")), abs=1)
    assert spent < low < expected < high
    assert "How October adds up" in texts(app)
    assert "intervals cover 95%" in texts(app)


DATED = (
    '[[rate]]\ncurrency = "EUR"\nfrom = 2026-09-01\nusd = 1.25\n'
    '[[rate]]\ncurrency = "EUR"\nfrom = 2026-10-02\nusd = 2.0\n'
)


@pytest.fixture
def two_rates(tmp_path: Path, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three calls of $1, $2 and a judge's $1; the euro cost $1.25 until 1 October and costs $2 from 2 October on."""
    own = tmp_path / "own.duckdb"
    rows = (
        "a,2026-10-01T08:00:00Z,gpt-4o,400000,0,,0.5,openai,two,1",
        "b,2026-10-02T08:00:00Z,gpt-4o,800000,0,,0,openai,two,2",
        "c,2026-10-02T09:00:00Z,gpt-4o,400000,0,judge,1,openai,,",
    )
    load_log(own, write_csv(*rows, more="origin,cost_usd,provider,logical_id,attempt"))
    own.with_name("own.duckdb.rates.toml").write_text(DATED)
    for name in ("own_database", "default_database"):
        monkeypatch.setattr(settings, name, lambda: own)
    monkeypatch.setattr(settings, "demo_database", lambda: tmp_path / "none.duckdb")
    return own


def requests_in_euros(**query: str) -> AppTest:
    """The Requests page by its link, whose part that is the page's own AppTest drops when it switches."""
    app = start(currency="EUR").switch_page("audit/requests.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def test_requests_are_converted_sorted_and_bounded_by_the_rates_of_their_days(two_rates: Path) -> None:
    app = start("audit/requests.py", currency="EUR")
    # EUR 0.80, 1.00 and 0.50, which add up to 2.30.
    assert "3 calls match: \\€2.30" in texts(app) or "3 calls match: €2.30" in texts(app)
    table = app.dataframe[0].value
    assert dict(zip(table["request_id"], table["list_cost"], strict=True)) == pytest.approx(
        {"a": 0.8, "b": 1.0, "c": 0.5}
    )
    assert dict(zip(table["request_id"], table["billed_cost"], strict=True)) == pytest.approx(
        {"a": 0.4, "b": 0.0, "c": 0.5}
    )
    by_cost = requests_in_euros(r_sort="List cost")
    assert list(by_cost.dataframe[0].value["request_id"]) == ["b", "a", "c"]
    dear = requests_in_euros(r_least_cost="0.6", r_most_cost="0.9")
    assert list(dear.dataframe[0].value["request_id"]) == ["a"]


def test_one_request_is_explained_at_the_rate_of_each_attempts_day(two_rates: Path) -> None:
    app = requests_in_euros(request="a")
    shown = texts(app).replace("\\", "") + "\n".join(one.value for one in app.code)
    assert "400,000 input tokens x €2 per million = €0.80" in shown  # $2.50 at $1.25
    assert "800,000 input tokens x €1.25 per million = €1.00" in shown  # $2.50 at $2
    assert "€1.80 at list price, billed €0.40" in shown
    assert "1 EUR = 1.25 USD since 2026-09-01" in shown
    assert "1 EUR = 2 USD since 2026-10-02" in shown


def test_an_invoice_is_captured_to_the_same_share_in_every_currency(two_rates: Path, tmp_path: Path) -> None:
    invoice = tmp_path / "invoice.csv"
    invoice.write_text("provider,month,amount\nopenai,2026-10,8\n")
    load_invoices(two_rates, [invoice])
    app = start("audit/reconciliation.py", currency="EUR")
    # The list total is $4, EUR 2.30 by the days: an average of $4 / 2.3 a euro, at which the invoice is EUR 4.60. What was
    # billed, $1.50, is held against it: EUR 0.8625, the same 18.75% as in dollars.
    assert "The log captures 18.8% of €4.60 invoiced" in texts(app).replace("\\", "")
    row = app.dataframe[0].value.iloc[0]
    assert (row["list_total"], row["invoice"], row["difference"]) == pytest.approx((2.3, 4.6, 0.8625 - 4.6))
    assert row["captured"] == pytest.approx(18.75)  # percent, as it is shown
    assert re.search(r"€0\.5[78] of our list total is for router, judge and shadow calls", texts(app).replace("\\", ""))
    health = texts(start("audit/data_health.py", currency="EUR")).replace("\\", "")
    assert "Our total is €3.74 less than the invoice of €4.60" in health
    assert "gpt-4o was logged at €0.** 1 call costs €1.00 at list price" in health


def test_prices_stay_in_usd_and_amounts_beside_them_do_not(two_rates: Path) -> None:
    two_rates.with_name("own.duckdb.prices.toml").write_text(
        '[[price]]\nmodel = "gpt-4o"\ninput = 5.0\noutput = 10.0\n'
    )
    shown = texts(start(CATALOGUE, currency="EUR")).replace("\\", "")
    assert "judge €0.50" in shown
    assert "would change the list cost of 3 calls from €2.30 to €4.60" in shown
    assert "costs $2.50 per million input tokens" in shown
    assert "Prices are in USD, as catalogues have them" in shown
