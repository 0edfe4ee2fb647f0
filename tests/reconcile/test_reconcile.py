"""Invoices and cost reports read, kept and compared, against amounts worked out by hand."""

import json
from datetime import date
from pathlib import Path

import pytest

from analytics.errors import LoadError, StoreError
from analytics.logs import load_log
from analytics.reconcile import load_invoices, read_invoice, reconcile
from analytics.store import open_store
from tests.conftest import WriteCsv

DAY = 86_400
FIRST = 1_790_812_800  # 2026-10-01T00:00:00Z


def invoice(folder: Path, *rows: str, header: str = "provider,month,amount", name: str = "invoice.csv") -> Path:
    file = folder / name
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


def openai_page(*amounts: float, more: bool = False) -> dict[str, object]:
    buckets = [
        {
            "object": "bucket", "start_time": FIRST + day * DAY, "end_time": FIRST + (day + 1) * DAY,
            "results": [{"amount": {"value": amount, "currency": "usd"}, "line_item": "gpt-4o, input"}],
        }
        for day, amount in enumerate(amounts)
    ]  # fmt: skip
    return {"object": "page", "data": buckets, "has_more": more, "next_page": "page_2" if more else None}


def test_amounts_are_read_as_people_write_them(tmp_path: Path) -> None:
    file = invoice(
        tmp_path,
        'OpenAI,2026-10,"$1,234.50",,',
        "vertex_ai,2026-10-31,80,,",
        "mistral,2026-12,100,EUR,1.1",
        "anthropic,2026-11,-20,usd,",
        header="Provider,Month,Amount,currency,usd_per_unit",
    )
    lines, _ = read_invoice(file)
    assert [(one.provider, one.starts, one.ends, one.amount_usd) for one in lines] == [
        ("openai", date(2026, 10, 1), date(2026, 11, 1), 1234.5),
        ("google", date(2026, 10, 1), date(2026, 11, 1), 80.0),
        ("mistral", date(2026, 12, 1), date(2027, 1, 1), pytest.approx(110.0)),
        ("anthropic", date(2026, 11, 1), date(2026, 12, 1), -20.0),
    ]


@pytest.mark.parametrize(
    ("rows", "header", "words"),
    [
        (["openai,2026-13,5"], "provider,month,amount", "line 2: month '2026-13' is not a month"),
        (["openai,2026-10,much"], "provider,month,amount", "line 2: amount 'much' is not a number"),
        (["openai,2026-10,nan"], "provider,month,amount", "amount 'nan' is not a number"),
        (["openai,2026-10,5,EUR"], "provider,month,amount,currency", "add a column usd_per_unit"),
        (["2026-10,5"], "month,amount", "no column 'provider'"),
        ([",2026-10,5"], "provider,month,amount", "provider is empty"),
        ([], "provider,month,amount", "holds no amounts"),
    ],
)
def test_a_wrong_invoice_is_refused_whole(
    database: Path, tmp_path: Path, rows: list[str], header: str, words: str
) -> None:
    good = invoice(tmp_path, "openai,2026-09,1", name="good.csv")
    with pytest.raises(LoadError, match=words.replace("(", "\\(")):
        load_invoices(database, [good, invoice(tmp_path, *rows, header=header)])
    assert not database.exists()


def test_an_invoice_alone_makes_no_database(database: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="load a log"):
        load_invoices(database, [invoice(tmp_path, "openai,2026-10,1")])
    assert not database.exists()


@pytest.mark.parametrize("text", ["{", '{"object": "list"}', "[1]", '{"data": [{"start_time": 1}]}', '{"data": [7]}'])
def test_json_that_is_no_cost_report_is_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(LoadError, match=r"report\.json"):
        read_invoice(file)


def test_openai_reports_are_dollars_in_utc_days(tmp_path: Path) -> None:
    file = tmp_path / "costs.json"
    file.write_text(json.dumps(openai_page(1.25, 2.5, more=True)))
    lines, notes = read_invoice(file)
    assert [(one.provider, one.starts, one.ends, one.amount_usd, one.item) for one in lines] == [
        ("openai", date(2026, 10, 1), date(2026, 10, 2), 1.25, "gpt-4o, input"),
        ("openai", date(2026, 10, 2), date(2026, 10, 3), 2.5, "gpt-4o, input"),
    ]
    assert notes == ["costs.json is not complete: the report goes on at page page_2."]


def test_anthropic_reports_are_cents_in_strings(tmp_path: Path) -> None:
    file = tmp_path / "cost.jsonl"
    page = {
        "data": [
            {
                "starting_at": "2026-10-01T00:00:00Z", "ending_at": "2026-10-02T00:00:00Z",
                "results": [{"currency": "USD", "amount": "123.45", "cost_type": "tokens", "model": "claude-opus-4-1"}],
            }
        ]
    }  # fmt: skip
    file.write_text(json.dumps(page) + "\n" + json.dumps(page | {"has_more": False}) + "\n")
    lines, notes = read_invoice(file)
    assert [(one.amount_usd, one.kind, one.item) for one in lines] == [
        (pytest.approx(1.2345), "tokens", "claude-opus-4-1")
    ] * 2
    assert any("Priority tier" in note for note in notes)


ACTIVITY = {
    "date": "2026-10-01", "model": "openai/gpt-4o", "model_permaslug": "openai/gpt-4o-2024-08-06", "provider_name": "OpenAI",
    "requests": "12", "prompt_tokens": "100", "usage": "0.5", "byok_usage_inference": "7",
}  # fmt: skip


@pytest.mark.parametrize("container", ["csv", "jsonl", "wrapped"])
def test_openrouters_daily_activity_is_an_invoice_per_day(tmp_path: Path, container: str) -> None:
    days = [ACTIVITY, ACTIVITY | {"date": "2026-10-02 00:00:00", "usage": "1.25"}]
    texts = {
        "csv": "\n".join([",".join(ACTIVITY), *(",".join(day.values()) for day in days)]),
        "jsonl": "\n".join(map(json.dumps, days)),
        "wrapped": json.dumps({"data": days}),
    }
    file = tmp_path / f"activity.{container}"
    file.write_text(texts[container])
    lines, _ = read_invoice(file)
    assert [(one.provider, one.starts, one.ends, one.amount_usd, one.item) for one in lines] == [
        ("openrouter", date(2026, 10, 1), date(2026, 10, 2), 0.5, "openai/gpt-4o"),
        ("openrouter", date(2026, 10, 2), date(2026, 10, 3), 1.25, "openai/gpt-4o"),
    ]
    file.write_text(texts[container].replace("1.25", "much"))
    with pytest.raises(LoadError, match="activity"):
        read_invoice(file)


@pytest.fixture
def logged(database: Path, write_csv: WriteCsv) -> Path:
    """$2.50 a day of gpt-4o at list price on 1, 2 and 3 October and 1 November; half as much billed."""
    rows = [
        f"r{number},2026-{month:02d}-{day:02d}T23:59:00Z,gpt-4o,1000000,0,openai,1.25"
        for number, (month, day) in enumerate([(10, 1), (10, 2), (10, 3), (11, 1)])
    ]
    load_log(database, write_csv(*rows, more="provider,cost_usd"))
    return database


def test_a_month_is_compared_with_its_invoice(logged: Path, tmp_path: Path) -> None:
    load_invoices(logged, [invoice(tmp_path, "openai,2026-10,3.00", "openai,2026-10,0.75", "aws,2026-10,9")])
    november, aws, found = reconcile(open_store(logged))
    assert (november.month, november.invoice_usd, november.capture) == (date(2026, 11, 1), None, "unknown")
    assert (aws.provider, aws.attempts, aws.capture_rate, aws.capture) == ("aws", 0, 0.0, "low")
    assert (found.list_usd, found.billed_usd, found.ours_usd) == (
        pytest.approx(7.5),
        pytest.approx(3.75),
        pytest.approx(3.75),
    )
    assert (found.invoice_usd, found.capture_rate, found.capture) == (pytest.approx(3.75), pytest.approx(1.0), "good")
    assert any("the log has calls on 3 of the 31 days" in one for one in found.explanations)


def test_a_report_of_some_days_is_held_against_those_days(logged: Path, tmp_path: Path) -> None:
    report = tmp_path / "costs.json"
    report.write_text(json.dumps(openai_page(1.25, 1.25)))
    load_invoices(logged, [report])
    october = next(one for one in reconcile(open_store(logged)) if one.month == date(2026, 10, 1))
    assert (october.attempts, october.billed_usd, october.invoice_usd) == (2, pytest.approx(2.5), pytest.approx(2.5))


def test_the_same_invoice_twice_changes_nothing_and_a_newer_one_replaces_its_days(logged: Path, tmp_path: Path) -> None:
    report = tmp_path / "costs.json"
    report.write_text(json.dumps(openai_page(1.0, 1.0)))
    assert load_invoices(logged, [report]).replaced == 0
    assert load_invoices(logged, [report]).replaced == 2
    month = invoice(tmp_path, "openai,2026-10,4")
    assert load_invoices(logged, [month]).replaced == 2
    rows = open_store(logged).rows("SELECT provider, amount_usd FROM invoices")
    assert rows == [("openai", 4.0)]


@pytest.mark.parametrize(("amount", "capture"), [("4.17", "low"), ("4.16", "good"), ("3.41", "good"), ("3.40", "high")])
def test_the_verdict_turns_at_90_and_110_percent(logged: Path, tmp_path: Path, amount: str, capture: str) -> None:
    load_invoices(logged, [invoice(tmp_path, f"openai,2026-10,{amount}")])
    october = next(one for one in reconcile(open_store(logged)) if one.month == date(2026, 10, 1))
    assert october.capture == capture  # ours is 3.75


def test_list_price_stands_in_where_the_log_does_not_say_and_a_discount_is_proposed(
    database: Path, write_csv: WriteCsv, tmp_path: Path
) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,4000000,0", "b,2026-10-31,our-own,1,1", more=""))
    load_invoices(database, [invoice(tmp_path, "2026-10,8", header="month,amount")], provider="openai")
    found = next(one for one in reconcile(open_store(database)) if one.provider == "openai")
    assert (found.basis, found.ours_usd) == ("list", pytest.approx(10.0))
    assert any("a discount of 20.0%" in one for one in found.explanations)
