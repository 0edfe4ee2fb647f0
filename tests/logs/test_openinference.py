"""OpenInference: what Phoenix exports and OTLP say the same, record by record, and so does plain Python over the records."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import LoadError

Row = dict[str, object]
FILES = ("otlp.jsonl", "spans.jsonl", "dataframe.jsonl", "dataframe.csv", "dataframe.parquet")


def attributes_by_span(file: Path) -> dict[str, Row]:
    """Attributes of each span with its name, parent, kind and status, whatever the file."""
    if file.name == "otlp.jsonl":
        requests = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        spans = [
            span
            for request in requests
            for resource in request["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]
        return {span["spanId"]: {pair["key"]: next(iter(pair["value"].values())) for pair in span["attributes"]} | {
            "parent": span.get("parentSpanId"), "name": span["name"], "failed": span["status"].get("code") == 2,
        } for span in spans}  # fmt: skip
    if file.name == "spans.jsonl":
        records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return {one["context"]["span_id"]: one["attributes"] | {
            "parent": one["parent_id"], "name": one["name"], "failed": one["status_code"] == "ERROR", "openinference.span.kind": one["span_kind"],
        } for one in records}  # fmt: skip
    table = {
        ".jsonl": lambda: [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()],
        ".csv": lambda: list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))),
        ".parquet": lambda: pq.read_table(file).to_pylist(),
    }[file.suffix]()
    return {str(row["context.span_id"]): {name.removeprefix("attributes."): value for name, value in row.items() if value not in (None, "")} | {
        "parent": row["parent_id"], "failed": row["status_code"] == "ERROR",
    } for row in table}  # fmt: skip


def expected_calls(spans: dict[str, Row]) -> dict[str, Row]:
    """LLM and EMBEDDING spans but the framework's, which stands around the client's."""
    expected = {}
    for name, span in spans.items():
        if span["openinference.span.kind"] not in ("LLM", "EMBEDDING") or span["name"] == "ChatModel":
            continue
        asked = json.loads(str(span.get("llm.invocation_parameters") or "{}")).get("model")
        counts = {
            "input_tokens": "prompt",
            "output_tokens": "completion",
            "cache_read_tokens": "prompt_details.cache_read",
            "cache_write_tokens": "prompt_details.cache_write",
            "reasoning_tokens": "completion_details.reasoning",
        }
        expected[name] = {
            "model": span.get("llm.model_name") or span.get("embedding.model_name") or asked,
            **{column: int(float(str(span.get(f"llm.token_count.{key}") or 0))) for column, key in counts.items()},
            "cost_usd": float(str(span["llm.cost.total"])) if "llm.cost.total" in span else None,
            "status": "error" if span["failed"] else "ok",
            "quality": float(str(span["annotations.0.annotation.score"]))
            if "annotations.0.annotation.score" in span
            else None,
        }
    return expected


@pytest.mark.parametrize("name", FILES)
def test_every_call_and_the_sums(name: str, samples: Path, load_rows: Callable, agree: Callable) -> None:  # type: ignore[type-arg]
    file = samples / "openinference" / name
    result, rows = load_rows(file)
    assert result.format == ("otel" if name == "otlp.jsonl" else "openinference")
    assert (result.read, result.loaded, result.ignored) == (36, 36, 9)
    agree(rows, expected_calls(attributes_by_span(file)))
    assert sum(row["cost_usd"] or 0 for row in rows.values()) == pytest.approx(3 * 0.001 + 3e-6, rel=1e-9)


def test_who_and_what_for(samples: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    _, rows = load_rows(samples / "openinference" / "spans.jsonl")
    instrumented = [row for row in rows.values() if row["model"] != "claude-haiku-4-5"]
    assert {(row["session_id"], row["user_id"], row["use_case"], row["prompt_version"]) for row in instrumented} == {
        ("talk-1", "user-1", "chat", "v2")
    }
    assert {tuple(json.loads(row["tags"])["tags"]) for row in instrumented} == {("shop", "beta")}
    assert {row["quality_metric"] for row in rows.values()} == {None, "helpful"}
    assert {row["error"] for row in rows.values() if row["status"] == "error"} == {
        "RateLimitError: Error code: 429 - Rate limit reached"
    }


def test_the_same_spans_by_two_ways_are_loaded_once(samples: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    assert load_rows(samples / "openinference" / "spans.jsonl")[0].loaded == 36
    again, _ = load_rows(samples / "openinference" / "dataframe.parquet")
    assert (again.loaded, again.duplicates) == (0, 36)


def test_a_frame_of_agents_only_says_so(samples: Path, tmp_path: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    lines = (samples / "openinference" / "spans.jsonl").read_text(encoding="utf-8").splitlines()
    file = tmp_path / "agents.jsonl"
    file.write_text("\n".join(line for line in lines if '"span_kind": "AGENT"' in line))
    with pytest.raises(LoadError, match="none is a model call"):
        load_rows(file)


@pytest.mark.parametrize("name", ["spans.jsonl", "dataframe.jsonl"])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damaged_files_are_accounted_for(name: str, seed: int, samples: Path, survives: Callable) -> None:  # type: ignore[type-arg]
    survives(samples / "openinference" / name, "openinference", seed)
