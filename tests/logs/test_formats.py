"""Every format in every container: tokens and dollars of each call and in total, against plain Python."""

import math
import random
from pathlib import Path

import pytest

from analytics.errors import LoadError
from analytics.logs import load_log
from analytics.store import Store, open_store
from tests.logs.containers import CONTAINERS, write_records
from tests.logs.records import SAMPLES, Expected, helicone_row, iso, observation, portkey_row, spend_log

COLUMNS = "request_id, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_usd"


def agree(store: Store, expected: list[Expected]) -> None:
    """Token by token and dollar by dollar, 1e-9 relative, and the totals of the roll-up."""
    found = {row[0]: Expected(*row) for row in store.rows(f"SELECT {COLUMNS} FROM requests")}
    assert found.keys() == {one.request_id for one in expected}
    for one in expected:
        got = found[one.request_id]
        assert (got.cost_usd is None) == (one.cost_usd is None), one
        assert got.cost_usd is None or math.isclose(got.cost_usd, one.cost_usd or 0, rel_tol=1e-9, abs_tol=0), one
        assert (got.input_tokens, got.output_tokens) == (one.input_tokens, one.output_tokens), one
        assert (got.cache_read_tokens, got.cache_write_tokens) == (one.cache_read_tokens, one.cache_write_tokens), one
        assert got.reasoning_tokens == one.reasoning_tokens, one
    total = store.rows("SELECT sum(input_tokens), sum(output_tokens), sum(billed_cost_usd) FROM rollup")[0]
    assert total[:2] == (sum(one.input_tokens for one in expected), sum(one.output_tokens for one in expected))
    assert math.isclose(total[2], math.fsum(one.cost_usd or 0 for one in expected), rel_tol=1e-9)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("name", SAMPLES)
def test_tokens_and_cost_are_exact(name: str, container: str, database: Path, tmp_path: Path) -> None:
    sample, draw = SAMPLES[name], random.Random(7)
    records = [sample.make(draw, number) for number in range(120)]
    expected = [one for one in map(sample.expect, records) if one is not None]
    result = load_log(database, write_records(tmp_path, records, container))
    assert (result.format, result.rejections) == (name, [])
    assert (result.read, result.loaded, result.ignored) == (len(expected), len(expected), len(records) - len(expected))
    agree(open_store(database), expected)
    again = load_log(database, write_records(tmp_path, records, container))
    assert (again.loaded, again.duplicates) == (0, len(expected))


def one_row(database: Path, tmp_path: Path, record: dict[str, object], container: str = "jsonl") -> dict[str, object]:
    load_log(database, write_records(tmp_path, [record], container))
    return open_store(database).frame("SELECT * REPLACE (epoch_ms(timestamp) AS timestamp) FROM requests").to_dicts()[0]


def check(row: dict[str, object], expected: dict[str, object]) -> None:
    assert {name: row[name] for name in expected} == expected


def test_spend_log_fields_and_units(database: Path, tmp_path: Path) -> None:
    record = spend_log(random.Random(1), 0) | {"request_id": "a", "cache_hit": "False", "cache_key": "Cache OFF"}
    row = one_row(database, tmp_path, record)
    check(row, {
        "source": "litellm", "timestamp": 1_790_812_800_000, "model": "gpt-4o-mini", "provider": "openai", "latency_ms": 1500.0, "ttft_ms": 500.0,
        "team": "search", "user_id": "user-1", "environment": "prod", "use_case": "chat", "session_id": "s0", "cache_hit": False, "batch": False,
        "origin": None, "attempt": 1, "status": "ok", "other_cost_usd": record["metadata"]["cost_breakdown"]["tool_usage_cost"],
    })  # fmt: skip


def test_a_spend_log_row_of_a_router_judge_or_shadow_is_overhead(database: Path, tmp_path: Path) -> None:
    origins = {
        "autorouter_classifier": "router", "autorouter_compaction": "router", "shadow_eval_router": "shadow", "shadow_eval_judge": "judge",
        "llm_as_a_judge_guardrail": "judge", "background_response_cost_poll": None, None: None,
    }  # fmt: skip
    records = []
    for number, origin in enumerate(origins):
        record = spend_log(random.Random(number), number) | {"request_id": str(number)}
        record["metadata"] |= {"internal_call_origin": origin}
        records.append(record)
    silent = spend_log(random.Random(9), 9) | {"request_id": "9"}
    silent["metadata"] |= {"is_silent_experiment": True}
    load_log(database, write_records(tmp_path, [*records, silent], "csv"))
    found = dict(open_store(database).rows("SELECT request_id, origin FROM requests"))
    assert [found[str(number)] for number in range(len(origins))] == list(origins.values())
    assert found["9"] == "shadow"
    assert open_store(database).rows("SELECT sum(requests)::BIGINT FROM rollup") == [(2,)]


def test_what_the_router_decided_is_kept_without_quoting_the_prompt(database: Path, tmp_path: Path) -> None:
    record = spend_log(random.Random(1), 0)
    record["metadata"]["routing_decision"] = {
        "routed_model": "small", "tier": "SIMPLE", "classifier_probabilities": {"SIMPLE": 0.9}, "signals": ["my secret words"],
        "matched_keyword": "my secret", "classifier_crux": "my secret",
    }  # fmt: skip
    row = one_row(database, tmp_path, record)
    assert '"tier":"SIMPLE"' in str(row["tags"])
    assert "secret" not in str(row["tags"])
    assert row["propensity"] is None


def test_observation_fields_and_units(database: Path, tmp_path: Path) -> None:
    record = observation(random.Random(3), 0) | {"type": "GENERATION", "level": "ERROR", "statusMessage": "overloaded"}
    row = one_row(database, tmp_path, record)
    check(row, {
        "timestamp": 1_790_812_800_000, "model": "gpt-4o", "latency_ms": 2250.0, "ttft_ms": 750.0, "status": "error", "error": "overloaded",
        "use_case": "qa", "team": "search", "user_id": "u1", "environment": "production", "session_id": "trace-0", "trace_id": "trace-0",
    })  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "expected"), [({"latency": 2.5, "timeToFirstToken": 0.5}, (2500, 500)), ({"latencyMs": 2500, "timeToFirstTokenMs": 500}, (2500, 500))]
)  # fmt: skip
def test_langfuse_latency_without_an_end_is_in_the_unit_of_its_name(
    stated: dict[str, float], expected: tuple[float, float], database: Path, tmp_path: Path
) -> None:
    record = observation(random.Random(3), 0) | {"type": "GENERATION", "latency": None, "timeToFirstToken": None}
    record |= {"endTime": None, "completionStartTime": None} | stated
    row = one_row(database, tmp_path, record)
    assert (row["latency_ms"], row["ttft_ms"]) == expected


def test_helicone_fields_and_units(database: Path, tmp_path: Path) -> None:
    record = helicone_row(random.Random(1), 0) | {"response_status": 429, "cache_reference_id": "2f1c", "costUSD": 0.5}
    row = one_row(database, tmp_path, record)
    check(row, {
        "timestamp": 1_790_812_800_000, "latency_ms": 1000.0, "ttft_ms": 200.0, "cost_usd": 0.5, "status": "error", "error": "HTTP 429",
        "cache_hit": True, "environment": "production", "session_id": "s1", "user_id": "u1",
    })  # fmt: skip


def test_portkey_fields_and_units(database: Path, tmp_path: Path) -> None:
    record = portkey_row(random.Random(1), 0) | {
        "cost": 12.5,
        "retry_success_count": 2,
        "is_success": 1,
        "cache_status": "SEMANTIC HIT",
    }
    del record["id"]
    row = one_row(database, tmp_path, record)
    check(row, {
        "cost_usd": 0.125, "attempt": 3, "latency_ms": 812.0, "cache_hit": True, "environment": "production", "user_id": "u1", "status": "ok",
    })  # fmt: skip
    assert load_log(database, write_records(tmp_path, [record], "jsonl")).duplicates == 1


def test_a_time_without_a_column_is_in_the_uuid(database: Path, tmp_path: Path) -> None:
    record = SAMPLES["tensorzero"].make(random.Random(1), 5)
    assert one_row(database, tmp_path, record)["timestamp"] == 1_790_812_805_000


@pytest.mark.parametrize("number", [1_790_812_800, 1_790_812_800.0, 1_790_812_800_000, "1790812800000000", iso(0)])
def test_times_tell_their_unit(number: object, database: Path, tmp_path: Path) -> None:
    record = helicone_row(random.Random(1), 0) | {"request_created_at": number}
    assert one_row(database, tmp_path, record)["timestamp"] == 1_790_812_800_000


def test_totals_of_a_day_are_no_requests(database: Path, tmp_path: Path) -> None:
    day = {"date": "2026-10-01", "model": "openai/gpt-4o", "model_permaslug": "openai/gpt-4o", "endpoint_id": "e", "provider_name": "OpenAI", "requests": "12",
           "prompt_tokens": "100", "completion_tokens": "5", "reasoning_tokens": "0", "cached_tokens": 0, "usage": 0.5, "byok_usage_inference": 0}  # fmt: skip
    with pytest.raises(
        LoadError, match=r"totals per day, not requests.*Reconciliation page \(or with `routecast invoice`\)"
    ):
        load_log(database, write_records(tmp_path, [day], "wrapped.json"))
    assert not database.exists()


def test_one_object_over_several_lines_is_a_record(database: Path, tmp_path: Path) -> None:
    import json

    record = SAMPLES["openrouter"].make(random.Random(1), 0)
    file = tmp_path / "generation.json"
    file.write_text(json.dumps({"data": record}, indent=2))
    assert load_log(database, file).loaded == 1
    file.write_text(json.dumps(record, indent=2))
    assert load_log(database, file).duplicates == 1


def test_money_in_another_unit_is_noticed(database: Path, tmp_path: Path) -> None:
    records = [helicone_row(random.Random(number), number) for number in range(5)]
    dear = [one | {"cost": one["cost"] * 1e9} for one in records]
    assert "is the money in USD?" in load_log(database, write_records(tmp_path, dear, "jsonl")).warnings[0]
    other = tmp_path / "other.duckdb"
    assert load_log(other, write_records(tmp_path, records, "jsonl")).warnings == []


def test_rows_that_a_real_gateway_wrote(database: Path) -> None:
    """`metadata` is JSON inside a string there; see samples/README.md."""
    import gzip
    import json

    file = Path(__file__).parent / "samples" / "litellm_spend_logs.jsonl.gz"
    records = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    expected = []
    for one in records:
        used = json.loads(one["metadata"])["additional_usage_values"]
        read = (used.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        thought = (used.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
        expected.append(
            Expected(one["request_id"], one["prompt_tokens"], one["completion_tokens"], read, 0, thought, one["spend"])
        )
    result = load_log(database, file)
    assert (result.format, result.loaded, result.rejected, result.warnings) == ("litellm-spend", 30, 0, [])
    store = open_store(database)
    agree(store, expected)
    assert sum(one.cache_read_tokens for one in expected) > 0
    hits = sum(one["cache_hit"] == "True" for one in records)
    assert store.rows("SELECT sum(cache_hits)::BIGINT, sum(zero_billed)::BIGINT FROM rollup") == [(hits, 0)]
    # Its own price table and ours agree: what it billed is list price.
    assert store.rows("SELECT sum(list_cost_usd) / sum(billed_cost_usd) FROM rollup")[0][0] == pytest.approx(
        1, rel=1e-9
    )
    streamed = store.rows("SELECT count(*) FROM requests WHERE ttft_ms IS NOT NULL")[0][0]
    assert streamed == sum(one["completionStartTime"] != one["endTime"] for one in records)
