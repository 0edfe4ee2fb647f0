"""Five million requests: loading against a bare CREATE TABLE AS, simulating against one polars pass per request."""

import json
import subprocess
from pathlib import Path

from tests.benchmarks.material import ARCHITECTURES, ROWS, line, process_seconds, python, write_log

BARE = """
import duckdb, sys
connection = duckdb.connect(sys.argv[2])
connection.execute("SET timezone = 'UTC'")
connection.execute(f"CREATE TABLE log AS SELECT * FROM '{sys.argv[1]}'")
connection.close()
"""

# What a data scientist would write for one architecture: read, route, price, group, aggregate.
POLARS = """
import sys
import polars as pl

prices_in = {"claude-haiku-4-5": 1.0, "gemini-2.5-flash": 0.3, "claude-opus-4-1": 15.0, "claude-sonnet-4-5": 3.0}
prices_out = {"claude-haiku-4-5": 5.0, "gemini-2.5-flash": 2.5, "claude-opus-4-1": 75.0, "claude-sonnet-4-5": 15.0}
columns = ["use_case", "complexity", "input_tokens", "output_tokens", "latency_ms", "quality"]
use_case = pl.col("use_case")
simple = use_case.is_in(["intent_classification", "data_extraction", "moderation"]) & (pl.col("complexity") < 0.6)
routed = (
    pl.when(simple).then(pl.lit("claude-haiku-4-5"))
    .when(use_case.is_in(["summarization", "translation"])).then(pl.lit("gemini-2.5-flash"))
    .when(use_case == "complex_reasoning").then(pl.lit("claude-opus-4-1"))
    .otherwise(pl.lit("claude-sonnet-4-5"))
)
print(
    pl.read_parquet(sys.argv[1], columns=columns).lazy().with_columns(model=routed)
    .with_columns(rate_in=pl.col("model").replace_strict(prices_in), rate_out=pl.col("model").replace_strict(prices_out))
    .with_columns(usd=(pl.col("input_tokens") * pl.col("rate_in") + pl.col("output_tokens") * pl.col("rate_out")) / 1e6)
    .group_by("model", "use_case").agg(pl.len(), pl.col("usd").sum(), pl.col("latency_ms").mean(), pl.col("quality").mean())
    .collect()
)
"""


def main(folder: Path) -> None:
    """Print the two ratios."""
    file = write_log(folder / "five.parquet")
    loads, bares = [], []
    for number in range(3):
        bares.append(process_seconds(python(), "-c", BARE, str(file), str(folder / f"bare{number}.duckdb"), repeats=1))
        database = folder / f"log{number}.duckdb"
        loads.append(process_seconds(python(), "-m", "analytics", "load", str(file), "--db", str(database), repeats=1))
    line(f"load {ROWS:,} rows (process)", sorted(loads)[1], "bare CREATE TABLE AS (process)", sorted(bares)[1], 3)
    call = [python(), "-m", "analytics", "simulate", *map(str, ARCHITECTURES), "--db", str(database), "--json"]
    ours = process_seconds(*call, repeats=7)
    theirs = process_seconds(python(), "-c", POLARS, str(file), repeats=7)
    line("simulate five architectures (process)", ours, "polars, one architecture (process)", theirs, 1)
    found = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
    print(", ".join(f"{one['name']} {one['grade']}" for one in found["architectures"]))
