"""Traps in reading logs, those of the cost and of what is shown are in tests/audit/test_pitfalls.py; every test fails without its guard."""

import random
from pathlib import Path
from typing import Any

import pytest

from analytics.logs import load_log
from analytics.store import Store, open_store
from tests.conftest import WriteCsv
from tests.logs.containers import write_records
from tests.logs.records import (
    helicone_row,
    iso,
    observation,
    openrouter_activity,
    openrouter_generation,
    portkey_row,
    spend_log,
)

# USD per token: gpt-4o 2.5, 1.25 cached, 10 out; claude-sonnet-4-5 3, 0.3 cached, 3.75 written, 15 out, per million.
IN, CACHED, OUT = 2.5e-6, 1.25e-6, 10e-6


def loaded(database: Path, folder: Path, *records: dict[str, Any], container: str = "jsonl") -> Store:
    load_log(database, write_records(folder, list(records), container))
    return open_store(database)


def generation(number: int = 0, **changes: object) -> dict[str, Any]:
    """A Langfuse generation with 1,000 input tokens, 800 of them cached, and 100 output tokens."""
    usage = {"input": 200, "input_cached_tokens": 800, "output": 100, "total": 1100}
    made = observation(random.Random(1), number)
    return made | {"id": f"g{number}", "type": "GENERATION", "level": "DEFAULT", "usageDetails": usage} | changes


def test_trap_1_cached_tokens_are_not_counted_twice_and_keep_their_discount(database: Path, tmp_path: Path) -> None:
    """Disjoint buckets are added up, totals are left alone, and the cache has its own rate."""
    store = loaded(database, tmp_path, generation())
    assert store.rows("SELECT input_tokens, cache_read_tokens, list_cost_usd FROM requests") == [
        (1000, 800, pytest.approx(200 * IN + 800 * CACHED + 100 * OUT, rel=1e-12))
    ]
    gateway = helicone_row(random.Random(1), 1) | {
        "request_model": "gpt-4o", "response_model": "gpt-4o", "provider": "OPENAI", "prompt_tokens": 1000, "completion_tokens": 100,
        "prompt_cache_read_tokens": 800, "prompt_cache_write_tokens": 0,
    }  # fmt: skip
    claude = gateway | {
        "request_id": "c",
        "provider": "ANTHROPIC",
        "response_model": "claude-sonnet-4-5",
        "prompt_tokens": 200,
    }
    store = loaded(tmp_path / "other.duckdb", tmp_path, gateway, claude)
    assert store.rows("SELECT input_tokens, cache_read_tokens, list_cost_usd FROM requests ORDER BY list_cost_usd") == [
        (1000, 800, pytest.approx(200 * 3e-6 + 800 * 0.3e-6 + 100 * 15e-6, rel=1e-12)),
        (1000, 800, pytest.approx(200 * IN + 800 * CACHED + 100 * OUT, rel=1e-12)),
    ]


def test_trap_1_totals_in_place_of_buckets_are_told_by_their_sum(database: Path, tmp_path: Path) -> None:
    """An integration that wrote totals into Langfuse's disjoint buckets: input + output is already the total."""
    usage = {"input": 1000, "input_cached_tokens": 800, "output": 100, "output_reasoning_tokens": 40, "total": 1100}
    store = loaded(database, tmp_path, generation(usageDetails=usage))
    found = store.rows("SELECT input_tokens, cache_read_tokens, output_tokens, reasoning_tokens FROM requests")
    assert found == [(1000, 800, 100, 40)]


def test_trap_1_more_cached_than_prompt_tokens_are_no_tokens_of_the_request(database: Path, tmp_path: Path) -> None:
    """OpenRouter's replayed cache."""
    row = openrouter_activity(random.Random(1), 1) | {"tokens_prompt": 100, "tokens_cached": 900}
    generated = openrouter_generation(random.Random(1), 2) | {"native_tokens_prompt": 100, "native_tokens_cached": 900}
    for number, record in enumerate((row, generated)):
        store = loaded(tmp_path / f"{number}.duckdb", tmp_path, record)
        assert store.rows("SELECT input_tokens, cache_read_tokens FROM requests") == [(100, 100)]


def test_trap_3_a_usage_without_a_price_is_unknown_not_free(database: Path, tmp_path: Path) -> None:
    """Langfuse writes 0 where it knows no price: the bill is unknown, and so is the list price of such a model."""
    unpriced = generation(providedModelName="our-own-model", costDetails={}, totalCost=0)
    free = generation(1, costDetails={"total": 0.0}, totalCost=0)
    store = loaded(database, tmp_path, unpriced, free)
    assert store.rows("SELECT cost_usd, list_cost_usd IS NULL FROM requests ORDER BY request_id") == [
        (None, True),
        (0.0, False),
    ]
    assert store.rows("SELECT sum(billed_known)::BIGINT, sum(unpriced)::BIGINT FROM rollup") == [(1, 1)]


def test_trap_4_reasoning_is_neither_added_twice_nor_lost(database: Path, tmp_path: Path) -> None:
    """A subset of LiteLLM's output, a bucket of its own in Langfuse, and never more than the output."""
    row = spend_log(random.Random(1), 1) | {
        "request_id": "a",
        "completion_tokens": 100,
        "model": "gpt-4o",
        "prompt_tokens": 0,
        "cache_hit": "False",
    }
    row["metadata"] = {"usage_object": {"completion_tokens_details": {"reasoning_tokens": 60}}}
    store = loaded(database, tmp_path, row)
    assert store.rows("SELECT output_tokens, reasoning_tokens, list_cost_usd FROM requests") == [
        (100, 60, pytest.approx(100 * OUT))
    ]
    usage = {"input": 0, "output": 40, "output_reasoning_tokens": 60, "total": 100}
    store = loaded(tmp_path / "other.duckdb", tmp_path, generation(usageDetails=usage))
    assert store.rows("SELECT output_tokens, reasoning_tokens, list_cost_usd FROM requests") == [
        (100, 60, pytest.approx(100 * OUT))
    ]
    wrong = row | {"request_id": "b", "completion_tokens": 50}
    result = load_log(database, write_records(tmp_path, [row | {"request_id": "c"}, wrong], "jsonl"))
    assert [one.reason for one in result.rejections] == ["reasoning_tokens exceed output_tokens"]


def test_trap_5_a_long_context_changes_the_rate_of_the_whole_request(database: Path, write_csv: WriteCsv) -> None:
    """Strictly above the limit, cached input counted, and not only for the surplus (claude-sonnet-4-5: 200,000)."""
    load_log(database, write_csv(
        "a,2026-10-01,claude-sonnet-4-5,200000,0,0", "b,2026-10-01,claude-sonnet-4-5,200001,0,0", "c,2026-10-01,claude-sonnet-4-5,200001,0,100000",
        more="cache_read_tokens",
    ))  # fmt: skip
    found = [row[0] for row in open_store(database).rows("SELECT list_cost_usd FROM requests ORDER BY request_id")]
    assert found == pytest.approx([200_000 * 3e-6, 200_001 * 6e-6, 100_001 * 6e-6 + 100_000 * 0.6e-6], rel=1e-12)


def test_trap_6_a_batch_gets_its_discount(database: Path, tmp_path: Path) -> None:
    """`<batch>_batch_cost` rows are priced as batches."""
    row = spend_log(random.Random(1), 1) | {
        "model": "gpt-4o",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "cache_hit": "False",
        "metadata": {},
    }
    batch = row | {"request_id": "batch_1_batch_cost", "call_type": "aretrieve_batch", "spend": 0.001}
    plain = row | {"request_id": "plain"}
    store = loaded(database, tmp_path, batch, plain)
    costs = dict(store.rows("SELECT batch, list_cost_usd FROM requests"))
    assert costs[True] == pytest.approx(costs[False] / 2)
    assert costs[False] == pytest.approx(1000 * IN + 100 * OUT)


def payload(number: int, **changes: object) -> dict[str, Any]:
    """A LiteLLM standard payload with 1,000 input and 100 output tokens."""
    return {
        "id": f"c{number}", "litellm_call_id": f"call-{number}", "call_type": "acompletion", "startTime": 1_790_000_000.0 + number, "response_time": 1.0,
        "model": "gpt-4o", "custom_llm_provider": "openai", "status": "success", "prompt_tokens": 1000, "completion_tokens": 100, "response_cost": 0.0035,
        "metadata": {},
    } | changes  # fmt: skip


def test_trap_6_a_batch_is_not_billed_each_time_it_is_fetched(database: Path, tmp_path: Path) -> None:
    """The same batch, logged at every poll: before it is done it costs nothing and is no call, afterwards it costs once."""
    polls = [
        payload(number, id="batch_1", litellm_call_id=f"poll-{number}", call_type="aretrieve_batch", response_cost=cost)
        for number, cost in enumerate([0.0, 0.01, 0.01])
    ]
    result = load_log(database, write_records(tmp_path, polls, "jsonl"))
    assert (result.ignored, result.loaded, result.duplicates, result.rejected) == (1, 1, 1, 0)
    assert open_store(database).rows("SELECT sum(billed_cost_usd) FROM rollup") == [(0.01,)]
    later = write_records(tmp_path, [polls[2] | {"startTime": 1_790_009_999.0}], "jsonl")
    assert load_log(database, later).duplicates == 1


def test_trap_7_attempts_are_no_requests_and_each_is_priced_at_its_own_model(database: Path, tmp_path: Path) -> None:
    """A failed call, a billed one that failed, and the fallback that answered: one request, three costs."""
    tries = [
        payload(1, litellm_call_id="one", id="a", status="failure", prompt_tokens=0, completion_tokens=0, response_cost=0.0),
        payload(2, litellm_call_id="one", id="b", status="failure", model="gpt-4o", completion_tokens=0, response_cost=0.0025),
        payload(3, litellm_call_id="one", id="c", model="gpt-4o-mini", response_cost=0.00021),
    ]  # fmt: skip
    store = loaded(database, tmp_path, *tries)
    sums = "sum(requests)::BIGINT, sum(attempts)::BIGINT, sum(failed_attempts)::BIGINT, sum(fallback_requests)::BIGINT, sum(list_cost_usd)"
    expected = 1000 * IN + 1000 * 0.15e-6 + 100 * 0.6e-6
    assert store.rows(f"SELECT {sums} FROM rollup") == [(1, 3, 2, 1, pytest.approx(expected))]
    assert store.rows("SELECT latency_ms FROM requests WHERE is_request") == [(1000.0,)]
    assert store.rows("SELECT request_latency_ms FROM requests WHERE is_request") == [(3000.0,)]


def test_trap_7_a_call_that_failed_without_usage_is_not_lost(database: Path, tmp_path: Path) -> None:
    """An error before the first token has no usage at all: it is a failed request of 0 tokens, not a missing one."""
    failed = generation(level="ERROR", usageDetails={}, costDetails={}, totalCost=None)
    store = loaded(database, tmp_path, failed, generation(1))
    assert store.rows("SELECT sum(requests)::BIGINT, sum(failed_requests)::BIGINT FROM rollup") == [(2, 1)]


def test_trap_8_an_answer_without_usage_is_refused_not_free(database: Path, tmp_path: Path) -> None:
    """A stream that ended without its usage: its tokens are unknown, and the row says so where all can see it."""
    result = load_log(database, write_records(tmp_path, [generation(), generation(1, usageDetails={})], "jsonl"))
    assert [one.reason for one in result.rejections] == ["input_tokens is missing"]


def test_trap_8_estimated_tokens_are_counted_apart(database: Path, write_csv: WriteCsv) -> None:
    """What somebody counted himself is marked."""
    load_log(database, write_csv("a,2026-10-01,gpt-4o,10,5,true", "b,2026-10-01,gpt-4o,10,5,", more="tokens_estimated"))
    assert open_store(database).rows("SELECT sum(estimated)::BIGINT FROM rollup") == [(1,)]


def test_trap_9_agents_and_chains_do_not_repeat_the_usage_of_their_calls(database: Path, tmp_path: Path) -> None:
    """Only generations and embeddings are calls."""
    parents = [generation(number, type=kind) for number, kind in enumerate(["AGENT", "CHAIN", "SPAN", "TOOL", "EVENT"])]
    result = load_log(database, write_records(tmp_path, [*parents, generation(9)], "jsonl"))
    assert (result.read, result.loaded, result.ignored) == (1, 1, 5)
    assert open_store(database).rows("SELECT sum(input_tokens) FROM rollup") == [(1000.0,)]


@pytest.mark.parametrize("spelling", [
    "openai/gpt-4o", "azure/gpt-4o-2024-08-06", "openrouter/openai/gpt-4o", "GPT-4o",
])  # fmt: skip
def test_trap_11_a_model_is_the_same_under_all_its_names(spelling: str, database: Path, tmp_path: Path) -> None:
    """Prefixes and dates go, the raw name is kept."""
    row = spend_log(random.Random(1), 1) | {
        "request_id": "a",
        "model": spelling,
        "cache_hit": "False",
        "custom_llm_provider": "",
    }
    store = loaded(database, tmp_path, row)
    assert store.rows("SELECT model, model_logged, list_cost_usd > 0 FROM requests") == [("gpt-4o", spelling, True)]


def test_trap_11_a_regional_profile_is_the_model_it_runs(database: Path, tmp_path: Path) -> None:
    """Regions and ARNs."""
    arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    row = helicone_row(random.Random(1), 1) | {
        "response_model": arn,
        "request_model": arn,
        "provider": "BEDROCK",
        "prompt_cache_read_tokens": 0,
    }
    assert loaded(database, tmp_path, row).rows("SELECT model, list_cost_usd > 0 FROM requests") == [
        ("claude-sonnet-4-5", True)
    ]


def test_trap_14_judges_routers_and_shadows_have_a_line_of_their_own(database: Path, tmp_path: Path) -> None:
    """Their cost is in the total, they are no requests, and no scenario pays for them as traffic."""
    records = [
        payload(number, metadata={"internal_call_origin": origin})
        for number, origin in enumerate([None, "autorouter_classifier", "shadow_eval_judge"])
    ]
    store = loaded(database, tmp_path, *records, payload(3, metadata={"is_silent_experiment": True}))
    assert store.rows("SELECT origin, sum(requests)::BIGINT, sum(billed_cost_usd) FROM rollup GROUP BY 1 ORDER BY 1 NULLS FIRST") == [
        (None, 1, 0.0035), ("judge", 0, 0.0035), ("router", 0, 0.0035), ("shadow", 0, 0.0035),
    ]  # fmt: skip
    assert store.rows("SELECT sum(attempts)::BIGINT FROM classes") == [(1,)]


def test_trap_14_the_cost_of_the_classifier_is_not_added_to_the_request_it_routed(
    database: Path, tmp_path: Path
) -> None:
    """The classifier's call has its own row; the decision only repeats what it cost."""
    decided = payload(1, metadata={"routing_decision": {"routed_model": "gpt-4o", "classifier_cost": 0.5}})
    assert loaded(database, tmp_path, decided).rows("SELECT sum(billed_cost_usd), sum(list_cost_usd) FROM rollup") == [
        (0.0035, pytest.approx(0.0035))
    ]


def test_trap_15_cents_are_not_dollars(database: Path, tmp_path: Path) -> None:
    """Portkey counts in cents."""
    row = portkey_row(random.Random(1), 1) | {"req_units": 1000, "res_units": 100, "cost": 0.35}
    result = load_log(database, write_records(tmp_path, [row], "jsonl"))
    assert result.warnings == []
    assert open_store(database).rows("SELECT cost_usd, list_cost_usd FROM requests") == [
        (pytest.approx(0.0035), pytest.approx(0.0035))
    ]


def test_trap_15_money_of_another_currency_is_unknown(database: Path, tmp_path: Path) -> None:
    """Euros are not added to dollars."""
    row = portkey_row(random.Random(1), 1) | {"cost_currency": "EUR"}
    assert loaded(database, tmp_path, row).rows("SELECT cost_usd FROM requests") == [(None,)]


def test_trap_15_seconds_are_not_milliseconds(database: Path, tmp_path: Path) -> None:
    """The same call timed by three sources: 2.25 seconds."""
    sources = [
        generation(),
        payload(1, response_time=2.25),
        helicone_row(random.Random(1), 1) | {"delay_ms": 2250},
    ]  # fmt: skip
    for number, record in enumerate(sources):
        store = loaded(tmp_path / f"{number}.duckdb", tmp_path, record)
        assert store.rows("SELECT latency_ms FROM requests") == [(2250.0,)]


def test_trap_16_what_a_cancelled_stream_cost_is_counted(database: Path, tmp_path: Path) -> None:
    """It is billed: an error with its tokens and its cost."""
    row = openrouter_generation(random.Random(1), 1) | {"cancelled": True, "is_byok": False, "total_cost": 0.01}
    assert loaded(database, tmp_path, row).rows(
        "SELECT sum(failed_requests)::BIGINT, sum(billed_cost_usd), sum(failed_cost_usd) > 0 FROM rollup"
    ) == [(1, 0.01, True)]


def test_trap_17_tools_and_web_search_are_in_the_total_and_apart(database: Path, tmp_path: Path) -> None:
    """The list price of a call is its tokens and what else was paid for."""
    spend = spend_log(random.Random(1), 1) | {
        "request_id": "a",
        "model": "gpt-4o",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "cache_hit": "False",
    }
    spend["metadata"] = {"cost_breakdown": {"tool_usage_cost": 0.01, "guardrail_cost": 0.002}}
    search = openrouter_activity(random.Random(1), 1) | {
        "tokens_prompt": 1000, "tokens_completion": 100, "tokens_cached": 0, "cost_web_search": 0.008, "cost_file_processing": 0.004,
    }  # fmt: skip
    for number, record in enumerate((spend, payload(1, cost_breakdown={"tool_usage_cost": 0.012}), search)):
        store = loaded(tmp_path / f"{number}.duckdb", tmp_path, record)
        assert store.rows("SELECT sum(other_cost_usd), sum(list_cost_usd) FROM rollup") == [
            (pytest.approx(0.012), pytest.approx(0.0035 + 0.012))
        ]


def test_trap_17_the_gateways_own_cache_answers_for_nothing(database: Path, tmp_path: Path) -> None:
    """`cache_hit` is the text "True" in SpendLogs, and its row has an id of its own: no cost, and no forgotten bill."""
    row = spend_log(random.Random(1), 1) | {
        "model": "gpt-4o",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "metadata": {},
    }
    hit = row | {
        "request_id": "a_cache_hit1759300000.1",
        "litellm_call_id": "another",
        "cache_hit": "True",
        "spend": 0.0,
    }
    store = loaded(database, tmp_path, row | {"request_id": "a", "cache_hit": "False", "spend": 0.0035}, hit)
    sums = "sum(requests)::BIGINT, sum(cache_hits)::BIGINT, sum(zero_billed)::BIGINT, sum(list_cost_usd)"
    assert store.rows(f"SELECT {sums} FROM rollup") == [(2, 1, 0, pytest.approx(0.0035))]


def test_trap_10_times_are_instants_whatever_zone_they_are_written_in(database: Path, tmp_path: Path) -> None:
    """The same instant with an offset, in UTC without one, and as a number."""
    rows = [
        helicone_row(random.Random(1), number) | {"request_created_at": at}
        for number, at in enumerate(["2026-10-01T05:30:00+05:30", "2026-10-01 00:00:00", 1_790_812_800, iso(0)])
    ]
    found = loaded(database, tmp_path, *rows).rows("SELECT epoch_ms(timestamp), count(*) FROM requests GROUP BY ALL")
    assert found == [(1_790_812_800_000, 4)]
