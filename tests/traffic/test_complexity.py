"""The complexity rule and its bins, by hand."""

import math

import duckdb
import pytest

from analytics.traffic.complexity import complexity_bin_sql, complexity_sql


def rule(use_case: str | None, tokens: int | None) -> float:
    with duckdb.connect() as connection:
        query = f"SELECT {complexity_sql('u', 't')} FROM (SELECT ?::TEXT AS u, ?::BIGINT AS t)"
        return connection.execute(query, [use_case, tokens]).fetchall()[0][0]


@pytest.mark.parametrize(
    ("use_case", "tokens", "expected"),
    [
        ("intent_classification", 50, 0.6 * 0.10),
        ("complex_reasoning", 8000, 0.6 * 0.90 + 0.4),
        ("complex_reasoning", 1_000_000, 0.6 * 0.90 + 0.4),
        ("Summarization", 632, 0.6 * 0.45 + 0.4 * math.log(632 / 50) / math.log(160)),
        ("something else", 0, 0.6 * 0.40),
        (None, None, 0.6 * 0.40),
    ],
)
def test_rule(use_case: str | None, tokens: int | None, expected: float) -> None:
    assert rule(use_case, tokens) == pytest.approx(expected, abs=0.0005)


def test_every_hundredth_falls_into_its_own_bin() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT i, {complexity_bin_sql('i / 100.0')} FROM range(101) r(i)").fetchall()
    assert all(found == min(number, 99) for number, found in rows)
