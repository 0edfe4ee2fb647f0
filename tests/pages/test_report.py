"""The report's page shows the report as it will be, in the words that were typed."""

from pathlib import Path

from analytics.charts.markdown import plain
from tests.pages.test_pages import start, texts


def shown(app: object) -> str:
    return app.get("iframe")[0].proto.srcdoc  # type: ignore[attr-defined]


def test_the_answer_the_files_and_the_report_as_it_will_be(demo_open: Path) -> None:
    app = start("present/report.py")
    assert not app.exception
    assert f"#### {plain('Move to Multi-model: it saves $')}" in texts(app)
    assert [one.proto.label for one in app.get("download_button")] == ["Web page", "PowerPoint", "PDF", "Table (CSV)"]
    assert "Move to Multi-model: it saves $" in shown(app)
    assert "Content-Security-Policy" in shown(app)


def test_own_words_are_in_the_report_as_text(demo_open: Path) -> None:
    app = start("present/report.py")
    app.text_input(key="report_words_title").set_value("<b>Board</b>").run()
    app.text_area(key="report_words_next").set_value("Ask **Ana**.").run()
    assert not app.exception
    assert "&lt;b&gt;Board&lt;/b&gt;" in shown(app)
    assert "Ask **Ana**." in shown(app)
    assert "two weeks" not in shown(app)


def test_the_report_can_be_about_another_architecture(demo_open: Path) -> None:
    app = start("present/report.py")
    app.selectbox(key="report_about").set_value("Single Sonnet").run()
    assert not app.exception
    assert "Do not move to Single Sonnet yet: it would save $" in shown(app)
    assert "but quality would probably fall too far" in texts(app)
    app.multiselect(key="report_compare").set_value([]).run()
    assert not app.exception
    assert "Nothing is compared yet" in shown(app)


def test_overview_and_report_give_one_verdict(demo_open: Path) -> None:
    """In the same words for the same architecture, and the report's own headline begins it."""
    overview, report = start(), start("present/report.py")
    first, second = (
        next(one.value for one in app.markdown if one.value.startswith("#### ")) for app in (overview, report)
    )
    assert first == second
    assert "likely to keep quality within 2\\.0 points" in first or "likely to keep quality within 2.0 points" in first
    assert first.removeprefix("#### ").startswith("Move to Multi-model")
    assert "<h2>Move to Multi-model: it saves $" in shown(report)
    about = report.selectbox(key="report_about")
    assert about.options[0] == "Recommended: Multi-model"


def test_a_link_names_the_architecture_it_is_about(demo_open: Path) -> None:
    app = start("present/report.py", report_about="Single Sonnet")
    assert "Do not move to Single Sonnet yet" in texts(app)
