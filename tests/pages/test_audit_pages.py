"""The audit pages: what they answer, what their controls change, what they say when nothing is there."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import audit, settings
from analytics.charts.format import money
from analytics.logs import load_log
from analytics.scope import Scope
from analytics.store import open_store
from tests.conftest import WriteCsv
from tests.pages.test_pages import start, texts

OpenLog = Callable[..., None]


@pytest.fixture
def open_log(tmp_path: Path, write_csv: WriteCsv, monkeypatch: pytest.MonkeyPatch) -> OpenLog:
    """Load these rows as the user's own log, which the dashboard then opens."""

    def load(*rows: str, more: str = "") -> None:
        own = tmp_path / "own.duckdb"
        load_log(own, write_csv(*rows, more=more))
        for name in ("own_database", "default_database"):
            monkeypatch.setattr(settings, name, lambda: own)
        monkeypatch.setattr(settings, "demo_database", lambda: tmp_path / "none.duckdb")

    return load


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def visible(app: AppTest, number: int) -> dict[str, bool]:
    """Of each column of this table, whether it is shown."""
    table = app.dataframe[number]
    hidden = {name for name, column in json.loads(table.proto.columns or "{}").items() if column.get("hidden")}
    return {name: name not in hidden for name in table.value}


def test_spend_by_every_dimension(demo_open: Path) -> None:
    app = start("audit/spend.py")
    total = audit.log_totals(open_store(demo_open), Scope()).list_cost
    for dimension in audit.DIMENSIONS:
        app.selectbox(key="by").set_value(dimension).run()
        assert not app.exception
        assert [one.value for one in app.error] == []
        assert app.dataframe[0].value["list_cost"].sum() == pytest.approx(total)
        assert f"{money(total)} at list price".replace("$", "\\$") in texts(app)
        assert charts(app) == 4
    assert 'Lines under "of which"' in texts(app)


def test_two_dimensions_make_a_heat_map_with_its_table(demo_open: Path) -> None:
    app = start("audit/spend.py")
    app.selectbox(key="and_by").set_value("use_case").run()
    assert not app.exception
    assert charts(app) == 5
    assert app.dataframe[1].value["list_cost"].sum() == pytest.approx(app.dataframe[0].value["list_cost"].sum())


def test_overhead_has_its_own_line(open_log: OpenLog) -> None:
    open_log("a,2026-10-01,gpt-4o,1000,100,", "b,2026-10-02,gpt-4o,2000,100,judge", more="origin")
    app = start("audit/spend.py")
    assert not app.exception
    lines = dict(zip(app.dataframe[1].value["line"], app.dataframe[1].value["list_cost"], strict=True))
    assert lines["judge"] == pytest.approx(2000 * 2.5e-6 + 100 * 10e-6)
    assert lines["total"] == pytest.approx(lines["judge"] + lines["user requests"])


def test_names_of_users_are_no_markup(open_log: OpenLog) -> None:
    open_log(
        "a,2026-10-01,gpt-4o,1000,100,[x](http://evil) $1 **b**,1,100", "b,2026-10-02,gpt-4o,1000,100,[x](http://evil) $1 **b**,,100",
        more="use_case,quality,latency_ms",
    )  # fmt: skip
    for page in ("audit/spend.py", "audit/speed.py", "audit/quality.py", "categorize/workload.py"):
        app = start(page)
        for control in ("by", "speed_by"):
            if control == "by" and page.endswith("spend.py"):
                app.selectbox(key=control).set_value("use_case").run()
            if control == "speed_by" and page.endswith("speed.py"):
                app.segmented_control(key=control).set_value("use_case").run()
        assert not app.exception, page
        written = "\n".join(one.value for one in app.markdown)
        assert "[x](http" not in written
        assert " $1" not in written


def test_one_day_has_nothing_to_compare_with(open_log: OpenLog) -> None:
    open_log("a,2026-10-01,gpt-4o,1000,100")
    app = start("audit/spend.py")
    assert not app.exception
    assert any("One day has no period before it" in one.value for one in app.info)


def test_a_log_without_prices_says_so(open_log: OpenLog) -> None:
    open_log("a,2026-10-01,mystery,1000,100,0.9", "b,2026-10-02,mystery,1000,100,0.8", more="quality")
    app = start("audit/spend.py")
    assert not app.exception
    assert "is unknown: none of their models has a price" in texts(app)
    assert "$0" not in texts(app)
    app = start("categorize/workload.py")
    assert not app.exception
    assert "No model in this log has a price" in texts(app)


def test_an_unpriced_model_stands_beside_priced_ones(open_log: OpenLog) -> None:
    open_log("a,2026-10-01,mystery,1000,100,0.9", "b,2026-10-02,gpt-4o,1000,100,0.8", more="quality")
    for page in ("audit/spend.py", "categorize/workload.py"):
        app = start(page)
        assert not app.exception
        assert [one.value for one in app.error] == []
        assert any("price" in one.value for one in app.warning)


def test_speed_answers_and_follows_its_measure(demo_open: Path) -> None:
    app = start("audit/speed.py")
    assert "Half the answers arrive within " in texts(app)
    for measure in audit.MEASURES:
        app.segmented_control(key="measure").set_value(measure).run()
        for dimension in audit.SPEED_DIMENSIONS:
            app.segmented_control(key="speed_by").set_value(dimension).run()
            assert not app.exception
            assert charts(app) == 4


def test_speed_without_times_says_what_to_load(open_log: OpenLog) -> None:
    open_log("a,2026-10-01,gpt-4o,1000,100")
    app = start("audit/speed.py")
    assert not app.exception
    assert any("`latency_ms`" in one.value for one in app.info)
    assert charts(app) == 0  # nothing was timed, and nothing went wrong
    assert [name for name, shown in visible(app, 0).items() if shown] == [
        "name",
        "requests",
        "failed_share",
        "retried_share",
        "fallback_share",
    ]


def test_quality_names_what_is_not_scored(open_log: OpenLog) -> None:
    rows = [f"s{number},2026-10-{1 + number % 20:02d},gpt-4o,1000,100,chat,{number % 2},fit" for number in range(80)]
    rows += ["t,2026-10-03,gpt-4o,1000,100,translation,,", "u,2026-10-04,gpt-4o-mini,1000,100,chat,1,liked"]
    open_log(*rows, more="use_case,quality,quality_metric")
    app = start("audit/quality.py")
    assert not app.exception
    assert "50.0% (39.3 to 60.7%) over 80 scored answers" in texts(app)
    assert "nothing scored in translation" in texts(app)
    app.selectbox(key="quality_metric").set_value("liked").run()
    assert not app.exception
    assert "over 1 scored answer," in texts(app)


def test_quality_without_scores_says_what_to_do(open_log: OpenLog) -> None:
    open_log("a,2026-10-01,gpt-4o,1000,100")
    app = start("audit/quality.py")
    assert not app.exception
    assert "#### How good the answers are is unknown" in texts(app)
    assert any("between 0 (bad) and 1 (good)" in one.value for one in app.info)


FEW_COLUMNS = [f"r{number},2026-10-{1 + number % 20:02d},gpt-4o,{500 + number},100" for number in range(80)]


@pytest.mark.parametrize(
    "page",
    ["audit/spend.py", "audit/speed.py", "audit/quality.py", "audit/budgets.py", "audit/requests.py", "audit/data_health.py",
     "audit/reconciliation.py", "categorize/workload.py", "manage/sources.py", "manage/prices.py"],
)  # fmt: skip
def test_a_log_of_time_model_and_tokens_shows_no_column_and_no_figure_of_nothing(page: str, open_log: OpenLog) -> None:
    """What the log does not say is neither 0 nor a column of "unknown"."""
    open_log(*FEW_COLUMNS)
    app = start(page)
    assert not app.exception
    assert [one.value for one in app.error] == []
    assert app.markdown[1].value.startswith("#### ")  # below what is in force, the answer
    assert [one.value for one in app.metric if one.value in ("0.0%", "$0.00")] == []
    for number, table in enumerate(app.dataframe):
        shown = visible(app, number)
        assert [name for name in table.value if shown.get(name, True) and table.value[name].isna().all()] == []


def test_what_is_overpaid_takes_scores(open_log: OpenLog) -> None:
    open_log(*FEW_COLUMNS)
    app = start("categorize/workload.py")
    assert "No answer is scored" in texts(app)
    assert charts(app) == len(app.metric) == 0
    assert list(app.dataframe[0].value) == ["use_case", "complexity", "served_by", "requests", "cost"]


def test_workload_follows_its_tolerance(demo_open: Path) -> None:
    app = start("categorize/workload.py")
    assert "of spend buys claude-opus-4-1 for requests a cheaper model answers within 2 points" in texts(app)
    strict = app.slider(key="tolerance").set_value(0.0).run().metric[1].value
    wide = app.slider(key="tolerance").set_value(10.0).run().metric[1].value
    assert not app.exception
    assert float(strict.removesuffix("%")) < 10 < 80 < float(wide.removesuffix("%"))
    table = app.dataframe[0].value
    assert table["cost"].sum() == pytest.approx(
        table[table["verdict"].isin(["over-served", "needed", "unknown"])]["cost"].sum()
    )


@pytest.mark.parametrize("page", ["audit/spend.py", "audit/speed.py", "audit/quality.py", "categorize/workload.py"])
def test_every_table_and_chart_can_be_taken_away(page: str, demo_open: Path) -> None:
    app = start(page)
    labels = [one.proto.label for one in app.get("download_button")]
    assert labels.count("PNG") == labels.count("SVG") == charts(app)
    assert labels.count("CSV") == labels.count("Parquet") == len(app.dataframe)


@pytest.mark.parametrize("page", ["audit/spend.py", "audit/speed.py", "audit/quality.py", "categorize/workload.py"])
def test_a_scope_without_requests_is_a_sentence(page: str, demo_open: Path) -> None:
    app = start(page)
    app.multiselect(key="use_case").set_value(["code"]).run()
    app.multiselect(key="team").set_value(["growth"]).run()
    assert not app.exception
    told = [one.value for one in [*app.info, *app.error]]
    assert len(told) == 1
    assert "scope" in told[0]
