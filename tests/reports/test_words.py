"""What is recommended follows from the numbers, whatever they are."""

from dataclasses import replace

import pytest

from analytics.charts.present import CHECKER_STATED, footnote
from analytics.charts.verdict import best_label, choose, consequence, headline, statement, verdict
from analytics.policies import Architecture
from analytics.reports import Facts, Texts, compose_report
from analytics.reports.consequences import failing
from analytics.reports.words import cascade_step, summary
from analytics.simulation import Estimate, Projection
from analytics.simulation.escalation import Escalation


def about(facts: Facts, **changes: object) -> Facts:
    """The same comparison with another outcome for the architecture the report is about."""
    now, one, *others = facts.simulation.projections
    changed: Projection = replace(one, **changes)  # type: ignore[arg-type]
    return replace(facts, simulation=replace(facts.simulation, projections=(now, changed, *others)))


def said(facts: Facts, key: str) -> str:
    return next(text for name, _, text in summary(facts) if name == key)


def test_cheaper_and_good_enough_is_moved_to_beginning_with_what_saves_most(facts: Facts) -> None:
    assert verdict(facts.choice) == "move"
    assert "Start with summarization from claude-opus-4-1 to gemini-2.5-flash" in said(facts, "next")


def test_cheaper_but_worse_is_not_recommended(facts: Facts) -> None:
    unsure = about(facts, quality_floor_probability=0.79)
    assert verdict(unsure.choice) == "try"
    assert headline(unsure.choice).startswith("Try Multi-model on a part of the traffic first: it would save $")
    assert best_label(unsure.choice) == "To be tried first: Multi-model"
    assert said(unsure, "next").startswith("This is not sure enough to move everything. Start with summarization")
    worse = about(facts, quality_floor_probability=0.49)
    assert verdict(worse.choice) == "risky"
    assert said(worse, "next").startswith("Do not move everything")
    assert "fall too far" in headline(worse.choice)


def test_a_dearer_and_better_one_is_weighed_against_the_one_the_numbers_speak_for(facts: Facts) -> None:
    rules, cascade = facts.simulation.projections[1:]
    other = replace(facts, chosen=2)
    assert verdict(other.choice) == "other"
    assert rules.monthly_cost_usd.mean is not None
    assert cascade.monthly_cost_usd.mean is not None
    assert rules.quality.mean is not None
    assert cascade.quality.mean is not None
    more = f"${cascade.monthly_cost_usd.mean - rules.monthly_cost_usd.mean:,.0f}"
    better = f"{100 * (cascade.quality.mean - rules.quality.mean):+.1f} points"
    assert said(other, "next").startswith("Multi-model would cost less and probably stay within 2.0 points of today's")
    assert f"Cascade costs {more} a month more for {better} of quality" in said(other, "next")


def test_what_nobody_measured_is_measured_first(facts: Facts) -> None:
    unknown = Estimate(None, 0.2, 0.9)
    change = replace(facts.simulation.projections[1].vs_current, quality=Estimate(None, -0.7, 0.1))
    unmeasured = about(facts, grade="C", quality=unknown, quality_floor_probability=None, settle="90 prompts would settle it.", vs_current=change)  # fmt: skip
    assert verdict(unmeasured.choice) == "measure"
    assert said(unmeasured, "next") == "Measure before anything moves. 90 prompts would settle it."
    assert "between 20.0% and 90.0%" in said(unmeasured, "risk")
    assert "quality not measured yet" in headline(unmeasured.choice)
    text = " ".join(one.text for section in compose_report(unmeasured).sections for one in section.paragraphs)
    assert "None" not in text


def test_dearer_is_not_a_saving(facts: Facts) -> None:
    change = replace(facts.simulation.projections[1].vs_current, cost=Estimate(500.0, 400.0, 600.0))
    dearer = about(facts, vs_current=change)
    assert verdict(dearer.choice) == "stay"
    assert said(dearer, "saving").startswith("Nothing: it costs $500 a month more")
    assert said(dearer, "next").startswith("Stay with today's")


def test_without_a_price_nothing_is_said_to_be_saved(facts: Facts) -> None:
    none = Estimate(None, None, None)
    change = replace(facts.simulation.projections[1].vs_current, cost=none)
    unpriced = replace(about(facts, monthly_cost_usd=none, vs_current=change, unpriced=("m",)), waterfall=None, by_model=(), by_use_case=())  # fmt: skip
    assert "m has no price" in said(unpriced, "saving")
    assert said(unpriced, "next").startswith("Give m a price")
    assert "unknown" in headline(unpriced.choice)
    report = compose_report(unpriced)
    assert report.section("waterfall") is None
    assert report.section("spend") is None


def test_the_summary_counts_what_moves(facts: Facts) -> None:
    moved = sum(one.requests for one in facts.moves if one.moves)
    assert facts.moved_requests == pytest.approx(moved)
    assert f"({moved:,.0f})" in said(facts, "change")


def test_a_demo_is_called_one_and_another_log_is_not(facts: Facts) -> None:
    own = replace(facts, is_demo=False)
    for report, demo in ((compose_report(facts), True), (compose_report(own), False)):
        text = repr([section.paragraphs for section in report.sections])
        assert ("Demo data" in text) == demo == report.is_demo


def test_own_words_replace_only_what_they_are_for(facts: Facts) -> None:
    own, plain = (
        compose_report(facts, Texts(summary=(("risk", "None worth the name."), ("next", "  ")))),
        compose_report(facts),
    )
    for mine, theirs in zip(own.sections[0].paragraphs, plain.sections[0].paragraphs, strict=True):
        assert mine.text == ("None worth the name." if mine.key == "risk" else theirs.text)


def test_a_step_of_a_cascade_says_when_it_pays() -> None:
    step = Escalation("", "cheap", "dear", 1.0, 0.25, 0.8, 0.001, 0.0002, 0.01)
    assert (
        cascade_step(step)
        == "25.0% of the answers of cheap are not kept and go on to dear; it pays while fewer than 80.0% do."
    )
    assert cascade_step(replace(step, limit=-0.2)).endswith("it would not pay if none did.")
    assert "unknown" in cascade_step(replace(step, limit=None))


def test_with_nothing_safe_the_likeliest_is_looked_at_and_not_recommended(facts: Facts) -> None:
    """The cheapest is almost sure to fall too far, the dearer one may hold: that one is worth a word, and no recommendation."""
    now, cheap, dear = facts.simulation.projections
    both = (now, replace(cheap, quality_floor_probability=0.002), replace(dear, quality_floor_probability=0.3))
    choice = choose(replace(facts.simulation, projections=both), facts.scenario)
    assert choice.chosen == 2
    assert statement(choice).startswith("Do not move to Cascade yet: it would save $")
    assert "30% likely to keep quality within 2.0 points of today's" in statement(choice)
    assert best_label(choice) == "Not recommended yet: Cascade"
    about_cheap = choose(choice.simulation, facts.scenario, 1)
    assert "less than 1% likely" in statement(about_cheap)


def test_what_saves_less_says_what_saves_more(facts: Facts) -> None:
    choice = replace(facts, chosen=2).choice
    assert headline(choice).endswith("but Multi-model saves more")


def test_a_checker_that_is_only_stated_stands_in_the_verdict(facts: Facts) -> None:
    _, rules, cascade = facts.simulation.projections
    assert (rules.checker_stated, cascade.checker_stated) == (False, True)
    proviso = "if the checker is as stated"
    assert proviso not in statement(choose(facts.simulation, facts.scenario, 1))
    likely = replace(cascade, quality_floor_probability=0.9, vs_current=rules.vs_current)
    simulation = replace(facts.simulation, projections=(facts.current, rules, likely))
    assert f"90% likely to keep quality within 2.0 points of today's {proviso}" in statement(
        choose(simulation, facts.scenario, 2)
    )


def test_a_report_on_a_stated_checker_says_so_wherever_it_gives_evidence(facts: Facts, cascade: Architecture) -> None:
    _, rules, stated = facts.simulation.projections
    likely = replace(stated, quality_floor_probability=0.9, vs_current=rules.vs_current)
    simulation = replace(facts.simulation, projections=(facts.current, likely))
    report = compose_report(replace(facts, simulation=simulation, chosen=1, architecture=cascade))
    assert report.headline.startswith("Move to Cascade once its checker is measured: it saves $")
    evidence, given = report.section("evidence"), report.section("assumptions")
    assert evidence is not None
    assert evidence.title.endswith("; its checker is not")
    assert given is not None
    assert given.table is not None
    assert ("What the checker of Cascade keeps", "95% of right and 15% of wrong answers, not measured") in [
        (name.text, value.text) for name, value in given.table.rows
    ]
    paragraphs = {one.key: one.text for one in report.sections[0].paragraphs}
    assert CHECKER_STATED in paragraphs["sure"]
    assert CHECKER_STATED in footnote(simulation)
    best = max(facts.by_use_case, key=lambda row: row.today_usd - row.then_usd)
    first = f"Then start with {best.name}, which alone saves {facts.money(best.today_usd - best.then_usd)} a month"
    assert paragraphs["next"].startswith("Measure its checker first")
    assert first in paragraphs["next"]
    assert CHECKER_STATED not in said(facts, "sure")


def test_an_unknown_saving_is_not_called_none(facts: Facts) -> None:
    found = facts.tornado
    assert found is not None
    unknown = replace(found, outcome=replace(found.outcome, saving_usd=None))
    assert "unknown" in failing(unknown)
    assert "saves nothing" in failing(replace(found, outcome=replace(found.outcome, saving_usd=-1.0)))


def test_a_wait_that_hardly_changes_is_as_today(facts: Facts) -> None:
    one = facts.projection
    assert one is not None

    def said_of(seconds: float) -> str:
        change = replace(one.vs_current, latency=Estimate(seconds, seconds, seconds))
        return consequence(about(facts, latency_s=replace(one.latency_s, mean=3.0), vs_current=change).choice)

    assert said_of(-0.032).endswith("An answer would take 3.0 s (as today).")
    assert said_of(0.26).endswith("An answer would take 3.0 s (+0.3 s).")


def test_the_floor_that_applies_is_named(facts: Facts) -> None:
    choice = choose(facts.simulation, replace(facts.scenario, quality_floor=0.9), 1)
    assert "likely to keep quality above the floor of 90.0%" in statement(choice)
    assert "within 2.0 points" not in statement(choice)
