"""Roll-ups kept without their days: the same sums as the dated ones, for every scope, and read once."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from analytics.policies import parse_architecture
from analytics.scope import Scope
from analytics.simulation.traffic import read_traffic
from analytics.store import Store
from analytics.store.recent import Recent
from analytics.store.undated import LOST, undated

SCOPES = (
    Scope(),
    Scope(start=date(2026, 1, 2)),
    Scope(end=date(2026, 1, 2), use_cases=("chat",)),
    Scope(teams=("red",), models=("weak",)),
    Scope(start=date(2026, 1, 2), end=date(2026, 1, 3), environments=("prod",), use_cases=("code", "chat")),
)
BY_TEAM = """
name = "by team"

[[route]]
when = "team = 'red' and complexity < 0.5"
use = "weak"

[default]
use = "strong"
"""


@pytest.fixture
def world(make_world: Any) -> Store:
    """Four days of three use cases (one unnamed), two models, two teams and two environments, in uneven numbers."""
    rows = [
        {
            "timestamp": f"2026-01-0{1 + n % 4} 00:00:00+00", "use_case": ("chat", "code", None)[n % 3],
            "model": ("strong", "weak")[n * n % 5 % 2], "team": ("red", "blue")[n % 7 % 2],
            "environment": ("prod", "test")[n % 11 % 2], "complexity": n * 37 % 100 / 100, "input_tokens": 100 + n,
        }
        for n in range(120)
    ]  # fmt: skip
    return make_world(rows)


@pytest.mark.parametrize("scope", SCOPES)
def test_the_sums_are_those_of_the_dated_rollup(world: Store, scope: Scope) -> None:
    given, left = undated(world, "classes", ("use_case", "model"), ("attempts", "input_tokens"), scope)
    kept = given
    if left.use_cases:
        kept = kept.filter(pl.col("use_case").is_in(left.use_cases))
    if left.models:
        kept = kept.filter(pl.col("model").is_in(left.models))
    where, values = scope.where("day")
    plain = world.rows(
        f"SELECT use_case, model, sum(attempts)::DOUBLE, sum(input_tokens) FROM classes WHERE {where} GROUP BY ALL",
        values,
    )
    assert sorted(kept.rows(), key=str) == sorted(plain, key=str)
    assert plain


@pytest.mark.parametrize("scope", SCOPES)
def test_traffic_is_the_scopes_whichever_way_it_is_read(world: Store, scope: Scope) -> None:
    """A route by team cannot be told without teams: it is read from the dated classes, and sums are the same."""
    by_team = parse_architecture(BY_TEAM)
    assert by_team.columns & LOST
    where, values = scope.where("day")
    (requests, tokens), *_ = world.rows(f"SELECT sum(requests), sum(input_tokens) FROM classes WHERE {where}", values)
    for architectures in ([], [by_team]):
        traffic = read_traffic(world, architectures, scope)
        assert (traffic.requests.sum(), traffic.input_tokens.sum()) == (requests, tokens)
    weak = f"SELECT coalesce(sum(requests), 0) FROM classes WHERE {where} AND team = 'red' AND complexity_bin < 50"
    assert traffic.requests[traffic.routes[0] == 0].sum() == world.rows(weak, values)[0][0]


def test_sums_are_added_up_in_one_order(world: Store) -> None:
    """Floating-point sums depend on their order: without one, two runs differ in their last digits."""
    given, _ = undated(world, "classes", ("complexity_bin", "model", "use_case"), ("latency_ms",), Scope())
    assert len(given) >= 100
    assert given.equals(given.sort("complexity_bin", "model", "use_case", nulls_last=True), null_equal=True)


def test_another_use_case_reads_nothing_again(world: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    read_traffic(world, (), Scope(use_cases=("chat",)))
    monkeypatch.setattr(Store, "frame", lambda *_: pytest.fail("the roll-up was read again"))
    assert read_traffic(world, (), Scope(use_cases=("code",))).requests.sum() == 40


def test_the_things_used_last_are_kept() -> None:
    found: list[str] = []
    recent: Recent[str] = Recent(2)
    for asked in ("a", "b", "a", "c", "a", "b"):
        assert recent.once(asked, lambda asked=asked: found.append(asked) or asked.upper()) == asked.upper()
    assert found == ["a", "b", "c", "b"]
