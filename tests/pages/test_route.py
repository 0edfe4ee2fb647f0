"""Simulate's form for every plan, the link that reproduces it, and the page of learned routing."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from analytics import settings
from analytics.policies import parse_architecture
from analytics.policies.architecture import Cascade, Learned, Split, Use
from analytics.policies.link import unpack
from analytics.simulation.strategies import ASSUMED
from tests.pages.test_pages import start, texts, toml


def linked(app: AppTest) -> str:
    value = app.query_params["arch"]
    return unpack(value[0] if isinstance(value, list) else value)


def form(**query: str) -> AppTest:
    app = start("route/simulate.py", mode="Form", **query)
    assert not app.exception
    return app


def monthly_cost(app: AppTest) -> str:
    return str(app.dataframe[0].value["Monthly cost"][1])


def test_an_untouched_form_is_the_shipped_architecture(demo_open: Path) -> None:
    app = form()
    assert "arch" not in app.query_params
    assert monthly_cost(app) == monthly_cost(start("route/simulate.py"))
    assert [one.value for one in app.markdown if one.value.startswith("**Rule")] == [
        "**Rule 1**",
        "**Rule 2**",
        "**Rule 3**",
    ]


def test_rules_can_be_added_moved_and_removed(demo_open: Path) -> None:
    app = form()
    app.button(key="form1_add").click().run()
    before = parse_architecture(linked(app))
    assert len(before.routes) == 4
    app.button(key="form1_3_up").click().run()
    moved = parse_architecture(linked(app))
    assert moved.routes[2] == before.routes[3]
    assert moved.routes[3] == before.routes[2]
    app.button(key="form1_0_out").click().run()
    assert parse_architecture(linked(app)).routes == moved.routes[1:]
    assert not app.exception


def test_every_plan_has_a_form_and_the_link_reproduces_it(demo_open: Path) -> None:
    app = form(base="Single Sonnet")
    app.segmented_control(key="form1_default_kind").set_value("split").run()
    assert isinstance(parse_architecture(linked(app)).default, Split)
    app.segmented_control(key="form1_default_kind").set_value("learned").run()
    assert isinstance(parse_architecture(linked(app)).default, Learned)
    app.segmented_control(key="form1_default_kind").set_value("cascade").run()
    app.slider(key="form1_default_true").set_value(0.8).run()
    app.button(key="form1_add").click().run()
    app.slider(key="form1_0_complexity").set_value((0.1, 0.4)).run()
    app.button(key="form1_0_further").click().run()
    app.text_input(key="form1_0_more").set_value("environment = 'production'").run()
    app.number_input(key="form1_overhead_ms").set_value(25.0).run()
    edited = parse_architecture(linked(app))
    assert isinstance(edited.default, Cascade)
    assert edited.default.verifier is not None
    assert edited.default.verifier.true_accept == 0.8
    assert edited.routes[0].when.text.endswith(
        "and complexity >= 0.1 and complexity < 0.4 and (environment = 'production')"
    )
    assert isinstance(edited.routes[0].plan, Use)
    assert edited.overhead.latency_ms == 25.0
    assert not app.exception
    link = app.query_params["arch"]
    for mode in ("Form", "TOML"):
        again = start(
            "route/simulate.py", base="Single Sonnet", mode=mode, arch=link[0] if isinstance(link, list) else link
        )
        assert parse_architecture(linked(again)) == edited
        assert monthly_cost(again) == monthly_cost(app)


def test_switching_between_form_and_text_loses_nothing(demo_open: Path) -> None:
    app = form(base="Cascade")
    app.slider(key="form1_default_false").set_value(0.05).run()
    app.segmented_control(key="mode").set_value("TOML").run()
    assert "false_accept = 0.05" in toml(app).value
    toml(app).set_value(toml(app).value.replace("0.05", "0.07")).run()
    app.segmented_control(key="mode").set_value("Form").run()
    assert app.slider(key="form2_default_false").value == 0.07
    app.selectbox(key="base").set_value("Single Opus").run()
    assert "arch" not in app.query_params
    assert app.segmented_control(key="form3_default_kind").value == "use"


def test_an_unfinished_form_is_one_sentence(demo_open: Path) -> None:
    app = form(base="Cascade")
    app.multiselect(key="form1_default_models").set_value(["claude-opus-4-1"]).run()
    assert not app.exception
    assert "list at least two models" in app.error[0].value
    app.multiselect(key="form1_default_models").set_value(["claude-haiku-4-5", "claude-opus-4-1"]).run()
    assert [one.value for one in app.error] == []


def test_a_form_keeps_nothing_of_its_start_that_it_does_not_show(demo_open: Path) -> None:
    app = form()
    assert app.text_input(key="form1_description").value == ""
    app.multiselect(key="form1_0_cases").set_value(["moderation"]).run()
    edited = parse_architecture(linked(app))
    assert edited.description == ""
    # The bound it began with is on the screen, and stays until it is moved there.
    assert app.slider(key="form1_0_complexity").value == (0.0, 0.6)
    assert edited.routes[0].when.text == "use_case = 'moderation' and complexity < 0.6"


def test_a_cascade_begins_with_the_cheap_model_and_the_checker_of_overview(demo_open: Path) -> None:
    app = form(base="Single Opus")
    app.segmented_control(key="form1_default_kind").set_value("cascade").run()
    begun = parse_architecture(linked(app)).default
    assert isinstance(begun, Cascade)
    assert begun.models[-1] == "claude-opus-4-1"
    assert begun.verifier == ASSUMED


def test_an_assumed_checker_is_said_beside_the_number(demo_open: Path) -> None:
    assert (
        "assumed, not measured here: the architecture states that it keeps 95% of right and 15% of wrong"
        in form(base="Cascade").warning[0].value
    )
    assert not form(base="Multi-model").warning


def test_on_an_own_log_rules_begin_with_its_own_names(own_log: Path) -> None:
    app = start("route/simulate.py")
    assert not app.exception
    assert app.segmented_control(key="mode").value == "Form"
    assert app.multiselect(key="form1_0_cases").options == ["review", "triage"]
    assert app.multiselect(key="form1_0_cases").value == ["review"]
    assert app.selectbox(key="form1_0_use").options == ["claude-opus-4-1", "claude-haiku-4-5", "claude-sonnet-4-5"]
    assert "Our rules" in texts(app)
    assert not [one for one in app.selectbox(key="base").options if one in ("Multi-model", "Cascade")]


@pytest.fixture
def own_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two requests of use cases that no shipped rule names, and a model that was only tried."""
    from analytics.logs import load_log, load_outcomes

    log, pairs, database = tmp_path / "log.csv", tmp_path / "pairs.csv", tmp_path / "log.duckdb"
    log.write_text(
        "request_id,timestamp,model,input_tokens,output_tokens,use_case,latency_ms\n"
        "a,2026-10-01,claude-opus-4-1,100,5000,review,900\nb,2026-10-02,claude-haiku-4-5,100,50,triage,300\n"
    )
    pairs.write_text("prompt_id,model,quality\np,claude-opus-4-1,1\np,claude-sonnet-4-5,1\n")
    load_log(database, log)
    load_outcomes(database, pairs)
    for name in ("demo_database", "own_database", "default_database"):
        monkeypatch.setattr(settings, name, lambda: database)
    return database


def test_simulate_tells_what_moves_what_pays_and_what_flips(demo_open: Path) -> None:
    app = start("route/simulate.py", base="Cascade")
    said = texts(app)
    assert "would be answered by another model than today" in said
    assert "It pays below" in said
    assert "within the tolerated" in said
    assert {"Which requests move", "Where the cascade pays", "What would flip the decision"} <= {
        one.value for one in app.subheader
    }
    assert len(app.get("vega_lite_chart")) == 6


def test_running_costs_are_an_assumption(demo_open: Path) -> None:
    app = start("route/simulate.py")
    before = float(monthly_cost(app).strip("$").replace(",", ""))
    app.number_input(key="fixed").set_value(500.0).run()
    assert float(monthly_cost(app).strip("$").replace(",", "")) == pytest.approx(before + 500, abs=1)


@pytest.fixture
def own_demo(small_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A demo that may be written to."""
    copy = tmp_path / "copy.duckdb"
    shutil.copyfile(small_demo, copy)
    shutil.copytree(f"{small_demo}.segments", f"{copy}.segments")
    for name in ("demo_database", "default_database"):
        monkeypatch.setattr(settings, name, lambda: copy)
    monkeypatch.setattr(settings, "own_database", lambda: tmp_path / "own.duckdb")
    return copy


def test_a_router_is_trained_from_the_page_and_offered_to_the_form(own_demo: Path) -> None:
    app = start("route/learned.py")
    assert "no router has been trained" in texts(app)
    app.button[0].click().run()
    assert not app.exception
    assert [one.value for one in app.error] == []
    said = texts(app)
    assert "Choosing by what is known before the answer would cost" in said
    assert "On prompts it had not seen" in said
    assert len(app.get("vega_lite_chart")) == 3
    assert isinstance(parse_architecture(app.code[0].value).default, Learned)
    app.select_slider(key="least").set_value(0.95).run()
    assert "min_quality = 0.95" in app.code[0].value
    app.button[0].click().run()
    versions = next(one for one in app.selectbox if one.label == "Version").options
    assert [one.partition(",")[0] for one in versions] == ["default@2", "default@1"]
    simulate = start("route/simulate.py", mode="Form", base="Learned")
    assert simulate.selectbox(key="form1_default_router").options == ["default@latest", "default@2", "default@1"]


def test_too_little_to_learn_from_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from analytics.logs import load_log

    log, database = tmp_path / "log.csv", tmp_path / "log.duckdb"
    log.write_text("request_id,timestamp,model,input_tokens,output_tokens\na,2026-10-01,gpt-4o,10,5\n")
    load_log(database, log)
    for name in ("demo_database", "own_database", "default_database"):
        monkeypatch.setattr(settings, name, lambda: database)
    app = start("route/learned.py")
    app.button[0].click().run()
    assert not app.exception
    assert "too little to learn from" in app.error[0].value


def test_a_plan_that_weighs_quality_against_money_opens_in_the_form(demo_open: Path) -> None:
    app = form(base="Learned")
    worth = next(one for one in app.number_input if one.label == "A good answer is worth, USD")
    assert worth.value == pytest.approx(0.2)
    worth.set_value(5.0).run()
    assert not app.exception
    edited = parse_architecture(linked(app)).default
    assert isinstance(edited, Learned)
    assert edited.worth_usd == 5.0
    assert edited.min_quality is None
