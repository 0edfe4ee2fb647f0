"""Every page draws, answers its question, and shows a sentence when something is wrong."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import TextArea

from analytics import settings
from analytics.logs import load_log

MAIN = settings.home / "pages" / "main.py"
PAGES = {
    "decide/overview.py": "Should we change our architecture?",
    "audit/spend.py": "Where does the money go, and where is it heading?",
    "audit/speed.py": "How long do people wait?",
    "audit/quality.py": "How good are the answers, and where do we not know?",
    "categorize/workload.py": "What are we overpaying for?",
    "audit/budgets.py": "Will we stay within budget?",
    "route/simulate.py": "What if we routed like this?",
    "route/frontier.py": "What is the best we can do for our money?",
    "route/learned.py": "What can be told before the answer?",
    "present/report.py": "What do we tell them?",
    "present/saved.py": "What have we kept?",
    "route/side_by_side.py": "Which model is best for this task?",
    "route/evidence.py": "How sure are we, and what would make us surer?",
    "route/backtest.py": "Would it have been right before?",
    "audit/requests.py": "Which ones exactly?",
    "audit/data_health.py": "Can we trust the log?",
    "audit/reconciliation.py": "Does our total agree with the bill?",
    "manage/sources.py": "What is loaded?",
    "manage/prices.py": "What does a token cost?",
}


def start(page: str = "decide/overview.py", **query: str) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    if page != "decide/overview.py":
        app.switch_page(page).run()
    return app


def texts(app: AppTest) -> str:
    return "\n".join(
        one.value for one in [*app.title, *app.markdown, *app.caption, *app.error, *app.info, *app.success]
    )


@pytest.mark.parametrize("page", PAGES)
def test_every_page_asks_its_question(page: str, demo_open: Path) -> None:
    app = start(page)
    assert not app.exception
    assert [one.value for one in app.error] == []
    assert app.title[0].value == PAGES[page]
    assert "Demo data" in texts(app)


def test_the_overview_answers_with_numbers(demo_open: Path) -> None:
    app = start()
    assert "would cost" in texts(app)
    table = app.dataframe[0].value
    assert list(table["Architecture"]) == ["current", "Single Opus", "Single Sonnet", "Multi-model"]
    assert table["Monthly cost"][3].startswith("$6,")


def test_the_scope_holds_on_every_page_and_comes_from_the_link(demo_open: Path) -> None:
    app = start("audit/spend.py", use_case="code")
    assert app.multiselect(key="use_case").value == ["code"]
    narrowed = app.metric[2].value
    app.multiselect(key="use_case").set_value([]).run()
    assert int(app.metric[2].value.replace(",", "")) > int(narrowed.replace(",", ""))


def test_what_is_in_force_stands_above_the_question(demo_open: Path) -> None:
    app = start("audit/spend.py", use_case="code", days=["2026-10-05", "2026-10-07"])
    assert [part for part in app.markdown[0].value.split(" :") if part] == [
        ":orange-badge[Demo data]", "blue-badge[2026-10-05 to 2026-10-07]", "gray-badge[USD]", "blue-badge[use case: code]",
    ]  # fmt: skip
    app = start()
    assert "gray-badge[2026-10-02 to 2026-10-31]" in app.markdown[0].value
    assert "use case" not in app.markdown[0].value


def toml(app: AppTest) -> TextArea:
    return next(one for one in app.text_area if one.label == "Architecture")


def test_editing_an_architecture_changes_the_projection_and_the_link(demo_open: Path) -> None:
    app = start("route/simulate.py", mode="TOML")
    before = app.dataframe[0].value["Monthly cost"][1]
    text = toml(app).value.replace('use = "claude-sonnet-4-5"', 'use = "claude-haiku-4-5"')
    toml(app).set_value(text).run()
    after = app.dataframe[0].value["Monthly cost"][1]
    assert after != before
    link = app.query_params["arch"]
    again = start("route/simulate.py", mode="TOML", arch=link[0] if isinstance(link, list) else link)
    assert toml(again).value == text
    assert again.dataframe[0].value["Monthly cost"][1] == after


def test_a_mistake_in_an_architecture_is_one_sentence(demo_open: Path) -> None:
    app = start("route/simulate.py", mode="TOML")
    toml(app).set_value('name = "x"\n[default]\nuze = "a"').run()
    assert not app.exception
    assert "did you mean 'use'?" in app.error[0].value


def test_loading_a_log_switches_to_it(demo_open: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.duckdb"
    monkeypatch.setattr(settings, "default_database", lambda: own if own.exists() else demo_open)
    app = start("manage/sources.py")
    rows = "".join(f"r{number},2026-10-{1 + number % 9:02d},gpt-4o,100,50\n" for number in range(60))
    app.file_uploader[0].upload(
        "log.csv", ("request_id,timestamp,model,input_tokens,output_tokens\n" + rows + "bad,,gpt-4o,1,1\n").encode()
    )
    app.button[0].click().run()
    assert not app.exception
    assert "60 loaded" in app.success[0].value
    assert "1 refused" in app.success[0].value
    assert "My log" in texts(app)
    assert app.file_uploader[0].value is None
    assert own.exists()
    app.switch_page("decide/overview.py").run()
    assert not app.exception
    assert [one.value for one in app.error] == []


def test_a_broken_upload_is_one_sentence(demo_open: Path) -> None:
    app = start("manage/sources.py")
    app.file_uploader[0].upload("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(50))
    app.button[0].click().run()
    assert not app.exception
    assert "PNG picture" in app.error[0].value


def test_without_any_database_the_way_on_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("demo_database", "own_database", "default_database"):
        monkeypatch.setattr(settings, name, lambda: tmp_path / "none.duckdb")
    app = start()
    assert not app.exception
    assert "Load a log to begin" in texts(app)


def test_the_frontier_answers_under_limits_and_says_when_nothing_fits(demo_open: Path) -> None:
    app = start("route/frontier.py")
    assert "is the least that may be as good as" in texts(app)
    assert "which had no part in choosing" in app.warning[0].value
    assert "The best candidate, which misses the limit" in [one.value for one in app.subheader]
    assert app.number_input(key="slowest").value is None
    assert 'name = "Best under the limits"' in app.code[0].value
    app.number_input(key="slowest").set_value(0.01).run()
    assert not app.exception
    assert "Nothing keeps to these limits" in texts(app)


def test_the_overview_compares_the_three_strategies(demo_open: Path) -> None:
    app = start()
    assert "a month would cost" in texts(app)
    assert list(app.dataframe[1].value["Strategy"]) == ["Rules", "Learned", "Cascade"]


def test_another_database_is_compared_by_its_own_architectures(demo_open: Path, tmp_path: Path) -> None:
    """What was compared on one's own log says nothing of the demo: its own first three, and its million requests a month."""
    own = tmp_path / "own.duckdb"
    log = tmp_path / "log.csv"
    rows = "".join(f"r{number},2026-10-05 10:00:00,claude-opus-4-1,100,50\n" for number in range(3))
    log.write_text(f"request_id,timestamp,model,input_tokens,output_tokens\n{rows}")
    load_log(own, log)
    app = start()
    assert app.multiselect(key="compare").value[0] == "Single claude-opus-4-1"
    app.segmented_control(key="data").set_value("demo").run()
    assert not app.exception
    assert app.multiselect(key="compare").value == ["Single Opus", "Single Sonnet", "Multi-model"]
    assert app.number_input(key="volume").value == 1_000_000
    assert not app.warning
    assert "Move to" in texts(app)
    app.segmented_control(key="data").set_value("own").run()
    assert app.multiselect(key="compare").value[0] == "Single claude-opus-4-1"
    assert app.number_input(key="volume").value is None
