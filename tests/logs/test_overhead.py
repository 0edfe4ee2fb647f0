"""Calls that are not a user's request, answers from the gateway's cache, costs that are not tokens."""

from pathlib import Path

import pytest

from analytics.audit import log_totals
from analytics.logs import load_log
from analytics.scope import Scope
from analytics.store import Store, open_store, segments_folder
from tests.conftest import WriteCsv

# gpt-4o: 2.5 and 10 USD per million tokens, 1.25 for cached input.
CALL = 1000 * 2.5e-6 + 100 * 10e-6


def rollup(store: Store) -> dict[str, float]:
    names = [
        "requests",
        "attempts",
        "fallback_requests",
        "retried_requests",
        "cache_hits",
        "estimated",
        "zero_billed",
        "list_cost_usd",
        "other_cost_usd",
        "failed_cost_usd",
        "retry_cost_usd",
        "cache_saving_usd",
        "generation_tokens",
        "generation_ms",
        "first_token_n",
        "first_token_ms",
    ]
    found = store.rows(f"SELECT {', '.join(f'coalesce(sum({name}), 0)::DOUBLE' for name in names)} FROM rollup")[0]
    return dict(zip(names, found, strict=True))


def test_router_and_judge_calls_cost_but_are_no_requests(database: Path, write_csv: WriteCsv) -> None:
    load_log(
        database,
        write_csv(
            "a,2026-10-01,gpt-4o,1000,100,user",
            "b,2026-10-01,gpt-4o,1000,100,",
            "c,2026-10-01,gpt-4o,1000,100,Judge",
            more="origin",
        ),
    )
    store = open_store(database)
    totals = log_totals(store, Scope())
    assert (totals.requests, totals.attempts) == (2, 3)
    assert totals.list_cost == pytest.approx(3 * CALL)
    assert store.rows("SELECT origin, sum(attempts)::BIGINT FROM rollup GROUP BY 1 ORDER BY 1 NULLS FIRST") == [
        (None, 2),
        ("judge", 1),
    ]
    assert store.rows("SELECT sum(requests)::BIGINT, sum(attempts)::BIGINT FROM classes") == [(2, 2)]


def test_a_judge_call_never_stands_for_the_request_it_judges(database: Path, write_csv: WriteCsv) -> None:
    load_log(
        database,
        write_csv(
            "a,2026-10-01 10:00:00,gpt-4o,1000,100,,r,500",
            "b,2026-10-01 10:00:01,gpt-4o-mini,1000,100,judge,r,900",
            more="origin,logical_id,latency_ms",
        ),
    )
    rows = open_store(database).rows("SELECT request_id, is_request, request_latency_ms FROM requests ORDER BY 1")
    assert rows == [("a", True, 500.0), ("b", False, 900.0)]


def test_what_the_gateway_cache_answers_is_free_and_no_mistake(database: Path, write_csv: WriteCsv) -> None:
    load_log(
        database,
        write_csv(
            "a,2026-10-01,gpt-4o,1000,100,True,0",
            "b,2026-10-01,gpt-4o,1000,100,False,0",
            more="cache_hit,cost_usd",
        ),
    )
    store = open_store(database)
    found = rollup(store)
    assert (found["cache_hits"], found["zero_billed"]) == (1, 1)
    assert found["list_cost_usd"] == pytest.approx(CALL)
    assert store.rows("SELECT sum(requests)::BIGINT, sum(input_tokens), sum(output_tokens) FROM classes") == [
        (2, 1000.0, 100.0)
    ]


def test_other_costs_are_in_the_total_and_on_their_own(database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,1000,100,0.01", more="other_cost_usd"))
    found = rollup(open_store(database))
    assert found["list_cost_usd"] == pytest.approx(CALL + 0.01)
    assert found["other_cost_usd"] == pytest.approx(0.01)


def test_fallbacks_retries_failures_and_speed(database: Path, write_csv: WriteCsv) -> None:
    load_log(
        database,
        write_csv(
            "a1,2026-10-01 10:00:00,gpt-4o,1000,0,a,1,error,100,",
            "a2,2026-10-01 10:00:01,gpt-4o-mini,1000,100,a,2,ok,1000,200",
            "b1,2026-10-01 10:00:00,gpt-4o,1000,0,b,1,error,100,",
            "b2,2026-10-01 10:00:01,gpt-4o,1000,50,b,2,ok,500,",
            more="logical_id,attempt,status,latency_ms,ttft_ms",
        ),
    )
    store = open_store(database)
    found = rollup(store)
    assert (found["requests"], found["retried_requests"], found["fallback_requests"]) == (2, 2, 1)
    assert found["failed_cost_usd"] == pytest.approx(2 * 1000 * 2.5e-6)
    assert found["retry_cost_usd"] == pytest.approx(2 * 1000 * 2.5e-6)
    assert (found["generation_tokens"], found["generation_ms"]) == (150, 800 + 500)
    assert (found["first_token_n"], found["first_token_ms"]) == (1, 200)
    bins = store.rows("SELECT measure, 2 * 1.02 ** bin / 2.02 FROM speed_histogram ORDER BY 1, 2")
    assert [measure for measure, _ in bins] == ["first_token_ms", "tokens_per_s", "tokens_per_s"]
    assert [value for _, value in bins] == pytest.approx([200, 100, 125], rel=0.01)


def test_prompt_cache_saving_is_the_difference_to_no_cache(database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,1000,100,800", more="cache_read_tokens"))
    found = rollup(open_store(database))
    assert found["cache_saving_usd"] == pytest.approx(800 * 1.25e-6)
    assert found["list_cost_usd"] + found["cache_saving_usd"] == pytest.approx(CALL)


def test_segments_of_an_older_version_are_read_with_unknowns(database: Path, write_csv: WriteCsv) -> None:
    load_log(database, write_csv("a,2026-10-01,gpt-4o,1000,100"))
    load_log(database, write_csv("b,2026-10-01,gpt-4o,1000,100", name="second.csv"))
    import polars as pl

    older = sorted(segments_folder(database).iterdir())[0]
    file = older / "rollup.parquet"
    pl.read_parquet(file).drop("origin", "cache_saving_usd").write_parquet(file)
    (older / "speed_histogram.parquet").unlink()
    database.touch()
    store = open_store(database)
    assert store.rows("SELECT sum(requests)::BIGINT, count(cache_saving_usd) FROM rollup") == [(2, 1)]
    assert store.rows("SELECT count(*) FROM speed_histogram") == [(0,)]
