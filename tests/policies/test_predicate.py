"""Conditions: a white list that holds, and classes that decide exactly what raw rows decide."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import PredicateError
from analytics.policies.predicate import parse_predicate
from analytics.traffic.complexity import complexity_bin_sql

REFUSED = [
    "use_case in (select 1)", "exists(select 1)", "output_tokens > 3", "nope = 1", "1 = 1; drop table x", "complexity",
    "use_case > 3", "sleep(3)", "a.b = 1", "*", "complexity < 'x'", "use_case = 'x' order by 1", "use_case = 'x' group by 1",
    "", "complexity <", "read_csv('x') = 1", "requests.use_case = 'x'", "$1 = 2", "(" * 500 + "true" + ")" * 500, "not use_case",
    "use_case = 'x' union select 1", "cast(use_case as int) = 1", "row_number() over () = 1", "use_case = 'x' limit 3",
    "case when true then true end", "use_case || 'x' = 'ax'", "getenv('HOME') = 'x'", "quality > 0.5", "x" * 10_001,
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:30])
def test_anything_else_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(PredicateError) as error:
        parse_predicate(text, "route 1")
    assert str(error.value).startswith("route 1: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "on_classes"),
    [
        ("complexity < 0.5", True),
        ("0.5 > complexity", True),
        ("not (complexity >= 0.29)", True),
        ("complexity <= 0.5", False),
        ("complexity < 0.333", False),
        ("complexity between 0.1 and 0.2", False),
        ("complexity + 0.1 < 0.5", False),
        ("input_tokens > 1000", False),
        ("use_case = 'chat' and team is not null and batch", True),
        ("hour(timestamp) between 9 and 17", False),
        ("model = 'anthropic/claude-opus-4-1-20250805'", True),
    ],
)
def test_which_conditions_the_classes_decide(text: str, on_classes: bool) -> None:
    assert parse_predicate(text, "x").on_classes is on_classes


def test_models_are_spelled_as_in_the_store() -> None:
    assert parse_predicate("model = 'anthropic/claude-opus-4-1-20250805'", "x").sql == "model = 'claude-opus-4-1'"
    assert "'gpt-4o'" in parse_predicate("model in ('azure/gpt-4o-2024-08-06')", "x").sql


thresholds = st.sampled_from([0.01, 0.07, 0.29, 0.3, 0.57, 0.58, 0.5, 0.99]) | st.integers(0, 99).map(
    lambda number: number / 100
)
comparisons = st.builds(
    lambda form, value: form.format(value),
    st.sampled_from(["complexity < {}", "complexity >= {}", "{} > complexity", "not complexity < {}"]),
    thresholds,
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.builds(lambda a, word, b: f"({a}) {word} ({b})", inner, st.sampled_from(["and", "or"]), inner),
)


@settings(max_examples=60, deadline=None)
@given(conditions, st.lists(st.integers(0, 1000).map(lambda number: number / 1000), min_size=1, max_size=30))
def test_a_class_and_its_requests_always_agree(text: str, values: list[float]) -> None:
    predicate = parse_predicate(text, "x")
    assert predicate.on_classes
    with duckdb.connect() as connection:
        rows = "(SELECT unnest(?::DOUBLE[]) AS complexity)"
        binned = f"(SELECT complexity AS raw, {complexity_bin_sql('complexity')} / 100.0 AS complexity FROM {rows})"
        raw = connection.execute(f"SELECT complexity FROM {rows} WHERE {predicate.sql} ORDER BY 1", [values]).fetchall()
        classes = connection.execute(f"SELECT raw FROM {binned} WHERE {predicate.sql} ORDER BY 1", [values]).fetchall()
    assert raw == classes
