"""MLflow traces: every call and the sums against plain Python over the raw spans, in each file people make of them."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Row = dict[str, object]


def traces_of(file: Path) -> list[dict]:  # type: ignore[type-arg]
    """The traces of a file: lines, an array, or the frame's column `trace`."""
    if file.suffix == ".csv":
        csv.field_size_limit(10**9)
        return [json.loads(row["trace"]) for row in csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))]
    if file.suffix == ".json":
        return json.loads(file.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
    records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [json.loads(one["trace"]) if "trace" in one else one for one in records]


def expected_calls(traces: list[dict]) -> dict[str, Row]:  # type: ignore[type-arg]
    """Spans of a model's type but the framework's, which stands around the client's."""
    expected = {}
    for trace in traces:
        scores = [one["feedback"]["value"] for one in trace["info"].get("assessments", [])]
        for span in trace["data"]["spans"]:
            about = {name: json.loads(text) for name, text in span["attributes"].items()}
            if about["mlflow.spanType"] not in ("CHAT_MODEL", "LLM", "EMBEDDING") or span["name"] == "ChatModel":
                continue
            usage = about.get("mlflow.chat.tokenUsage") or {}
            outputs = about.get("mlflow.spanOutputs")
            answer = (outputs.get("usage") or {}) if isinstance(outputs, dict) else {}
            details = answer.get("completion_tokens_details")
            expected[span["span_id"]] = {
                "model": about.get("mlflow.llm.model") or about["model"],
                "input_tokens": usage.get("input_tokens", answer.get("prompt_tokens", 0)),
                "output_tokens": usage.get("output_tokens", 0),
                "cache_read_tokens": usage.get("cache_read_input_tokens", 0),
                "cache_write_tokens": usage.get("cache_creation_input_tokens", 0),
                "reasoning_tokens": (details or {}).get("reasoning_tokens") or 0,
                "cost_usd": (about.get("mlflow.llm.cost") or {}).get("total_cost"),
                "status": "error" if span["status"]["code"] == "STATUS_CODE_ERROR" else "ok",
                "started_us": span["start_time_unix_nano"] // 1000,
                "latency_ms": (span["end_time_unix_nano"] - span["start_time_unix_nano"]) / 1e6,
                "quality": float(scores[0]) if scores and span["parent_span_id"] is None else None,
            }
    return expected


@pytest.mark.parametrize("name", ["traces.jsonl", "traces.json", "frame.jsonl", "frame.csv"])
def test_every_call_and_the_sums(name: str, samples: Path, load_rows: Callable, agree: Callable) -> None:  # type: ignore[type-arg]
    file = samples / "mlflow" / name
    result, rows = load_rows(file)
    assert (result.format, result.read, result.loaded, result.ignored) == ("mlflow", 16, 16, 9)
    agree(rows, expected_calls(traces_of(file)))


def test_the_sums_of_a_trace_are_those_of_its_calls(samples: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    """MLflow's own sum over a trace takes the agent's span alone; ours must be the calls inside."""
    file = samples / "mlflow" / "traces.jsonl"
    _, rows = load_rows(file)
    agents = [row for row in rows.values() if row["session_id"] == "talk-1"]
    assert len(agents) == 6
    costs = [json.loads(trace["info"]["trace_metadata"]["mlflow.trace.cost"])["total_cost"] for trace in traces_of(file) if "use_case" in trace["info"]["tags"]]  # fmt: skip
    assert sum(row["cost_usd"] for row in agents) == pytest.approx(sum(costs), rel=1e-9)
    assert {(row["use_case"], row["user_id"]) for row in agents} == {("planning", "user-1")}


def test_words_of_a_judge_are_scores(samples: Path, tmp_path: Path, load_rows: Callable) -> None:  # type: ignore[type-arg]
    trace = next(one for one in traces_of(samples / "mlflow" / "traces.jsonl") if len(one["data"]["spans"]) == 1)
    trace["info"]["assessments"] = [
        {"assessment_name": "old", "feedback": {"value": "no"}, "valid": False},
        {"assessment_name": "safety", "feedback": {"value": "yes"}, "valid": True},
    ]
    file = tmp_path / "traces.jsonl"
    file.write_text(json.dumps(trace))
    _, rows = load_rows(file)
    assert [(row["quality"], row["quality_metric"]) for row in rows.values()] == [(1.0, "safety")]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_damaged_files_are_accounted_for(seed: int, samples: Path, survives: Callable) -> None:  # type: ignore[type-arg]
    survives(samples / "mlflow" / "traces.jsonl", "mlflow", seed)
