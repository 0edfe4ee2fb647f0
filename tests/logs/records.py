"""Records as gateways export them, made by their documented schemas, and what each says, worked out in plain Python.

Per format: `make(random, number)` gives a record, `expect(record)` its tokens and dollars, computed from the schema's own
words and never by the adapter's expressions.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Record = dict[str, Any]
START = datetime(2026, 10, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Expected:
    """What one call used and cost; None is unknown."""

    request_id: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True)
class Sample:
    """A format's records and their meaning; None means that the record is no call."""

    make: Callable[[random.Random, int], Record]
    expect: Callable[[Record], Expected | None]


def iso(number: int, seconds: float = 0.0, zone: str = "Z") -> str:
    return (START + timedelta(seconds=37 * number + seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + zone


def spend_log(draw: random.Random, number: int) -> Record:
    prompt, answer = draw.randint(20, 4000), draw.randint(0, 900)
    read = draw.choice([0, 0, prompt // 2])
    reasoning = draw.choice([0, answer // 3])
    tool = draw.choice([0.0, 0.01])
    hit = draw.random() < 0.1
    return {
        "request_id": f"chatcmpl-{number}" + (f"_cache_hit{1759300000 + number}.25" if hit else ""),
        "call_type": draw.choice(["acompletion", "aembedding", "anthropic_messages"]),
        "api_key": "hash", "spend": 0.0 if hit else round(prompt * 1.5e-7 + answer * 6e-7 + tool, 12),
        "total_tokens": prompt + answer, "prompt_tokens": prompt, "completion_tokens": answer,
        "startTime": iso(number), "endTime": iso(number, 1.5), "request_duration_ms": 1500, "completionStartTime": iso(number, 0.5),
        "model": "openai/gpt-4o-mini", "model_id": "m", "model_group": "small", "custom_llm_provider": "openai", "user": "u1",
        "metadata": {
            "status": "success", "user_api_key_team_alias": "search", "attempted_retries": 0,
            "additional_usage_values": {"prompt_tokens_details": {"cached_tokens": read}, **({"cache_read_input_tokens": read} if read else {})},
            "usage_object": {"completion_tokens_details": {"reasoning_tokens": reasoning}, "prompt_tokens_details": None},
            "cost_breakdown": {"tool_usage_cost": tool, "input_cost": 0.1},
        },
        "cache_hit": str(hit), "request_tags": ["env:prod", "task:chat"], "team_id": "t1", "end_user": "user-1", "session_id": f"s{number % 7}",
        "status": "success", "litellm_call_id": f"call-{number}", "messages": {}, "response": {},
    }  # fmt: skip


def spend_log_expected(row: Record) -> Expected:
    used = row["metadata"]
    read = (used["additional_usage_values"].get("prompt_tokens_details") or {}).get("cached_tokens", 0)
    reasoning = used["usage_object"]["completion_tokens_details"]["reasoning_tokens"]
    return Expected(row["request_id"], row["prompt_tokens"], row["completion_tokens"], read, 0, reasoning, row["spend"])


def observation(draw: random.Random, number: int) -> Record:
    usage = {"input": draw.randint(1, 3000), "output": draw.randint(1, 800)}
    usage |= draw.choice([
        {}, {"input_cached_tokens": 700}, {"input_cache_creation_5m": 50, "input_cache_creation_1h": 9, "input_cached_tokens": 11},
        {"cache_read_input_tokens": 40, "cache_creation_input_tokens": 30}, {"input_audio_tokens": 13, "output_audio_tokens": 5},
        {"output_reasoning_tokens": 123}, {"input_cache_read": 8, "input_cache_creation": 4},
    ])  # fmt: skip
    usage["total"] = sum(usage.values())
    kind = draw.choice(["GENERATION", "GENERATION", "EMBEDDING", "AGENT", "SPAN"])
    cost = {"input": usage["input"] * 1e-6, "output": usage["output"] * 4e-6}
    failed = draw.random() < 0.1
    return {
        "id": f"obs-{number}", "traceId": f"trace-{number // 3}", "type": kind, "name": "answer", "startTime": iso(number),
        "endTime": iso(number, 2.25), "completionStartTime": iso(number, 0.75), "latency": 2.25, "timeToFirstToken": 0.75,
        "providedModelName": "gpt-4o", "internalModelId": None, "usageDetails": usage, "level": "ERROR" if failed else "DEFAULT",
        "statusMessage": "overloaded" if failed else None, "costDetails": cost | {"total": sum(cost.values())}, "totalCost": sum(cost.values()),
        "environment": "production", "userId": "u1", "sessionId": None, "traceName": "qa", "tags": ["a"], "metadata": {"team": "search"},
    }  # fmt: skip


def observation_expected(row: Record) -> Expected | None:
    if row["type"] not in ("GENERATION", "EMBEDDING"):
        return None
    usage = row["usageDetails"]
    read = sum(usage.get(key, 0) for key in ("input_cached_tokens", "cache_read_input_tokens", "input_cache_read"))
    written = sum(
        usage.get(key, 0)
        for key in ("input_cache_creation_5m", "input_cache_creation_1h", "cache_creation_input_tokens", "input_cache_creation")
    )  # fmt: skip
    thought = usage.get("output_reasoning_tokens", 0)
    return Expected(
        row["id"], usage["input"] + usage.get("input_audio_tokens", 0) + read + written,
        usage["output"] + usage.get("output_audio_tokens", 0) + thought, read, written, thought, row["totalCost"],
    )  # fmt: skip


SNAKE = {
    "traceId": "trace_id", "startTime": "start_time", "endTime": "end_time", "completionStartTime": "completion_start_time",
    "timeToFirstToken": "time_to_first_token", "providedModelName": "provided_model_name", "internalModelId": "internal_model_id",
    "usageDetails": "usage_details", "statusMessage": "status_message", "costDetails": "cost_details", "totalCost": "total_cost",
    "userId": "user_id", "sessionId": "session_id", "traceName": "trace_name",
}  # fmt: skip


def exported(draw: random.Random, number: int) -> Record:
    return {SNAKE.get(key, key): value for key, value in observation(draw, number).items()}


def exported_expected(row: Record) -> Expected | None:
    camel = {snake: key for key, snake in SNAKE.items()}
    return observation_expected({camel.get(key, key): value for key, value in row.items()})


def helicone_row(draw: random.Random, number: int) -> Record:
    provider, model = draw.choice(
        [("OPENAI", "gpt-4o"), ("ANTHROPIC", "claude-sonnet-4-5"), ("BEDROCK", "anthropic.claude-haiku-4-5-v1:0")]
    )
    prompt, answer = draw.randint(100, 3000), draw.randint(1, 500)
    return {
        "request_id": f"h-{number}", "response_id": f"r-{number}", "request_created_at": iso(number), "response_created_at": iso(number, 1),
        "response_status": draw.choice([200, 200, 200, 429]), "request_model": model, "response_model": model, "provider": provider,
        "prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer,
        "prompt_cache_read_tokens": draw.choice([0, 60]), "prompt_cache_write_tokens": draw.choice([0, 25]),
        "delay_ms": 1000, "time_to_first_token": 200, "cost": prompt * 2e-6 + answer * 8e-6, "request_user_id": "u1",
        "request_properties": {"Environment": "production", "Helicone-Session-Id": "s1"}, "cache_reference_id": None,
    }  # fmt: skip


def helicone_expected(row: Record) -> Expected:
    read, written = row["prompt_cache_read_tokens"], row["prompt_cache_write_tokens"]
    apart = 0 if row["provider"] == "OPENAI" else read + written
    return Expected(
        row["request_id"], row["prompt_tokens"] + apart, row["completion_tokens"], read, written, 0, row["cost"]
    )


def openrouter_generation(draw: random.Random, number: int) -> Record:
    prompt, answer = draw.randint(10, 3000), draw.randint(1, 500)
    own = draw.random() < 0.2
    return {
        "id": f"gen-{number}", "created_at": iso(number), "model": "anthropic/claude-sonnet-4.5", "provider_name": "Anthropic",
        "tokens_prompt": prompt + 7, "tokens_completion": answer + 3, "native_tokens_prompt": prompt, "native_tokens_completion": answer,
        "native_tokens_reasoning": answer // 2, "native_tokens_cached": draw.choice([0, 9, prompt + 50]),
        "total_cost": 0.0001 if own else prompt * 3e-6, "usage": 0.0001 if own else prompt * 3e-6, "is_byok": own,
        "upstream_inference_cost": 0.0042 if own else None, "cache_discount": None, "latency": 300, "generation_time": 1200,
        "finish_reason": "stop", "cancelled": False, "streamed": True, "origin": "https://example.org/",
    }  # fmt: skip


def openrouter_generation_expected(row: Record) -> Expected:
    cost = row["total_cost"] + (row["upstream_inference_cost"] if row["is_byok"] else 0)
    cached = min(row["native_tokens_cached"], row["native_tokens_prompt"])
    return Expected(
        row["id"], row["native_tokens_prompt"], row["native_tokens_completion"], cached, 0, row["native_tokens_reasoning"], cost
    )  # fmt: skip


def openrouter_activity(draw: random.Random, number: int) -> Record:
    prompt, answer = draw.randint(10, 3000), draw.randint(1, 500)
    search = draw.choice([0.0, 0.02])
    return {
        "generation_id": f"gen-{number}", "created_at": iso(number), "cost_total": prompt * 3e-6 + search, "cost_web_search": search, "cost_cache": 0.0,
        "cost_file_processing": 0.0, "byok_usage_inference": 0.0, "tokens_prompt": prompt, "tokens_completion": answer, "tokens_reasoning": answer // 4,
        "tokens_cached": draw.choice([0, 9, prompt + 50]), "model_permaslug": "openai/gpt-4o", "provider_name": "OpenAI",
        "finish_reason_normalized": "stop", "generation_time_ms": 900, "time_to_first_token_ms": 250,
    }  # fmt: skip


def openrouter_activity_expected(row: Record) -> Expected:
    cached = min(row["tokens_cached"], row["tokens_prompt"])
    return Expected(
        row["generation_id"], row["tokens_prompt"], row["tokens_completion"], cached, 0, row["tokens_reasoning"], row["cost_total"]
    )  # fmt: skip


def portkey_row(draw: random.Random, number: int) -> Record:
    ask, answer = draw.randint(10, 3000), draw.randint(1, 500)
    return {
        "id": f"p-{number}", "created_at": iso(number), "is_success": draw.choice([1, 1, 1, 0]), "ai_org": "openai", "ai_model": "gpt-4o",
        "req_units": ask, "res_units": answer, "total_units": ask + answer, "cost": ask * 2.5e-4 + answer * 1e-3, "cost_currency": "USD",
        "response_status_code": 200, "response_time": 812, "cache_status": "MISS", "retry_success_count": 0, "trace_id": f"t{number}",
        "mode": "SINGLE", "metadata": {"_user": "u1", "environment": "production"},
    }  # fmt: skip


def portkey_expected(row: Record) -> Expected:
    return Expected(row["id"], row["req_units"], row["res_units"], cost_usd=row["cost"] / 100)


def inference(draw: random.Random, number: int) -> Record:
    asked, answer = draw.randint(10, 3000), draw.randint(1, 500)
    provider = draw.choice(["openai", "anthropic"])
    milliseconds = int((START + timedelta(seconds=number)).timestamp() * 1000)
    return {
        "id": f"{milliseconds:012x}"[:8] + "-" + f"{milliseconds:012x}"[8:] + f"-7abc-8def-{number:012x}", "inference_id": f"i-{number}",
        "model_name": "gpt-4o" if provider == "openai" else "claude-sonnet-4-5", "model_provider_name": provider, "input_tokens": asked,
        "output_tokens": answer, "provider_cache_read_input_tokens": draw.choice([None, 0, 10]), "cost": draw.choice([None, "0.0123"]),
        "response_time_ms": 700, "ttft_ms": 100, "finish_reason": "stop", "cached": False,
    }  # fmt: skip


def inference_expected(row: Record) -> Expected:
    read = row["provider_cache_read_input_tokens"] or 0
    extra = read if row["model_provider_name"] == "anthropic" else 0
    cost = None if row["cost"] is None else float(row["cost"])
    return Expected(row["id"], row["input_tokens"] + extra, row["output_tokens"], read, 0, 0, cost)


SAMPLES: dict[str, Sample] = {
    "litellm-spend": Sample(spend_log, spend_log_expected),
    "langfuse": Sample(observation, observation_expected),
    "langfuse-export": Sample(exported, exported_expected),
    "helicone": Sample(helicone_row, helicone_expected),
    "openrouter": Sample(openrouter_generation, openrouter_generation_expected),
    "openrouter-activity": Sample(openrouter_activity, openrouter_activity_expected),
    "portkey": Sample(portkey_row, portkey_expected),
    "tensorzero": Sample(inference, inference_expected),
}
