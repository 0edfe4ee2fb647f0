"""LiteLLM's StandardLoggingPayload: every record and the total, against plain Python over the raw records."""

import json
import math
from pathlib import Path

import pytest

from analytics import settings
from analytics.logs import load_log
from analytics.store import open_store

REAL_LOG = settings.home.parent / "shared" / "data" / "litellm_log.jsonl"


def record(number: int, **changes: object) -> dict[str, object]:
    """A payload as the gateway writes it, reduced to what tells something."""
    return {
        "id": f"chatcmpl-{number}",
        "litellm_call_id": f"call-{number}",
        "trace_id": "trace-1",
        "session_id": "",
        "startTime": 1_790_000_000.25 + number,
        "endTime": 1_790_000_001.0 + number,
        "completionStartTime": 1_790_000_000.5 + number,
        "response_time": 0.75,
        "stream": True,
        "model": "openai/gpt-4o-mini",
        "custom_llm_provider": "openai",
        "status": "success",
        "prompt_tokens": 137,
        "completion_tokens": 20,
        "response_cost": 0.0000234,
        "end_user": "user-1",
        "request_tags": ["chat", "env:prod"],
        "messages": [{"role": "user", "content": "hello"}],
        "metadata": {
            "user_api_key_team_alias": "search",
            "requester_metadata": {"use_case": "chat", "session_id": "s1"},
            "usage_object": {
                "prompt_tokens_details": {"cached_tokens": 128},
                "completion_tokens_details": {"reasoning_tokens": 5},
            },
        },
    } | changes


def write(file: Path, *records: dict[str, object]) -> Path:
    file.write_text("\n".join(json.dumps(one) for one in records), encoding="utf-8")
    return file


def test_fields_and_units(database: Path, tmp_path: Path) -> None:
    result = load_log(database, write(tmp_path / "log.jsonl", record(1)))
    assert (result.format, result.loaded) == ("litellm", 1)
    row = open_store(database).frame("SELECT * REPLACE (epoch_ms(timestamp) AS timestamp) FROM requests").to_dicts()[0]
    expected = {
        "request_id": "chatcmpl-1",
        "timestamp": 1_790_000_001_250,
        "model": "gpt-4o-mini",
        "model_logged": "openai/gpt-4o-mini",
        "provider": "openai",
        "input_tokens": 137,
        "output_tokens": 20,
        "cache_read_tokens": 128,
        "reasoning_tokens": 5,
        "latency_ms": 750.0,
        "ttft_ms": 250.0,
        "cost_usd": 0.0000234,
        "status": "ok",
        "use_case": "chat",
        "team": "search",
        "user_id": "user-1",
        "environment": "prod",
        "session_id": "s1",
        "prompt": None,
    }
    assert {name: row[name] for name in expected} == expected
    list_price = (137 - 128) * 0.15e-6 + 128 * 0.075e-6 + 20 * 0.6e-6
    assert row["list_cost_usd"] == pytest.approx(list_price, rel=1e-12)


def test_a_retry_is_an_attempt_of_the_same_request(database: Path, tmp_path: Path) -> None:
    failed = record(
        1,
        id="failed",
        status="failure",
        response_cost=0.0,
        prompt_tokens=0,
        completion_tokens=0,
        error_str="Overloaded",
        metadata={},
    )
    answered = record(2, litellm_call_id="call-1")
    load_log(database, write(tmp_path / "log.jsonl", failed, answered))
    sums = "sum(requests)::BIGINT, sum(attempts)::BIGINT, sum(failed_requests)::BIGINT, sum(failed_attempts)::BIGINT, sum(zero_billed)::BIGINT"
    assert open_store(database).rows(f"SELECT {sums} FROM rollup") == [(1, 2, 0, 1, 0)]


@pytest.mark.skipif(not REAL_LOG.exists(), reason="the real gateway log is not beside this checkout")
def test_a_real_gateway_log_is_accounted_for(database: Path) -> None:
    records = [json.loads(line) for line in REAL_LOG.read_text(encoding="utf-8").splitlines()]
    result = load_log(database, REAL_LOG)
    assert (result.read, result.loaded, result.rejected, result.unpriced) == (len(records), len(records), 0, {})
    store = open_store(database)
    found = {
        row[0]: row[1:] for row in store.rows("SELECT request_id, cost_usd, input_tokens, output_tokens FROM requests")
    }
    for one in records:
        cost, tokens_in, tokens_out = found[one["id"]]
        assert math.isclose(cost, one["response_cost"], rel_tol=1e-9, abs_tol=0.0)
        assert (tokens_in, tokens_out) == (one["prompt_tokens"], one["completion_tokens"])
    total = store.rows(
        "SELECT sum(billed_cost_usd), sum(requests)::BIGINT, sum(attempts)::BIGINT, sum(zero_billed)::BIGINT FROM rollup"
    )[0]
    assert math.isclose(total[0], math.fsum(one["response_cost"] for one in records), rel_tol=1e-9)
    assert total[1:3] == (len({one["litellm_call_id"] for one in records}), len(records))
    assert total[3] == sum(one["response_cost"] == 0 and one["status"] == "success" for one in records)
    assert load_log(database, REAL_LOG).loaded == 0
