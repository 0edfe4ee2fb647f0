"""The form's view of conditions and weights: nothing is lost and nothing changes its meaning."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as some

from analytics.policies.drafts import Condition, condition_text, read_condition, shares
from analytics.policies.predicate import parse_predicate

hundredths = some.integers(0, 100).map(lambda number: number / 100)
names = some.lists(some.text("abc'_ ", min_size=1, max_size=8), max_size=3, unique=True).map(tuple)


@given(names, hundredths, hundredths, some.sampled_from(["", "environment = 'staging'", "team = 'a' OR batch"]))
def test_what_a_form_writes_it_reads_again(use_cases: tuple[str, ...], one: float, other: float, more: str) -> None:
    least, below = sorted((one, other))
    if least == below:
        least, below = 0.0, 1.0
    condition = Condition(use_cases, least, below, more)
    text = condition_text(condition)
    if text:
        read = read_condition(text)
        assert (read.use_cases, read.least, read.below) == (
            use_cases,
            least if least < 1 else 0.0,
            below if below > 0 else 1.0,
        )
        assert read.more.lower() == more.lower()


ROWS = [
    f"SELECT '{use_case}' AS use_case, {complexity} AS complexity, '{team}' AS team, {batch} AS batch"
    for use_case in ("chat", "code", "o''neil") for complexity in (0.1, 0.5, 0.505, 0.9) for team in ("a", "b") for batch in ("true", "false")
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "use_case in ('chat', 'code') and complexity < 0.5",
        "use_case = 'o''neil'",
        "complexity >= 0.2 and complexity < 0.6 and use_case = 'chat' and team = 'a'",
        "use_case = 'chat' or use_case = 'code' and complexity < 0.5",
        "use_case = 'chat' and (team = 'a' or batch)",
        "(use_case = 'chat' or team = 'b') and complexity < 0.505",
        "use_case = 'chat' and use_case = 'code'",
        "complexity < 0.5 and complexity < 0.2",
        "complexity >= 0.6 and complexity < 0.2",
        "not (use_case = 'chat') and (team = 'a' or batch) and (team = 'b' or not batch)",
        "0.5 > complexity",
        "team is null or team = 'a'",
    ],
)
def test_reading_and_writing_keeps_the_meaning(text: str) -> None:
    rows = " UNION ALL ".join(ROWS)
    again = condition_text(read_condition(text))
    before, after = (
        duckdb.sql(f"SELECT * FROM ({rows}) WHERE {parse_predicate(one, 'here').sql} ORDER BY ALL").fetchall()
        for one in (text, again)
    )
    assert before == after


def test_what_cannot_be_parsed_stays_as_it_is() -> None:
    assert read_condition("complexity <") == Condition(more="complexity <")
    assert condition_text(Condition(more="complexity <")) == "complexity <"


def test_weights_become_shares_that_sum_to_one() -> None:
    assert shares(["a", "b", "c"], [1, 1, 1]) == (("a", 0.3333), ("b", 0.3333), ("c", 0.3334))
    assert shares(["a", "b"], [30, 10]) == (("a", 0.75), ("b", 0.25))
    assert shares(["a", "b"], [0, 0]) == (("a", 0.5), ("b", 0.5))
    assert shares(["a", "b"], [5, 0]) == (("a", 1.0),)
    assert shares([], []) == ()
