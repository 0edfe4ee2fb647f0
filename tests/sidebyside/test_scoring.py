"""Checks, the judge and votes: what they give for answers whose score is known."""

import json
from pathlib import Path

import pytest

from analytics.errors import UsageError
from analytics.sidebyside import Order, Prompt, begin_run, go_on, outcome_rows, read_run, run_facts
from analytics.sidebyside.agreement import judge_agreement, preference
from analytics.sidebyside.judge import judge_scores, parse_grades, shown_order
from analytics.sidebyside.pricing import PriceList
from analytics.sidebyside.scoring import last_number, parse_check
from analytics.sidebyside.votes import keep_vote, pairs_to_vote, vote_scores
from tests.sidebyside.test_run import MODELS, configure, ledger_cost, quick
from tests.sidebyside.upstream import Upstream, serve

__all__ = ["quick"]

SCHEMA = '{"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}'


@pytest.mark.parametrize(
    ("kind", "argument", "expected", "answer", "score"),
    [
        ("exact", "", "Paris", " paris\n", 1.0), ("exact", "", "Paris", "Paris, France", 0.0), ("exact", "", None, "Paris", None),
        ("numeric", "", "1,200", "3 x 400 = 1200.0", 1.0), ("numeric", "", "0.1", "about 0.11", 0.0),
        ("numeric", "", "12", "no idea", 0.0), ("regex", r"^\w+$", None, "yes", 1.0), ("regex", "", "^no", "yes", 0.0),
        ("json-schema", SCHEMA, None, '```json\n{"n": 3}\n```', 1.0), ("json-schema", SCHEMA, None, '{"n": "3"}', 0.0),
        ("json-schema", SCHEMA, None, "not json", 0.0),
    ],
)  # fmt: skip
def test_checks(kind: str, argument: str, expected: str | None, answer: str, score: float | None) -> None:
    assert parse_check(kind, argument)(Prompt("p", "q", expected=expected), answer) == score


def test_the_last_number_of_a_text() -> None:
    texts = ["so 12.", "-3.5e2 m", "$1,234,567.80", "3, 4", "none", "..", "+.5"]
    assert [last_number(one) for one in texts] == [12.0, -350.0, 1234567.8, 4.0, None, None, 0.5]


@pytest.mark.parametrize(
    ("kind", "argument"), [("regex", "("), ("json-schema", "{"), ("json-schema", '{"type": 3}'), ("guess", "")]
)
def test_wrong_checks_are_refused(kind: str, argument: str) -> None:
    with pytest.raises(UsageError):
        parse_check(kind, argument)


def test_a_schema_fetches_nothing() -> None:
    for name in ("$ref", "\\u0024ref", "$dynamicRef"):
        with pytest.raises(UsageError, match="another document"):
            parse_check("json-schema", f'{{"properties": {{"a": {{"{name}": "http://169.254.169.254/x"}}}}}}')
    within = '{"$defs": {"n": {"type": "integer"}}, "$ref": "#/$defs/n"}'
    assert parse_check("json-schema", within)(Prompt("p", "q"), "3") == 1.0
    assert parse_check("json-schema", '{"$ref": "#/$defs/none"}')(Prompt("p", "q"), "3") == 0.0


def test_grades_out_of_what_judges_write() -> None:
    assert parse_grades('Sure: {"A": 7, "B": 10}', 2) == [0.7, 1.0]
    assert parse_grades('```json\n{"A": 0, "B": 5.5}\n```', 2) == [0.0, 0.55]
    assert [
        parse_grades(one, 2) for one in ('{"A": 7}', '{"A": 11, "B": 1}', "A is better", '{"A": null, "B": 1}')
    ] == [None] * 4


def _judging(upstream: Upstream) -> None:
    """A judge that likes 'good' answers (8 of 10, others 4) and whatever it sees first (2 more)."""

    def answer(model: str, prompt: str) -> str:
        if model != MODELS[2]:
            return "good" if model == MODELS[1] else "poor"
        assert not any(name in prompt for name in MODELS)  # blind
        blocks = prompt.split("<answer_")[1:]
        return json.dumps({block[0]: (8 if "good" in block else 4) + 2 * (block[0] == "A") for block in blocks})

    upstream.answer = answer


def judged_run(database: Path, upstream: Upstream, number: int = 10):  # type: ignore[no-untyped-def]
    _judging(upstream)
    configure(database, upstream)
    asked = tuple(Prompt(f"p{n}", f"question {n}") for n in range(number))
    return go_on(database, begin_run(database, Order(asked, MODELS[:2], judge=MODELS[2])))


def test_both_orders_take_out_the_preference_for_the_first(database: Path) -> None:
    with serve() as upstream:
        run = judged_run(database, upstream)
    scores = judge_scores(run)
    assert {score for (_, model), score in scores.items() if model == MODELS[1]} == {0.9}
    assert {score for (_, model), score in scores.items() if model == MODELS[0]} == {0.5}
    facts = run_facts(run)
    assert (facts.judge["calls"], facts.judge["unclear"], facts.calls) == (20, 0, 20)
    mine = [one for one in upstream.calls if one["model"] != MODELS[2]]
    assert facts.cost_usd == pytest.approx(ledger_cost(mine))
    assert facts.judge["cost_usd"] == pytest.approx(ledger_cost([one for one in upstream.calls if one not in mine]))
    assert {row["judge_score"] for row in outcome_rows(run, PriceList(database))} == {0.5, 0.9}
    assert {shown_order(f"p{n}", MODELS[:2])[0] for n in range(20)} == set(MODELS[:2])


def test_votes_and_judge_together(database: Path) -> None:
    with serve() as upstream:
        run = judged_run(database, upstream, 10)
    pairs = pairs_to_vote(run)
    assert len(pairs) == 10
    assert {first for _, first, _ in pairs} == set(MODELS[:2])  # sides tell nothing
    for number, pair in enumerate(pairs[:8]):
        better = "first" if pair[1] == MODELS[1] else "second"
        keep_vote(database, run.run_id, pair, "tie" if number < 2 else better)  # type: ignore[arg-type]
    run = read_run(database, run.run_id)
    assert len(pairs_to_vote(run)) == 2
    assert vote_scores(run)[pairs[7][0], MODELS[1]] == 1.0
    agreement = judge_agreement(run)
    assert (agreement.pairs, agreement.same) == (8, 0.75)
    found = preference(run, MODELS[1], MODELS[0])
    # The judge says 1 always; two of eight people said 0.5: the correction is -1/8.
    assert (found.judge_alone, found.voted, found.corrected.mean) == (1.0, 8, 0.875)
