"""Data health: gaps against a rhythm built by hand, findings with their numbers and in their order."""

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from analytics.audit.health import Finding, log_health
from analytics.audit.health_gaps import find_gaps
from analytics.charts.health_text import findings_table, health_answer
from analytics.logs import load_log
from analytics.store import open_store
from tests.conftest import WriteCsv

MONDAY = datetime(2026, 10, 5)


def hours(days: int, calls: "dict[int, int] | None" = None, weekend: int = 40, night: int = 2) -> pl.DataFrame:
    """100 calls an hour by day, `night` from midnight to six; `calls` replaces single hours (counted from Monday 00:00)."""
    rows = []
    for hour in range(days * 24):
        at = MONDAY + timedelta(hours=hour)
        usual = night if at.hour < 6 else weekend if at.weekday() >= 5 else 100
        rows.append({"begins": at, "attempts": (calls or {}).get(hour, usual)})
    return pl.DataFrame(rows)


def test_a_steady_week_has_no_gap() -> None:
    assert find_gaps(hours(28)) == []
    assert find_gaps(hours(3)) == []
    assert find_gaps(hours(28, weekend=0)) == []  # nobody works on Saturdays
    assert find_gaps(hours(0)) == []


def test_a_missing_day_is_one_gap_with_the_calls_usual_there() -> None:
    found = find_gaps(hours(28, dict.fromkeys(range(9 * 24, 10 * 24), 0)))
    assert [(gap.start, gap.end) for gap in found] == [(datetime(2026, 10, 14, 6), datetime(2026, 10, 15))]
    assert found[0].missing == 18 * 100
    assert found[0].hours == 18


def test_a_night_inside_a_gap_belongs_to_it() -> None:
    found = find_gaps(hours(28, dict.fromkeys(range(8 * 24 + 20, 9 * 24 + 10), 0)))
    assert [(gap.hours, gap.missing) for gap in found] == [(14, 8 * 100 + 6 * 2)]


@pytest.mark.parametrize(("left", "gaps"), [(5, 1), (6, 0)])
def test_an_hour_with_a_twentieth_left_is_a_gap(left: int, gaps: int) -> None:
    assert len(find_gaps(hours(28, {9 * 24 + 10: left}))) == gaps


def test_quiet_hours_and_the_ends_of_the_log_are_no_gaps() -> None:
    assert find_gaps(hours(28, {9 * 24 + 3: 0, 0: 0})) == []
    assert find_gaps(hours(28, {28 * 24 - 1: 1})) == []


def found(database: Path) -> dict[str, Finding]:
    return {one.title: one for one in log_health(open_store(database)).findings}


def test_findings_say_what_they_affect(database: Path, write_csv: WriteCsv) -> None:
    """gpt-4o costs $2.50 per million input tokens."""
    load_log(
        database,
        write_csv(
            "a,2026-10-01,gpt-4o,1000000,0,chat,0,true,ok",
            "b,2026-10-01,gpt-4o,2000000,0,,5,,ok",
            "c,2026-10-01,house,1,0,,,,ok",
            "d,2026-10-01,gpt-4o,0,0,,0,,error",
            "e,never,gpt-4o,1,1,,,,ok",
            "b,2026-10-01,gpt-4o,2000000,0,,5,,ok",
            more="use_case,cost_usd,tokens_estimated,status",
        ),
    )
    findings = found(database)
    free = findings["gpt-4o was logged at $0"]
    assert (free.level, free.calls, free.cost) == ("wrong", 1, pytest.approx(2.5))
    estimated = findings["1 call has estimated token counts"]
    assert (estimated.cost, "33.3%" in estimated.sentence) == (pytest.approx(2.5), True)
    assert findings["house has no price"].calls == 1
    assert findings["1 failed call says neither tokens nor cost"].calls == 1
    assert findings["75.0% of calls do not say their use case"].calls == 3
    assert findings["No call says its team"].level == "note"
    assert "Quality is unknown until" in findings["No request says its quality score"].remedy
    assert findings["1 row was refused"].calls == 1
    assert findings["1 row was already there"].calls == 1
    levels = [one.level for one in findings.values()]
    assert levels == sorted(levels, key=["wrong", "missing", "note"].index)
    assert next(iter(findings)) == "gpt-4o was logged at $0"  # a third of the money comes before a quarter of the calls
    answer = health_answer(log_health(open_store(database)))
    assert (
        answer
        == "75.0% of calls are priced; 1 call of 1 model is not; no hour is missing; 2 things make numbers wrong."
    )
    assert findings_table(log_health(open_store(database)))["Cost, USD"][0] == pytest.approx(2.5)


def test_broken_scores_are_named(database: Path, write_csv: WriteCsv) -> None:
    rows = [
        f"{model}-{use_case}-{n},2026-10-01,{model},1,1,{use_case},{int(not (model == 'gpt-4o' and use_case == 'code') and n % 20 > 0)}"
        for model in ("gpt-4o", "gpt-4o-mini", "o3")
        for use_case in ("chat", "code", "rag", "sum", "tag")
        for n in range(60)
    ]
    load_log(database, write_csv(*rows, more="use_case,quality"))
    broken = found(database)["Scores of gpt-4o on code look broken"]
    assert (broken.level, broken.calls) == ("wrong", 60)


def test_a_clean_log_has_nothing_wrong(database: Path, write_csv: WriteCsv) -> None:
    row = "2026-10-01,gpt-4o,1000,0,chat,team,production,openai,5,0.0025,1"
    load_log(
        database,
        write_csv(f"a,{row}", f"b,{row}", more="use_case,team,environment,provider,latency_ms,cost_usd,quality"),
    )
    assert [(one.level, one.title) for one in found(database).values()] == [("note", "No invoice is loaded")]
