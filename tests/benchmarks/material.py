"""Material for benchmarks: canonical logs of any size, and timing."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import duckdb

from analytics import settings
from analytics.backtest import FullInformation, read_full_information
from analytics.backtest.present import suspicious_of

ROWS = 5_000_000
ARCHITECTURES = [
    settings.architectures_dir / f"{name}.toml"
    for name in ("single-opus", "single-sonnet", "multi-model", "learned", "cascade")
]


def write_log(
    file: Path,
    rows: int = ROWS,
    prefix: str = "r",
    days: int = 30,
    start: date = date(2026, 10, 1),
    hashed: bool = False,
) -> Path:
    """A canonical log in Parquet, nearly in time order, 15% scored, with twelve dimensions: model, provider, use case, team,
    environment, prompt version, user, session, batch, status, attempt and complexity. `hashed` ids are in no order, as UUIDs."""
    request_id = f"md5('{prefix}' || i)" if hashed else f"'{prefix}' || i"
    use_cases = "['intent_classification', 'data_extraction', 'moderation', 'chat', 'code', 'summarization', 'translation', 'complex_reasoning']"
    query = f"""
        SELECT {request_id} AS request_id,
            TIMESTAMPTZ '{start}' + to_microseconds((i * {days} * 86400 * 1e6 / {rows})::BIGINT + (hash(i) % 20000000)::BIGINT) AS timestamp,
            CASE WHEN hash(i + 1) % 100 < 97 THEN 'claude-opus-4-1' WHEN hash(i + 1) % 100 = 97 THEN 'claude-sonnet-4-5' ELSE 'claude-haiku-4-5' END AS model,
            'anthropic' AS provider,
            (100 + hash(i + 2) % 1800)::INTEGER AS input_tokens,
            (20 + hash(i + 3) % 760)::INTEGER AS output_tokens,
            (300 + hash(i + 4) % 4000)::DOUBLE AS latency_ms,
            {use_cases}[1 + (hash(i + 5) % 8)::INTEGER] AS use_case,
            ['search', 'support', 'growth', 'platform', 'risk'][1 + (hash(i + 6) % 5)::INTEGER] AS team,
            CASE WHEN hash(i + 7) % 10 = 0 THEN 'staging' ELSE 'production' END AS environment,
            ['v1', 'v2', 'v3'][1 + (hash(i + 12) % 3)::INTEGER] AS prompt_version,
            hash(i + 13) % 50 = 0 AS batch, NULL::INTEGER AS attempt,
            (150 + hash(i + 14) % 140)::DOUBLE AS ttft_ms,
            'u' || (hash(i + 8) % 20000) AS user_id,
            's' || (i // 5) AS session_id,
            round((hash(i + 9) % 10000) / 10000.0, 3)::DOUBLE AS complexity,
            CASE WHEN hash(i + 10) % 100 < 15 THEN (hash(i + 11) % 100 < 93)::INTEGER::DOUBLE END AS quality,
            CASE WHEN hash(i + 10) % 100 < 15 THEN 'correct' END AS quality_metric,
            CASE WHEN hash(i + 15) % 200 = 0 THEN 'error' ELSE 'ok' END AS status,
            (100 + hash(i + 2) % 1800) * 15e-6 + (20 + hash(i + 3) % 760) * 75e-6 AS cost_usd
        FROM range({rows}) r(i)"""
    with duckdb.connect() as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
    return file


def process_seconds(*command: str, repeats: int = 5) -> float:
    """Median wall time of a whole process."""

    def run() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=settings.home)

    return median_seconds(run, repeats)


def median_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Median wall time of `work`."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def python() -> str:
    """The interpreter that runs this."""
    return sys.executable


def outcomes_file() -> Path | None:
    """The first argument after the part that is a file."""
    return next((Path(one) for one in sys.argv[2:] if Path(one).is_file()), None)


def read_trusted(file: Path) -> FullInformation:
    """The outcomes without the use cases whose scores look broken."""
    whole = read_full_information(file)
    return whole.without(sorted({cell.use_case for cell in suspicious_of(whole)}))


def line(what: str, ours: float, baseline: str, theirs: float, bound: float) -> None:
    """One result: ours, the baseline's, their ratio, and the ratio it must not exceed."""
    ratio = ours / theirs
    print(
        f"{what:44} {ours:8.3f} s   {baseline:36} {theirs:8.3f} s   ratio {ratio:6.3f} (at most {bound:g}) {'ok' if ratio <= bound else 'TOO SLOW'}"
    )
