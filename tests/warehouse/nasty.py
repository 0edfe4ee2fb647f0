"""A small log in which everything goes wrong that can: what a warehouse must sum up exactly as a load does."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

START = datetime(2026, 8, 1, 0, 0, 0, tzinfo=UTC)
MODELS = (
    "claude-haiku-4-5",
    "claude-sonnet-4-5",
    "gpt-4o",
    "gemini-2.5-pro",
    "our-llama",
    "模型-7b",
    "o'brien \\ sons",
)
USE_CASES = ("intent_classification", "complex_reasoning", "Zusammenfassung für Ärzte", "code", "🤖", None)
COLUMNS = {
    "request_id": "VARCHAR", "timestamp": "TIMESTAMPTZ", "model": "VARCHAR", "input_tokens": "BIGINT", "output_tokens": "BIGINT",
    "cache_read_tokens": "BIGINT", "cache_write_tokens": "BIGINT", "reasoning_tokens": "BIGINT", "latency_ms": "DOUBLE",
    "ttft_ms": "DOUBLE", "cost_usd": "DOUBLE", "other_cost_usd": "DOUBLE", "status": "VARCHAR", "error": "VARCHAR",
    "provider": "VARCHAR", "use_case": "VARCHAR", "team": "VARCHAR", "user_id": "VARCHAR", "environment": "VARCHAR",
    "session_id": "VARCHAR", "logical_id": "VARCHAR", "attempt": "BIGINT", "batch": "BOOLEAN", "origin": "VARCHAR",
    "cache_hit": "BOOLEAN", "tokens_estimated": "BOOLEAN", "complexity": "DOUBLE", "quality": "DOUBLE",
    "quality_metric": "VARCHAR", "propensity": "DOUBLE", "prompt": "VARCHAR",
}  # fmt: skip
Row = dict[str, Any]


def nasty_rows(requests: int = 1500, days: float = 12.0, seed: int = 7) -> list[Row]:
    """The rows, nearly in order of time; over midnights, with copies and attempts on both sides of them."""
    random.seed(seed)
    rows: list[Row] = []
    for number in range(requests):
        at = START + timedelta(days=days * number / requests, microseconds=random.randrange(1_000_000))
        rows += _request(f"req-{number:05d}", at)
    rows += _contradictions(rows)
    rows += _wrong(START + timedelta(days=1))
    known = [row for row in rows if row["timestamp"] is not None]
    return sorted(known, key=lambda row: row["timestamp"]) + [row for row in rows if row["timestamp"] is None]


def _request(name: str, at: datetime) -> list[Row]:
    first = _call(name, at)
    rows = [first]
    kind = random.random()
    if kind < 0.10:  # retried, at other moments or at the same one, with and without numbers
        together, numbered = random.random() < 0.3, random.random() < 0.5
        for attempt in range(1, random.randint(2, 4)):
            again = dict(first) | {
                "request_id": f"{name}/{attempt}", "logical_id": name, "attempt": attempt + 1 if numbered else None,
                "timestamp": at if together else at + timedelta(seconds=40 * attempt, microseconds=7 * attempt),
                "model": random.choice(MODELS) if random.random() < 0.4 else first["model"], "status": "ok",
                "latency_ms": None if random.random() < 0.1 else random.uniform(20, 9000),
            }  # fmt: skip
            rows.append(again)
        first |= {"status": "error", "error": "timeout", "attempt": 1 if numbered else None, "logical_id": random.choice((name, None))}  # fmt: skip
    elif kind < 0.14:  # logged twice
        rows.append(dict(first))
    elif kind < 0.17:  # a batch is logged again whenever it is fetched
        first["batch"] = True
        rows.append(dict(first) | {"timestamp": at + timedelta(hours=random.choice((1, 20)))})
    elif kind < 0.20:
        first["origin"] = random.choice(("router", "judge", "Shadow", "USER"))
    return rows


def _call(name: str, at: datetime) -> Row:
    tokens = random.choice((0, 1, 49, 50, 51, 400, 8000, 8001, 150_000, 250_000, random.randrange(5000)))
    answer = random.choice((0, 1, 30, random.randrange(3000)))
    cached = random.choice((None, 0, tokens // 2))
    scored = random.random() < 0.5
    return {
        "request_id": name, "timestamp": at, "model": random.choice(MODELS), "input_tokens": tokens, "output_tokens": answer,
        "cache_read_tokens": cached, "cache_write_tokens": random.choice((None, tokens // 4)),
        "reasoning_tokens": random.choice((None, 0, answer // 3)),
        "latency_ms": random.choice((None, 0.0, 0.5, 1.0, 1.02, random.uniform(1, 30_000))),
        "ttft_ms": random.choice((None, 0.0, random.uniform(0, 800))),
        "cost_usd": random.choice((None, 0.0, random.random() / 50)), "other_cost_usd": random.choice((None, None, 0.01)),
        "status": random.choice((None, "ok", "ok", "ok", "error")), "error": None,
        "provider": random.choice((None, None, "openai", "azure_ai", "Bedrock")), "use_case": random.choice(USE_CASES),
        "team": random.choice((None, "", "Zoë's team", "growth\\ops")), "user_id": f"user-{random.randrange(40)}",
        "environment": random.choice((None, "production", "staging")),
        "session_id": random.choice((None, f"session-{random.randrange(60)}")), "logical_id": None, "attempt": None,
        "batch": random.choice((None, False, False, True)), "origin": None, "cache_hit": random.choice((None, False, False, True)),
        "tokens_estimated": random.choice((None, False, True)),
        "complexity": random.choice((None, None, 0.0, 0.29, 0.57, 1.0, random.random())),
        "quality": random.choice((0.0, 1.0, random.random())) if scored else None,
        "quality_metric": random.choice((None, "helpful", "exact")) if scored else None,
        "propensity": random.choice((None, 0.25, 0.5, 1.0)) if scored else None,
        "prompt": random.choice((None, "Wie groß ist der Mond? 🌕", "x" * 300)),
    }  # fmt: skip


def _contradictions(rows: list[Row]) -> list[Row]:
    """The same id for other contents, a minute later or at the same moment."""
    able = [row for row in rows if not row["batch"] and row["logical_id"] is None]
    chosen = random.sample(able, min(12, len(able) // 2))
    return [dict(row) | {"output_tokens": row["output_tokens"] + 1, "timestamp": row["timestamp"] + timedelta(minutes=place % 2)} for place, row in enumerate(chosen)]  # fmt: skip


def _wrong(at: datetime) -> list[Row]:
    wrong: list[Row] = [
        {"input_tokens": -5}, {"output_tokens": -1}, {"request_id": None}, {"request_id": ""}, {"model": None}, {"model": ""},
        {"timestamp": None}, {"timestamp": datetime(1999, 12, 31, tzinfo=UTC)}, {"cost_usd": -0.1}, {"cost_usd": float("inf")},
        {"latency_ms": float("nan")}, {"quality": 1.5}, {"quality": -0.5}, {"propensity": 0.0, "quality": 0.5}, {"complexity": 2.0},
        {"cache_read_tokens": 900_000}, {"reasoning_tokens": 900_000}, {"status": "fine"}, {"attempt": 0}, {"input_tokens": None},
        {"output_tokens": 2_000_000_000_000},
    ]  # fmt: skip
    return [_call(f"wrong-{place}", at + timedelta(minutes=place)) | one for place, one in enumerate(wrong)]


def write_rows(rows: list[Row], file: Path) -> Path:
    """The rows as Parquet with the types a warehouse would have."""
    with duckdb.connect() as here:
        here.execute("SET timezone = 'UTC'")
        here.execute(f"CREATE TABLE log ({', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})")
        columns = {f"c{place}": [row[name] for row in rows] for place, name in enumerate(COLUMNS)}
        values = ", ".join(f"unnest($c{place}::{kind}[])" for place, kind in enumerate(COLUMNS.values()))
        here.execute(f"INSERT INTO log SELECT {values}", columns)
        here.execute(f"COPY log TO '{file}' (FORMAT parquet)")
    return file


def late_scores(rows: list[Row]) -> list[tuple[str, float, str | None, datetime]]:
    """Scores that came later: some new, some newer, some twice."""
    random.seed(11)
    named = [row for row in rows if row["request_id"] and row["request_id"].startswith("req-")]
    found = []
    for row in random.sample(named, 80):
        metric = random.choice((None, "helpful"))
        for hours in range(random.choice((1, 1, 2))):
            found.append((row["request_id"], random.random(), metric, START + timedelta(days=20, hours=hours)))
    return found
