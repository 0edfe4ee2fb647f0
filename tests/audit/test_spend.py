"""Totals and spend against sums worked out by hand."""

from datetime import date
from pathlib import Path

import pytest

from analytics import audit
from analytics.errors import UsageError
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
    assert totals.list_usd == pytest.approx(2 * LARGE + SMALL, rel=1e-12)
    assert totals.billed_usd == pytest.approx(1.0)
    assert (totals.billed_known, totals.unpriced) == (2, 1)


def test_days_begin_at_local_midnight(store: Store) -> None:
    in_utc = audit.log_totals(store, Scope(start=date(2026, 10, 1), end=date(2026, 10, 1)))
    in_delhi = audit.log_totals(store, Scope(date(2026, 10, 1), date(2026, 10, 1), time_zone="Asia/Kolkata"))
    assert in_utc.attempts == 2
    assert in_delhi.attempts == 0


def test_spend_by_model_adds_up_to_the_total(store: Store) -> None:
    table = audit.spend_by(store, Scope(), "model")
    assert table["name"].to_list() == ["gpt-4o", "gpt-4o-mini", "house-model"]
    assert table["list_usd"].to_list()[:2] == pytest.approx([2 * LARGE, SMALL])
    assert table["list_usd"][2] is None
    assert table["share"].drop_nulls().sum() == pytest.approx(1.0)
    over_time = audit.spend_over_time(store, Scope(), "day", "model")
    assert over_time["list_usd"].sum() == pytest.approx(table["list_usd"].sum(), rel=1e-12)


def test_a_scope_narrows_every_number(store: Store) -> None:
    assert audit.log_totals(store, Scope(use_cases=("code",))).requests == 2
    assert audit.spend_by(store, Scope(models=("gpt-4o",)), "use_case")["name"].to_list() == ["chat"]


def test_percentiles_are_within_one_percent(store: Store) -> None:
    found = audit.audit_totals(store, Scope())["latency_ms"]
    assert found["p50"] == pytest.approx(400, rel=0.01)  # waits are 300, 400 and, over both attempts, 1,200 ms
    assert found["p99"] == pytest.approx(1200, rel=0.01)


def test_an_unknown_dimension_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="no dimension 'user'"):
        audit.spend_by(store, Scope(), "user")  # type: ignore[arg-type]
