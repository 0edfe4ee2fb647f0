"""Requests, data health, reconciliation and prices as a person uses them."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import settings
from analytics.logs import load_log
from analytics.prices.own_file import own_entries
from analytics.reconcile import load_invoices
from analytics.store import open_store

MAIN = settings.home / "pages" / "main.py"
PAGES = {
    "audit/requests.py": "Which ones exactly?",
    "audit/data_health.py": "Can we trust the log?",
    "audit/reconciliation.py": "Does our total agree with the bill?",
    "manage/prices.py": "What does a token cost?",
}


@pytest.fixture
def own_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The dashboard shows a log of 120 calls: a retried request, an unpriced model, a judge's calls."""
    rows = ["request_id,timestamp,model,input_tokens,output_tokens,use_case,status,logical_id,attempt,origin,provider"]
    for number in range(118):
        model = "house *model*" if number % 10 == 0 else "gpt-4o"
        rows.append(
            f"r{number:03d},2026-10-01T{number % 24:02d}:00:00Z,{model},{1000 + number},10,chat,ok,,,{'judge' if number == 5 else ''},openai"
        )
    rows.append("retried-1,2026-10-02T00:00:00Z,gpt-4o,800,0,chat,error,retried,1,,openai")
    rows.append("retried-2,2026-10-02T00:00:05Z,gpt-4o,800,100,chat,ok,retried,2,,openai")
    file = tmp_path / "log.csv"
    file.write_text("\n".join(rows) + "\n")
    own = tmp_path / "own.duckdb"
    load_log(own, file)
    monkeypatch.setattr(settings, "demo_database", lambda: tmp_path / "none.duckdb")
    monkeypatch.setattr(settings, "own_database", lambda: own)
    monkeypatch.setattr(settings, "default_database", lambda: own)
    return own


def start(page: str, **query: str) -> AppTest:
    """Open a page by its link: AppTest drops the query when it switches, so it is given again."""
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.run()
    app.switch_page(page)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    shown = [*app.title, *app.markdown, *app.caption, *app.error, *app.info, *app.success, *app.warning, *app.code]
    return "\n".join(one.value for one in shown)


def press(app: AppTest, label: str) -> AppTest:
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception
    return app


@pytest.mark.parametrize("page", PAGES)
def test_every_page_asks_its_question_on_the_demo_and_on_a_log(page: str, demo_open: Path) -> None:
    app = start(page)
    assert [one.value for one in app.error] == []
    assert app.title[0].value == PAGES[page]
    assert app.markdown[1].value.startswith("#### ") or any(one.value.startswith("#### ") for one in app.markdown)


def test_pages_turn_and_the_link_reproduces_them(own_open: Path) -> None:
    app = start("audit/requests.py")
    assert "120 calls match" in texts(app)
    first = list(app.dataframe[0].value["request_id"])
    assert first[:2] == ["retried-2", "retried-1"]
    press(app, "Next")
    second = list(app.dataframe[0].value["request_id"])
    assert len(first) == len(second) == 50
    assert not set(first) & set(second)
    link = app.query_params["r_at"]
    again = start("audit/requests.py", r_at=link[0] if isinstance(link, list) else link)
    assert list(again.dataframe[0].value["request_id"]) == second
    press(app, "Previous")
    assert list(app.dataframe[0].value["request_id"]) == first
    press(app, "Next")
    app.text_input(key="r_find").set_value("retried").run()
    assert list(app.dataframe[0].value["request_id"]) == ["retried-2", "retried-1"]
    assert "2 calls match" in texts(app)


def test_filters_come_from_the_link(own_open: Path) -> None:
    assert "12 calls match" in texts(start("audit/requests.py", r_unpriced="true"))
    assert "1 call matches" in texts(start("audit/requests.py", r_status="error"))
    assert "1 call matches" in texts(start("audit/requests.py", r_origin="router, judge, shadow"))
    assert "No request matches" in texts(start("audit/requests.py", r_find="%"))
    # All but the judge's call and the two retries of gpt-4o would leave for the small model: 117 and 2.
    assert "119 calls match" in texts(start("audit/requests.py", r_moves="Single Opus"))


def test_a_request_is_explained_from_its_link(own_open: Path) -> None:
    app = start("audit/requests.py", request="retried-1")
    shown = texts(app)
    assert "Attempt 1 of 2 (the one asked for)" in shown
    # 800 and 800 input tokens at $2.50, 100 output tokens at $10 per million.
    assert "800 input tokens x $2.50 per million = $0.00200" in shown
    assert "100 output tokens x $10 per million = $0.00100" in shown
    assert "in 2 attempts" in shown
    assert "\\$0.00500 at list price, billed unknown" in shown
    assert "no request with this id" in texts(start("audit/requests.py", request="never was"))
    assert "has no price" in texts(start("audit/requests.py", request="r010"))


def test_data_health_answers_with_numbers(own_open: Path) -> None:
    app = start("audit/data_health.py")
    assert "90.0% of calls are priced; 12 calls of 1 model are not" in texts(app)
    assert "house" in texts(app)


def test_an_invoice_is_uploaded_and_compared(own_open: Path) -> None:
    app = start("audit/reconciliation.py")
    assert "No invoice is loaded" in texts(app)
    app.file_uploader[0].upload("october.csv", b"provider,month,amount\nopenai,2026-10,1000\n")
    press(app, "Add")
    assert "1 invoice lines added" in texts(app) or "1 invoice line added" in texts(app)
    assert "of \\$1,000 invoiced" in texts(app)
    app.file_uploader[0].upload("wrong.csv", b"provider,month,amount\nopenai,soon,1000\n")
    press(app, "Add")
    assert "month 'soon' is not a month" in app.error[0].value


def test_an_own_price_is_added_and_the_log_priced_again_when_asked(own_open: Path) -> None:
    app = start("manage/prices.py")
    assert "1 of 2 models of the log have no price" in texts(app)
    assert "nothing would change" in texts(app)
    app.text_input(key="own_model_None").set_value("house *model*")
    app.number_input(key="own_input_None").set_value(1.0)
    app.number_input(key="own_output_None").set_value(0.0)
    press(app, "Save price")
    assert own_entries(own_open).prices == ({"model": "house *model*", "input": 1.0, "output": 0.0},)
    assert "without a price from 12 to 0" in texts(app)
    assert open_store(own_open).rows("SELECT sum(unpriced)::BIGINT FROM rollup") == [(12,)]
    press(app, "Re-price the log")
    assert "Re-pricing changed the list cost" in texts(app)
    assert "Every model of the log has a price" in texts(app)
    app.selectbox(key="own_place").set_value(0).run()
    press(app, "Remove this price")
    assert own_entries(own_open).prices == ()


def test_a_mistake_in_a_price_is_one_sentence(own_open: Path) -> None:
    app = start("manage/prices.py")
    app.text_input(key="own_model_None").set_value("x")
    press(app, "Save price")
    assert "'input' is missing" in app.error[0].value
    own_open.with_name("own.duckdb.prices.toml").write_text("[[prices]]\n")
    assert "did you mean 'price'?" in start("manage/prices.py").error[0].value


def test_the_judge_has_a_line_of_its_own(own_open: Path, tmp_path: Path) -> None:
    assert "judge \\$0.00261" in texts(start("manage/prices.py"))  # 1,005 tokens at $2.50 and 10 at $10 per million
    invoice = tmp_path / "invoice.csv"
    invoice.write_text("provider,month,amount\nopenai,2026-10,9\n")
    load_invoices(own_open, [invoice])
    assert "router, judge and shadow calls" in texts(start("audit/reconciliation.py"))
