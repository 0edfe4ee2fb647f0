"""Opik's spans: every call and the sums against plain Python over the raw records, as records, pages and exported files."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import LoadError
from analytics.logs import load_log

Row = dict[str, object]


def spans_of(file: Path) -> list[Row]:
    """The spans of a file, of whichever shape."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    found = json.loads(text)
    return found.get("spans") or found["content"]  # type: ignore[no-any-return]


def expected_calls(spans: list[Row]) -> dict[str, Row]:
    """Spans of type llm but the framework's, which stands around the client's."""
    expected = {}
    for span in spans:
        if span["type"] != "llm" or span["name"] == "ChatModel":
            continue
        usage: Row = span.get("usage") or {}  # type: ignore[assignment]
        scores: list[Row] = span.get("feedback_scores") or []  # type: ignore[assignment]
        original = "original_usage."
        start, end = (datetime.fromisoformat(str(span[name])) for name in ("start_time", "end_time"))
        expected[str(span["id"])] = {
            "model": span["model"],
            "input_tokens": usage.get("prompt_tokens", 0),
            "output_tokens": usage.get("completion_tokens", 0),
            "cache_read_tokens": usage.get(f"{original}prompt_tokens_details.cached_tokens") or usage.get(f"{original}cache_read_input_tokens") or 0,
            "cache_write_tokens": usage.get(f"{original}cache_creation_input_tokens", 0),
            "reasoning_tokens": usage.get(f"{original}completion_tokens_details.reasoning_tokens", 0),
            "cost_usd": span.get("total_estimated_cost"),
            "status": "error" if span.get("error_info") else "ok",
            "latency_ms": (end - start).total_seconds() * 1000,
            "quality": scores[0]["value"] if scores else None,
            "quality_metric": scores[0]["name"] if scores else None,
            "environment": "prod",
        }  # fmt: skip
    return expected


@pytest.mark.parametrize(
    ("name", "calls", "others"), [("spans.jsonl", 22, 9), ("page.json", 22, 9), ("trace.json", 2, 3)]
)
def test_every_call_and_the_sums(
    name: str, calls: int, others: int, samples: Path, load_rows: Callable, agree: Callable
) -> None:  # type: ignore[type-arg]
    file = samples / "opik" / name
    result, rows = load_rows(file)
    assert (result.format, result.read, result.loaded, result.ignored) == ("opik", calls, calls, others)
    agree(rows, expected_calls(spans_of(file)))


def test_anthropics_prompt_has_the_cache_in_it(samples: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    """Opik adds the cache to what Anthropic reports: 400 + 300 read + 200 written."""
    _, rows = load_rows(samples / "opik" / "spans.jsonl")
    counts = "input_tokens", "cache_read_tokens", "cache_write_tokens"
    priced = [tuple(row[name] for name in counts) for row in rows.values() if row["model"] == "claude-haiku-4-5"]
    assert sorted(priced) == [(900, 300, 200), (901, 300, 200), (902, 300, 200)]


def test_the_exported_table(samples: Path, load_rows: Callable, agree: Callable) -> None:  # type: ignore[type-arg]
    file = samples / "opik" / "trace.csv"
    result, rows = load_rows(file)
    assert (result.format, result.loaded) == ("opik", 1)
    row = next(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    usage = "span_usage_"
    agree(rows, {row["span_id"]: {
        "model": row["span_model"], "input_tokens": int(row[f"{usage}prompt_tokens"]), "output_tokens": int(row[f"{usage}completion_tokens"]),
        "cache_read_tokens": int(row[f"{usage}original_usage.prompt_tokens_details.cached_tokens"]), "cache_write_tokens": 0,
        "reasoning_tokens": int(row[f"{usage}original_usage.completion_tokens_details.reasoning_tokens"]),
        "cost_usd": float(row["span_total_estimated_cost"]), "session_id": row["trace_id"],
    }})  # fmt: skip


def test_a_named_format_finds_its_form_or_says_no(
    samples: Path, database: Path, write_csv: Callable[..., Path]
) -> None:
    assert load_log(database, samples / "opik" / "trace.csv", format="opik").loaded == 1
    with pytest.raises(LoadError, match="no file of the format opik"):
        load_log(database, write_csv("a,2026-10-01,gpt-4o,1,1"), format="opik")


def test_time_to_first_token_is_milliseconds(samples: Path, tmp_path: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    span = spans_of(samples / "opik" / "spans.jsonl")[0] | {"ttft": 12.5}
    file = tmp_path / "spans.jsonl"
    file.write_text(json.dumps(span))
    assert [row["ttft_ms"] for row in load_rows(file)[1].values()] == [12.5]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damaged_files_are_accounted_for(seed: int, samples: Path, survives: Callable) -> None:  # type: ignore[type-arg]
    survives(samples / "opik" / "spans.jsonl", "opik", seed)
