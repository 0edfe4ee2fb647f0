"""A log with everything in it: retries, fallbacks, failures, overhead, versions, unknowns, scores of two metrics."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.logs import load_log
from analytics.store import Store, open_store

MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "house-model")


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """6,000 calls over three weeks; a tenth of them second attempts, some made by a router or a judge."""
    folder = tmp_path_factory.mktemp("busy")
    _calls(6000).write_parquet(folder / "calls.parquet")
    database: Path = folder / "log.duckdb"
    load_log(database, folder / "calls.parquet")
    return open_store(database)


def _calls(count: int) -> pl.DataFrame:
    random = np.random.default_rng(7)
    minutes = np.sort(random.integers(0, 21 * 24 * 60, count))
    start = np.datetime64("2026-09-28T00:00:00", "us")
    second = (random.random(count) < 0.1) & (np.arange(count) > 0)
    logical = np.where(second, np.arange(count) - 1, np.arange(count))
    status = np.where(random.random(count) < 0.04, "error", "ok")
    status[:-1][second[1:]] = "error"
    output = random.lognormal(5, 1, count).astype(int)
    first = random.lognormal(6, 0.5, count)
    scored = random.random(count) < 0.4
    origin = np.where(second, None, random.choice([None, None, None, None, "router", "judge"], count))
    origin[:-1][second[1:]] = None
    return pl.DataFrame(
        {
            "request_id": [f"r{number}" for number in range(count)],
            "logical_id": [f"l{number}" for number in logical],
            "attempt": np.where(second, 2, 1),
            "timestamp": start + minutes.astype("timedelta64[m]"),
            "model": random.choice(MODELS, count, p=[0.4, 0.3, 0.25, 0.05]),
            "input_tokens": random.lognormal(6.5, 1, count).astype(int),
            "output_tokens": output,
            "latency_ms": first + output * random.lognormal(1.5, 0.4, count),
            "ttft_ms": [None if missing else value for missing, value in zip(random.random(count) < 0.3, first, strict=True)],
            "status": status,
            "origin": list(origin),
            "use_case": list(random.choice(["chat", "code", "legal", None], count)),
            "team": list(random.choice(["red", "blue", None], count)),
            "prompt_version": list(random.choice(["v1", "v2"], count)),
            "user_id": [f"u{number}" for number in random.integers(0, 700, count)],
            "batch": random.random(count) < 0.2,
            "other_cost_usd": [0.01 if costs else None for costs in random.random(count) < 0.05],
            "quality": [float(value < 0.8) if one else None for one, value in zip(scored, random.random(count), strict=True)],
            "quality_metric": list(random.choice(["correct", "liked"], count)),
        }
    )  # fmt: skip
