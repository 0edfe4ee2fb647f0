"""The demo's second month: the planted drift is found and named, and without drift nothing rings."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from analytics.charts.tracking_words import alarm_sentence, tracking_answer
from analytics.errors import TrackingError
from analytics.logs.demo import build_demo
from analytics.logs.demo_month import planted_drifts
from analytics.store import open_store
from analytics.tracking import Tracking, add_second_month, find_adoption, track
from analytics.tracking.periods import MEASURES


def tracked(path: Path, zone: str = "UTC") -> Tracking:
    store = open_store(path)
    return track(store, find_adoption(store), zone)


def test_the_planted_drift_is_found_and_named(demo: Path) -> None:
    added = add_second_month(demo)
    assert added.requests >= 21_000
    assert add_second_month(demo).requests == 0  # once is enough
    found = tracked(demo)
    (drift, worse) = planted_drifts()
    cost = next(one for one in found.alarms if one.measure == "cost")
    assert (cost.since, cost.better) == (date(2026, 11, drift.from_day), False)
    cause = cost.causes[0]
    assert (cause.kind, cause.use_case, cause.model) == ("answers", drift.use_case, drift.model)
    assert cause.share > 0.7
    assert cause.before is not None
    assert cause.after is not None
    assert cause.after / cause.before == pytest.approx(drift.output_factor, rel=0.1)
    sentence = alarm_sentence(cost)
    assert sentence.startswith("Cost per request is ")
    assert "% above the projection since 9 November: answers of claude-sonnet-4-5 in code got 1." in sentence
    assert tracking_answer(found).startswith("No: 30 days of Multi-model cost $")
    rows = {one.use_case: one.quality for one in found.use_cases}
    projected, actual = rows[worse.use_case]
    assert projected is not None
    assert actual is not None
    assert actual < projected


def test_parts_add_up_in_every_week_and_in_all(demo: Path) -> None:
    add_second_month(demo)
    found = tracked(demo)
    assert found.total is not None
    for period in (*found.weeks, found.total):
        assert period.adherence == 1.0
        assert period.usd is not None
        assert period.usd.expected + sum(period.usd.named().values()) == pytest.approx(period.usd.actual, rel=1e-12)
    store = open_store(demo)
    ((requests, usd, latency),) = store.rows(
        """SELECT count(*) FILTER (is_request), sum(list_cost_usd), avg(request_latency_ms) FILTER (is_request) / 1e3
        FROM requests WHERE timestamp >= '2026-11-01T00:00:00Z'"""
    )
    assert found.total.requests == requests
    assert found.total.usd is not None
    assert found.total.usd.actual == pytest.approx(usd)
    assert found.total.measures["latency"].actual == pytest.approx(latency)
    assert sum(one.usd.actual for one in found.weeks if one.usd) == pytest.approx(usd)


def test_another_zone_has_its_own_weeks_of_the_same_requests(demo: Path) -> None:
    add_second_month(demo)
    here, there = tracked(demo), tracked(demo, "Asia/Kolkata")
    assert here.total is not None
    assert there.total is not None
    assert there.total.requests == here.total.requests
    assert there.total.usd is not None
    assert here.total.usd is not None
    assert there.total.usd.actual == pytest.approx(here.total.usd.actual)
    assert [one.first for one in there.weeks][1:] == [date(2026, 11, 2) + timedelta(days=7 * n) for n in range(5)]
    ((expected,),) = open_store(demo).rows(
        """SELECT count(*) FILTER (is_request) FROM requests
        WHERE timestamp >= '2026-11-01T18:30:00Z' AND timestamp < '2026-11-08T18:30:00Z'"""
    )
    assert there.weeks[1].requests == expected
    assert {one.measure for one in there.alarms} == {one.measure for one in here.alarms}


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_without_drift_nothing_rings(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "demo.duckdb"
    build_demo(path, seed=seed, requests=8_000)
    add_second_month(path, drifts=(), seed=seed)
    found = tracked(path)
    assert found.alarms == ()
    assert all(found.weeks[1].measures[measure].low is not None for measure in MEASURES)  # it was judged
    assert not any(week.measures[measure].outside for week in found.weeks for measure in MEASURES)
    assert tracking_answer(found).startswith("So far, yes: ")


def test_requests_off_the_plan_are_counted_and_priced(demo: Path) -> None:
    """The first month, all on the premium model, held against an adoption in its midst: most of it is routing."""
    from analytics import settings
    from analytics.policies import load_architecture
    from analytics.tracking import adopt

    adopt(
        open_store(demo), load_architecture(settings.architectures_dir / "multi-model.toml"), starts=date(2026, 10, 19)
    )
    found = tracked(demo)
    assert found.total is not None
    assert found.total.usd is not None
    ((on_plan,),) = open_store(demo).rows(
        """SELECT avg((model = CASE WHEN use_case IN ('intent_classification', 'data_extraction', 'moderation') AND complexity < 0.6
            THEN 'claude-haiku-4-5' WHEN use_case IN ('summarization', 'translation') THEN 'gemini-2.5-flash'
            WHEN use_case = 'complex_reasoning' THEN 'claude-opus-4-1' ELSE 'claude-sonnet-4-5' END)::INTEGER)
        FROM requests WHERE is_request AND timestamp >= '2026-10-19T00:00:00Z'"""
    )
    assert found.total.adherence == pytest.approx(on_plan)
    named = found.total.usd.named()
    moved = found.total.usd.actual - found.total.usd.expected - named["volume"]
    assert named["routing"] / moved == pytest.approx(1, abs=0.05)
    cost = next(one for one in found.alarms if one.measure == "cost")
    assert cost.causes[0].kind == "routing"
    quality = next((one for one in found.alarms if one.measure == "quality"), None)
    assert quality is None or quality.better


def test_only_the_demo_has_a_second_month(tmp_path: Path) -> None:
    from analytics.logs import load_log

    log = tmp_path / "log.csv"
    log.write_text("request_id,timestamp,model,input_tokens,output_tokens\na,2026-10-01,gpt-4o,10,5\n")
    load_log(tmp_path / "own.duckdb", log)
    with pytest.raises(TrackingError, match="your own log"):
        add_second_month(tmp_path / "own.duckdb")
