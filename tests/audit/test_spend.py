"""Totals and spend against sums worked out by hand."""

from datetime import date
from pathlib import Path

import pytest

from analytics import audit
from analytics.currency import Rate, Rates
from analytics.errors import RateError, UsageError
from analytics.logs import load_log
from analytics.scope import Scope
from analytics.store import Store, open_store
from tests.conftest import WriteCsv

# gpt-4o: $2.50 and $10 per million tokens; gpt-4o-mini: $0.15 and $0.60.
LARGE = 1000 * 2.5e-6 + 100 * 10e-6
SMALL = 2000 * 0.15e-6 + 50 * 0.6e-6


@pytest.fixture
def store(database: Path, write_csv: WriteCsv) -> Store:
    file = write_csv(
        "a,2026-10-01T23:50:00Z,gpt-4o,1000,100,100,chat,0.5,r1,1,error",
        "b,2026-10-01T23:50:01Z,gpt-4o,1000,100,200,chat,0.5,r1,2,ok",
        "c,2026-10-02T12:00:00Z,gpt-4o-mini,2000,50,300,code,,,,ok",
        "d,2026-10-02T13:00:00Z,house-model,10,10,400,code,,,,ok",
        more="latency_ms,use_case,cost_usd,logical_id,attempt,status",
    )
    load_log(database, file)
    return open_store(database)


def test_totals_count_requests_once_and_pay_every_attempt(store: Store) -> None:
    totals = audit.log_totals(store, Scope())
    assert (totals.requests, totals.attempts, totals.failed_requests, totals.failed_attempts) == (3, 4, 0, 1)
    assert totals.list_cost == pytest.approx(2 * LARGE + SMALL, rel=1e-12)
    assert totals.billed_cost == pytest.approx(1.0)
    assert (totals.billed_known, totals.unpriced) == (2, 1)


def test_days_begin_at_local_midnight(store: Store) -> None:
    in_utc = audit.log_totals(store, Scope(start=date(2026, 10, 1), end=date(2026, 10, 1)))
    in_delhi = audit.log_totals(store, Scope(date(2026, 10, 1), date(2026, 10, 1), time_zone="Asia/Kolkata"))
    assert in_utc.attempts == 2
    assert in_delhi.attempts == 0


def test_spend_by_model_adds_up_to_the_total(store: Store) -> None:
    table = audit.spend_by(store, Scope(), "model").table
    assert table["name"].to_list() == ["gpt-4o", "gpt-4o-mini", "house-model"]
    assert table["list_cost"].to_list()[:2] == pytest.approx([2 * LARGE, SMALL])
    assert table["list_cost"][2] is None
    assert table["share"].drop_nulls().sum() == pytest.approx(1.0)
    over_time = audit.spend_over_time(store, Scope(), "day", "model", ("gpt-4o",))
    assert set(over_time["name"]) == {"gpt-4o", "all others"}
    assert over_time["list_cost"].sum() == pytest.approx(table["list_cost"].sum(), rel=1e-12)


def test_a_scope_narrows_every_number(store: Store) -> None:
    assert audit.log_totals(store, Scope(use_cases=("code",))).requests == 2
    assert audit.spend_by(store, Scope(models=("gpt-4o",)), "use_case").table["name"].to_list() == ["chat"]


def test_percentiles_are_within_one_percent(store: Store) -> None:
    found = audit.audit_totals(store, Scope())["latency_ms"]
    assert found["p50"] == pytest.approx(400, rel=0.01)  # waits are 300, 400 and, over both attempts, 1,200 ms
    assert found["p99"] == pytest.approx(1200, rel=0.01)


def test_an_unknown_dimension_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="no dimension 'user'"):
        audit.spend_by(store, Scope(), "user")  # type: ignore[arg-type]


SCOPES = (
    Scope(),
    Scope(date(2026, 10, 5), date(2026, 10, 9), time_zone="Asia/Kolkata"),
    Scope(date(2026, 10, 12), use_cases=("chat", "code"), time_zone="America/New_York"),
)
RAW = {
    "origin": "coalesce(origin, 'user requests')",
    "batch": "if(batch, 'batch', 'live')",
    "complexity": "printf('%.1f to %.1f', (complexity_bin // 10) / 10, (complexity_bin // 10 + 1) / 10)",
}


def raw_spend(
    store: Store, scope: Scope, *names: str, more: str = ""
) -> dict[tuple[str, ...], tuple[int, float | None]]:
    """Requests and list cost straight from the raw log, by plain SQL written for this test."""
    zone = scope.time_zone
    terms = [
        f"(timestamp AT TIME ZONE '{zone}')::DATE BETWEEN '{scope.start or date(1999, 1, 1)}' AND '{scope.end or date(2099, 1, 1)}'"
    ]
    if scope.use_cases:
        terms.append(f"use_case IN {scope.use_cases!r}")
    columns = ", ".join(f"coalesce({RAW.get(name, name)}, 'unknown')" for name in names)
    rows = store.rows(
        f"SELECT {columns}, count(*) FILTER (is_request), sum(list_cost_usd) FROM requests WHERE {' AND '.join(terms)} {more} GROUP BY ALL"
    )
    return {row[:-2]: row[-2:] for row in rows}


@pytest.mark.parametrize("scope", SCOPES, ids=("all", "india", "new-york"))
@pytest.mark.parametrize(
    "dimension", [one for one in audit.DIMENSIONS if one not in ("complexity", "user_id", "session_id")]
)
def test_every_dimension_agrees_with_the_raw_log(busy: Store, scope: Scope, dimension: audit.Dimension) -> None:
    expected = raw_spend(busy, scope, dimension)
    table = audit.spend_by(busy, scope, dimension).table
    assert dict(zip(table["name"], table["requests"], strict=True)) == {
        key[0]: value[0] for key, value in expected.items()
    }
    for row in table.iter_rows(named=True):
        usd = expected[(row["name"],)][1]
        assert row["list_cost"] == (None if usd is None else pytest.approx(usd, rel=1e-9))
    names = tuple(table["name"].head(2))
    over_time = audit.spend_over_time(busy, scope, "day", dimension, names)
    assert over_time["list_cost"].sum() == pytest.approx(table["list_cost"].sum(), rel=1e-9)
    assert over_time["requests"].sum() == table["requests"].sum()


def test_complexity_is_of_user_requests(busy: Store) -> None:
    expected = raw_spend(busy, Scope(), "complexity", more="AND origin IS NULL")
    table = audit.spend_by(busy, Scope(), "complexity").table
    assert dict(zip(table["name"], table["list_cost"], strict=True)) == pytest.approx(
        {key[0]: usd for key, (_, usd) in expected.items()}
    )


def test_users_beyond_the_dearest_are_one_row(busy: Store) -> None:
    expected = raw_spend(busy, Scope(), "user_id")
    table = audit.spend_by(busy, Scope(), "user_id").table
    assert len(expected) > 500
    assert len(table) == 501
    assert table["name"][-1] == "all others"
    dearest = max(expected, key=lambda key: expected[key][1] or 0.0)
    assert (table["name"][0], table["list_cost"][0]) == (dearest[0], pytest.approx(expected[dearest][1]))
    assert table["list_cost"].sum() == pytest.approx(sum(usd or 0.0 for _, usd in expected.values()))


@pytest.mark.parametrize(
    "pair", [("model", "prompt_version"), ("team", "complexity"), ("complexity", "origin"), ("user_id", "batch")]
)
def test_pairs_add_up(busy: Store, pair: tuple[audit.Dimension, audit.Dimension]) -> None:
    more = "AND origin IS NULL" if pair == ("team", "complexity") else ""
    expected = raw_spend(busy, Scope(), *pair, more=more)
    frame = audit.spend_by_pair(busy, Scope(), *pair)
    found = {
        (first, second): (requests, usd)
        for first, second, requests, usd in frame.select("first", "second", "requests", "list_cost").rows()
    }
    assert sum(usd or 0.0 for _, usd in found.values()) == pytest.approx(
        sum(usd or 0.0 for _, usd in expected.values())
    )
    for key, (requests, usd) in found.items():
        if "all others" not in key:
            assert (requests, usd) == (expected[key][0], pytest.approx(expected[key][1]))


def test_lines_add_up_and_take_overhead_apart(busy: Store) -> None:
    lines = audit.cost_lines(busy, Scope())
    by_origin = raw_spend(busy, Scope(), "origin")
    assert {line.name: line.cost for line in lines.by_origin} == pytest.approx(
        {key[0]: usd for key, (_, usd) in by_origin.items()}
    )
    assert lines.by_origin[0].name == audit.USERS
    assert {line.name for line in lines.by_origin[1:]} == {"router", "judge"}
    retries, failed, other = busy.rows(
        "SELECT sum(list_cost_usd) FILTER (NOT is_request AND origin IS NULL), sum(list_cost_usd) FILTER (status = 'error'), "
        "sum(other_cost_usd) FROM requests"
    )[0]
    assert [line.cost for line in lines.within] == pytest.approx([retries, failed, other])


def test_what_did_not_happen_cost_nothing_and_what_is_not_logged_is_unknown(
    database: Path, write_csv: WriteCsv
) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,1000,100"))
    lines = audit.cost_lines(open_store(database), Scope())
    assert [line.cost for line in lines.within] == [0.0, 0.0, None]


def mini(*days: tuple[str, str, int]) -> list[str]:
    """Calls of gpt-4o that cost a cent per unit: 1,000 output tokens are $0.01."""
    return [f"{number},{day},{model},0,{1000 * units}" for number, (day, model, units) in enumerate(days)]


def test_movers_compare_with_the_days_before(database: Path, write_csv: WriteCsv) -> None:
    load_log(
        database,
        write_csv(
            *mini(
                ("2026-10-01", "gpt-4o", 1),
                ("2026-10-02T09:00:00", "gpt-4o", 5),
                ("2026-10-03T09:00:00", "gpt-4o", 1),
                ("2026-10-03T10:00:00", "gpt-4o-mini", 2),
                ("2026-10-04", "gpt-4o", 9),
            )
        ),
    )
    store = open_store(database)
    spend = audit.spend_by(store, Scope(date(2026, 10, 3), date(2026, 10, 3)), "model")
    assert spend.comparison is not None
    assert spend.comparison.days == 1
    found = {row["name"]: (row["now_cost"], row["before_cost"]) for row in spend.movers.iter_rows(named=True)}
    assert found["gpt-4o"] == pytest.approx((0.01, 0.05))
    assert found["gpt-4o-mini"][1] == 0.0
    assert found["gpt-4o-mini"][0] > 0
    assert spend.movers["name"][0] == "gpt-4o"
    assert spend.table["list_cost"].sum() == pytest.approx(sum(now for now, _ in found.values()))


def test_without_days_before_the_later_half_is_compared_with_the_earlier(database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv(*mini(*((f"2026-10-0{day}T23:50:00", "gpt-4o", day) for day in range(1, 6)))))
    store = open_store(database)
    row = audit.spend_by(store, Scope(), "model").movers.row(0, named=True)
    assert (row["now_cost"], row["before_cost"]) == pytest.approx((0.04 + 0.05, 0.02 + 0.03))
    assert audit.spend_by(store, Scope(date(2026, 10, 1), date(2026, 10, 1)), "model").comparison is None


def test_a_day_under_way_is_compared_with_the_same_part_of_the_day_before(database: Path, write_csv: WriteCsv) -> None:
    load_log(
        database,
        write_csv(
            *mini(
                ("2026-10-01T08:00:00", "gpt-4o", 3),
                ("2026-10-01T20:00:00", "gpt-4o", 50),
                ("2026-10-02T09:00:00", "gpt-4o", 4),
            )
        ),
    )
    row = audit.spend_by(open_store(database), Scope(), "model").movers.row(0, named=True)
    assert (row["now_cost"], row["before_cost"]) == pytest.approx((0.04, 0.03))


def test_each_day_is_converted_at_its_rate_in_the_chosen_zone(database: Path, write_csv: WriteCsv) -> None:
    """$1, $2 and $3; the euro costs $1.25 until 1 October and $2 from 2 October on, which begins at 18:30 UTC in India."""
    rates = Rates((Rate("EUR", date(2026, 9, 1), 1.25), Rate("EUR", date(2026, 10, 2), 2.0)))
    rows = ("a,2026-10-01T08:00:00Z,gpt-4o,400000,0,u,1", "b,2026-10-01T20:00:00Z,gpt-4o,800000,0,v,2")
    load_log(database, write_csv(*rows, "c,2026-10-02T08:00:00Z,gpt-4o,1200000,0,u,3", more="user_id,cost_usd"))
    store = open_store(database)
    for zone, by_day in (("UTC", [3 / 1.25, 3 / 2]), ("Asia/Kolkata", [1 / 1.25, 5 / 2])):
        scope, total = Scope(time_zone=zone, currency="EUR"), sum(by_day)
        totals = audit.log_totals(store, scope, rates)
        assert (totals.list_cost, totals.billed_cost) == pytest.approx((total, total))
        for dimension in ("model", "user_id"):
            spend = audit.spend_by(store, scope, dimension, rates)
            assert spend.table["list_cost"].sum() == pytest.approx(total)
            assert spend.table["billed_cost"].sum() == pytest.approx(total)
            # The second day is under way until 08:15 UTC (13:45 in India): a part of the first is compared with it.
            assert spend.movers["now_cost"].sum() == pytest.approx(by_day[1])
            assert spend.movers["before_cost"].sum() == pytest.approx(1 / 1.25)
            days = audit.spend_over_time(store, scope, "day", dimension, (), rates)
            assert days["list_cost"].to_list() == pytest.approx(by_day)
        for other in ("origin", "session_id"):
            pairs = audit.spend_by_pair(store, scope, "model", other, rates)
            assert pairs["list_cost"].to_list() == pytest.approx([total])
        assert audit.cost_lines(store, scope, rates).by_origin[0].cost == pytest.approx(total)
        # The classes know UTC days only.
        by_complexity = audit.spend_by(store, scope, "complexity", rates)
        assert by_complexity.table["list_cost"].sum() == pytest.approx(3 / 1.25 + 3 / 2)
    with pytest.raises(RateError, match="no rate of 'EUR'"):
        audit.log_totals(store, Scope(currency="EUR"))
