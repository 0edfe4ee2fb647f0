"""Adopting on Simulate, and what came of it on Tracking."""

from pathlib import Path

from analytics.policies import load_architecture
from analytics.store import open_store
from analytics.tracking import adopt, adoptions
from tests.pages.test_budgets import own_copy
from tests.pages.test_pages import start, texts

__all__ = ["own_copy"]
PAGE = "present/tracking.py"


def test_nothing_adopted_says_what_to_do_and_the_demo_brings_its_second_month(own_copy: Path) -> None:
    app = start(PAGE)
    assert not app.exception
    assert "Nothing is adopted yet" in texts(app)
    app.button(key="second_month").click().run()
    assert not app.exception
    said = texts(app)
    assert "No\\: 30 days of Multi-model cost \\$" in said
    assert "since 9 November\\: answers of claude-sonnet-4-5 in code got 1" in " ".join(one.value for one in app.error)
    assert "100.0% of the requests went where the policy sends them" in said
    assert list(app.dataframe[0].value["Week"]) == [
        "1 November (1 d)", "2 November", "9 November", "16 November", "23 November", "30 November (1 d)"
    ]  # fmt: skip
    assert app.dataframe[1].value["Use case"][0] == "intent_classification"
    app.segmented_control(key="tracked").set_value("quality").run()
    assert not app.exception
    assert "better or worse answers" in str(app.get("vega_lite_chart")[1].proto)
    app.button(key="remove_adoption").click().run()
    assert not app.exception
    assert adoptions(open_store(own_copy)) == []


def test_simulate_adopts_what_it_shows(own_copy: Path) -> None:
    app = start("route/simulate.py")
    assert not app.exception
    app.text_input(key="adopt_name").set_value("Autumn *2026*")
    app.text_input(key="adopt_note").set_value("cheaper")
    next(one for one in app.button if one.label == "Adopt").click().run()
    assert not app.exception
    assert [one.value for one in app.error] == []
    (kept,) = adoptions(open_store(own_copy))
    assert app.session_state["adopt_open"] is False
    assert r"Autumn \*2026\* is adopted from" in app.success[0].value
    assert (kept.name, kept.note, kept.requests_per_month) == ("Autumn *2026*", "cheaper", 1_000_000)
    app = start(PAGE)
    assert "no request since Autumn \\*2026\\* was adopted" in texts(app)


def test_a_name_that_is_taken_is_a_sentence(own_copy: Path) -> None:
    from analytics import settings

    adopt(open_store(own_copy), load_architecture(settings.architectures_dir / "multi-model.toml"))
    app = start("route/simulate.py")
    next(one for one in app.button if one.label == "Adopt").click().run()
    assert not app.exception
    assert "adopted already" in app.error[0].value


def test_the_rollout_is_planned_on_demand(own_copy: Path) -> None:
    app = start("route/simulate.py")
    assert "Stages of 5%" not in texts(app)
    app.toggle(key="rollout").set_value(True).run()
    assert not app.exception
    assert "Stages of 5%, 25%, 100% take" in texts(app)
    app.slider(key="tolerated").set_value(0.5).run()
    assert not app.exception
    assert "no sample will settle that in its favour" in texts(app)
