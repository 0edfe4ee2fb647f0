"""OpenTelemetry spans: every call and the sums against plain Python over the raw records; wrappers are not counted."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Span = dict[str, object]


def spans_of(file: Path) -> list[Span]:
    """The spans of an OTLP file in either spelling, attributes as a dict."""
    return [span for line in file.read_text(encoding="utf-8").splitlines() for span in _spans(json.loads(line))]


def _spans(request: dict[str, list]) -> Iterator[Span]:  # type: ignore[type-arg]
    for resource in request.get("resourceSpans") or request["resource_spans"]:
        for scope in resource.get("scopeSpans") or resource["scope_spans"]:
            for span in scope["spans"]:
                yield {
                    "id": span.get("spanId") or span["span_id"],
                    "parent": span.get("parentSpanId") or span.get("parent_span_id"),
                    "name": span["name"],
                    "status": span["status"].get("code"),
                    "start": int(span.get("startTimeUnixNano") or span["start_time_unix_nano"]),
                    "end": int(span.get("endTimeUnixNano") or span["end_time_unix_nano"]),
                    **{one["key"]: next(iter(one["value"].values())) for one in span.get("attributes", [])},
                }


def first(span: Span, *names: str) -> object:
    """The first of several attributes that the span has."""
    return next((span[name] for name in names if name in span), None)


def expected_calls(spans: list[Span]) -> dict[str, dict[str, object]]:
    """What must come out. The framework's span is known by its name: it stands around the client's."""
    expected = {}
    for span in spans:
        operation = first(span, "gen_ai.operation.name", "llm.request.type")
        wrapper = any(other["parent"] == span["id"] and other["name"] == "POST" for other in spans)
        if operation not in ("chat", "embeddings", "embedding") or wrapper:
            continue
        usage = "gen_ai.usage."
        failed = span["status"] in (2, "STATUS_CODE_ERROR")
        given = first(span, f"{usage}input_tokens", f"{usage}prompt_tokens")
        estimated = given is None and not failed
        cost = first(span, f"{usage}cost")
        expected[str(span["id"])] = {
            "model": first(span, "gen_ai.response.model", "gen_ai.request.model"),
            "input_tokens": -(-len(str(span["gen_ai.prompt.0.content"])) // 4) if estimated else int(str(given or 0)),
            "output_tokens": -(-len(str(span["gen_ai.completion.0.content"])) // 4)
            if estimated
            else int(str(first(span, f"{usage}output_tokens", f"{usage}completion_tokens") or 0)),
            "cache_read_tokens": int(str(first(span, f"{usage}cache_read.input_tokens", f"{usage}cache_read_input_tokens") or 0)),
            "cache_write_tokens": int(str(first(span, f"{usage}cache_write.input_tokens") or 0)),
            "reasoning_tokens": int(str(first(span, f"{usage}reasoning.output_tokens") or 0)),
            "tokens_estimated": estimated,
            "cost_usd": None if cost is None else float(str(cost)),
            "status": "error" if failed else "ok",
            "started_us": int(str(span["start"])) // 1000,
            "latency_ms": (int(str(span["end"])) - int(str(span["start"]))) / 1e6,
            "ttft_ms": 1000 * float(str(span["gen_ai.response.time_to_first_chunk"])) if "gen_ai.response.time_to_first_chunk" in span else None,
            "environment": "prod",
        }  # fmt: skip
    return expected


@pytest.mark.parametrize(("name", "calls", "others"), [("new", 45, 15), ("snake_case", 45, 15), ("old", 30, 0)])
def test_every_call_and_the_sums(
    name: str, calls: int, others: int, samples: Path, load_rows: Callable, agree: Callable
) -> None:  # type: ignore[type-arg]
    file = samples / "otel" / f"{name}.jsonl"
    result, rows = load_rows(file)
    assert (result.format, result.read, result.loaded, result.ignored) == ("otel", calls, calls, others)
    agree(rows, expected_calls(spans_of(file)))
    assert sum(bool(row["tokens_estimated"]) for row in rows.values()) == (6 if name == "old" else 0)


def test_conversation_evaluation_error_and_tags(samples: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    _, rows = load_rows(samples / "otel" / "new.jsonl")
    judged = [row for row in rows.values() if row["quality_metric"] == "relevance"]
    assert sorted(row["quality"] for row in judged) == [0, 0.25, 0.5]
    assert {row["session_id"] for row in rows.values() if row["model"] == "claude-haiku-4-5"} == {
        "talk-0",
        "talk-1",
        "talk-2",
    }
    failed = [row for row in rows.values() if row["status"] == "error"]
    assert len(failed) == 6
    assert all("429" in row["error"] for row in failed)
    assert all(json.loads(row["tags"])["service"] == "shop-assistant" for row in rows.values())


USED = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}


def otlp(*spans: tuple[str, str | None, str | None, dict[str, object]]) -> str:
    """One export request of (id, parent, operation, more attributes)."""
    found = []
    for name, parent, operation, more in spans:
        about = {"gen_ai.request.model": "gpt-4o"} | ({"gen_ai.operation.name": operation} if operation else {}) | more
        pairs = [
            {"key": key, "value": {"intValue" if isinstance(value, int) else "stringValue": str(value)}}
            for key, value in about.items()
        ]
        times = {"startTimeUnixNano": "1790000000000000000", "endTimeUnixNano": "1790000001000000000"}
        found.append(
            {
                "traceId": "t",
                "spanId": name,
                "parentSpanId": parent or "",
                "name": name,
                "attributes": pairs,
                "status": {},
                **times,
            }
        )
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": found}]}]}) + "\n"


NESTED = {
    "an agent repeats its calls": ([("a", None, "invoke_agent", USED), ("b", "a", "chat", USED), ("c", "a", "chat", USED)], {"b", "c"}),
    "a framework around the client": ([("a", None, "chat", USED), ("b", "a", "chat", USED)], {"b"}),
    "three deep, plain spans between": ([("a", None, "chat", USED), ("p", "a", None, {}), ("q", "p", None, {}), ("b", "q", "chat", USED)], {"b"}),
    "a tool that asks a model": ([("a", None, "chat", USED), ("t", "a", "execute_tool", {}), ("b", "t", "chat", USED)], {"a", "b"}),
    "only the framework counts": ([("a", None, "chat", USED), ("b", "a", "chat", {})], {"a"}),
    "a retry inside": ([("a", None, "chat", USED), ("b", "a", "chat", {"error.type": "429"}), ("c", "a", "chat", USED)], {"b", "c"}),
    "both fail": ([("a", None, "chat", {"error.type": "x"}), ("b", "a", "chat", {"error.type": "x"}), ("c", None, "chat", USED)], {"b", "c"}),
    "its own parent": ([("a", "a", "chat", USED)], {"a"}),
    "no operation but usage": ([("a", None, None, USED)], {"a"}),
}  # fmt: skip


@pytest.mark.parametrize("name", NESTED)
def test_only_the_calls_themselves_count(name: str, tmp_path: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    spans, counted = NESTED[name]
    file = tmp_path / "spans.jsonl"
    # In two requests and the child first, as exporters write them.
    file.write_text("".join(otlp(span) for span in reversed(spans)))
    result, rows = load_rows(file)
    assert set(rows) == counted
    assert result.ignored == len(spans) - len(counted)


def test_a_call_without_usage_and_texts_is_refused(tmp_path: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    file = tmp_path / "spans.jsonl"
    file.write_text(
        otlp(("a", None, "chat", USED), ("b", None, "chat", {}), ("c", None, "chat", {"gen_ai.usage.input_tokens": -1}))
    )
    result, _ = load_rows(file)
    assert result.rejections[0].reason == "input_tokens is missing"
    assert (result.read, result.loaded, result.rejected) == (3, 1, 2)


def test_a_long_first_line_and_the_same_file_twice(tmp_path: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    file = tmp_path / "spans.jsonl"
    file.write_text(otlp(*((f"s{number}", None, "chat", USED) for number in range(20_000))))
    assert file.stat().st_size > 8 * 2**20
    assert load_rows(file)[0].loaded == 20_000
    assert load_rows(file)[0].duplicates == 20_000


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damaged_files_are_accounted_for(seed: int, samples: Path, survives: Callable) -> None:  # type: ignore[type-arg]
    survives(samples / "otel" / "new.jsonl", "otel", seed)
