"""The demo's million calls, and a nasty small log, in engines of their own: the same sums, audit and projections as loaded here.

Postgres runs when it is installed; Spark, with worker processes of its own, when `pyspark` is there. It needs an
environment of its own and Java 17:

    python -m venv /tmp/spark && /tmp/spark/bin/pip install -r requirements.txt 'ibis-framework[duckdb,postgres]' pyspark
    JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64 /tmp/spark/bin/python -m tests.benchmarks warehouse
"""

import contextlib
import importlib.util
import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from analytics import settings
from analytics.cli import main as command
from analytics.logs import load_log
from analytics.sources import Source, save_sources, sync_sources
from tests.warehouse.nasty import nasty_rows, write_rows
from tests.warehouse.same import deviations
from tests.warehouse.server import copy_file, postgres_server

WORKERS = "local-cluster[2,1,1024]"
ARCHITECTURES = [str(settings.architectures_dir / f"{name}.toml") for name in ("single-opus", "multi-model", "cascade")]
# As a company would keep it: what was logged, not what was worked out.
_LOGGED = """request_id, logical_id, attempt, timestamp, model_logged AS model, provider, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, latency_ms, ttft_ms, cost_usd, status, error, use_case, team, user_id,
    environment, session_id, prompt_version, batch, origin, cache_hit, tokens_estimated, other_cost_usd,
    CASE WHEN complexity_given THEN complexity END AS complexity, quality, quality_metric, propensity"""


def main(folder: Path) -> None:
    """Both logs in every engine that is here."""
    logs = {"nasty": write_rows(nasty_rows(), folder / "nasty.parquet"), "demo": _demo(folder / "demo.parquet")}
    for name, file in logs.items():
        local = folder / f"{name}.duckdb"
        seconds = _timed(lambda local=local, file=file: load_log(local, file, source="warehouse"))  # type: ignore[misc]
        print(f"{name}: loaded here in {seconds:.1f} s", flush=True)
        _compare(
            folder, name, local, "lake", Source("lake", "warehouse", "duckdb://", table=str(file), source="warehouse")
        )
    if importlib.util.find_spec("pyspark"):
        for name, file in logs.items():
            _on_spark(folder, name, file)
    else:
        print("Spark: pyspark is not in this environment (see the head of tests/benchmarks/warehouse.py)")
    with _postgres() as url:
        for name, file in logs.items() if url else ():
            copy_file(url, file, name)
            source = Source("production", "warehouse", url, table=name, source="warehouse", allow_private=True)
            _compare(folder, name, folder / f"{name}.duckdb", "postgres", source)


def _demo(file: Path) -> Path:
    segments = settings.demo_database().with_name(f"{settings.demo_database().name}.segments")
    with duckdb.connect() as here:
        here.execute("SET timezone = 'UTC'")
        here.execute(
            f"COPY (SELECT {_LOGGED} FROM read_parquet('{segments}/*/requests.parquet')) TO '{file}' (FORMAT parquet)"
        )
    return file


def _on_spark(folder: Path, name: str, file: Path) -> None:
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master(WORKERS).appName("routecast").config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1").config("spark.sql.shuffle.partitions", "4").config("spark.driver.memory", "2g")
        .config("spark.network.timeout", "900s").config("spark.rpc.askTimeout", "900s").getOrCreate()
    )  # fmt: skip
    session.sparkContext.setLogLevel("ERROR")
    session.read.parquet(str(file)).createOrReplaceTempView(f"{name}_log")
    source = Source("spark", "warehouse", "pyspark://", table=f"{name}_log", source="warehouse")
    executors = session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1
    print(f"Spark {session.version}: {executors} executor processes ({WORKERS})", flush=True)
    _compare(folder, name, folder / f"{name}.duckdb", "spark", source)


@contextmanager
def _postgres() -> Iterator[str | None]:
    try:
        with postgres_server() as url:
            yield url
    except FileNotFoundError as error:
        print(f"Postgres: {error}")
        yield None


def _compare(folder: Path, name: str, local: Path, engine: str, source: Source) -> None:
    database = folder / f"{name}-{engine}.duckdb"
    save_sources(database, (source,))
    results = []
    seconds = _timed(lambda: results.extend(sync_sources(database)))
    found = results[0]
    if found.error:
        print(f"{name} in {engine}: {found.error}")
        return
    print(
        f"{name} in {engine}: {found.counts.read:,} rows there, {found.counts.loaded:,} calls, {found.transferred:,} rows of sums "
        f"came here, {seconds:.1f} s"
    )
    for table, (rows, worst) in deviations(local, database).items():
        print(f"    {table}: {rows:,} rows, largest relative deviation {worst:.1e}")
    metric = ("--metric", "helpful") if name == "nasty" else ()
    for words in (("audit",), ("simulate", *ARCHITECTURES, "--requests-per-month", "1000000", *metric)):
        one, other = (_said(*words, "--json", "--db", str(path)) for path in (local, database))
        far = max(_apart(one, other), default=0.0)
        print(f"    {words[0]}: numbers differ by at most {far:.1e} (relative)", flush=True)


def _said(*words: str) -> Any:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert command(words) == 0
    return json.loads(out.getvalue())


def _apart(one: Any, other: Any) -> Iterator[float]:
    """Relative differences of all numbers; 1 where the rest differs."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from _apart(one[key], other[key])
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for left, right in zip(one, other, strict=True):
            yield from _apart(left, right)
    elif isinstance(one, float) and isinstance(other, float):
        yield abs(one - other) / max(abs(one), abs(other), 1e-12)
    else:
        yield float(one != other)


def _timed(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
