"""Questions to a log of five million requests: our pages' functions on roll-ups, against polars and pandas on the rows.

Spend by use case and model, spend per day in India, 95th percentile of latency by model, and what the prompt cache saved. polars
and pandas price the tokens of every row by the same three prices; they read the Parquet log anew, or have its columns in memory
already. What they pay on every question we pay once, when the log is loaded; that is the last line.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl

from analytics import audit
from analytics.logs import load_log
from analytics.outcomes.arrays import FloatArray
from analytics.prices import resolve_prices
from analytics.scope import Scope
from analytics.store import Store, open_store
from tests.benchmarks.material import line, median_seconds, write_log

ROWS, DAYS, ZONE = 5_000_000, 90, "Asia/Kolkata"
MODELS = ("claude-opus-4-1", "claude-sonnet-4-5", "claude-haiku-4-5")
# The histogram's bins are exact to 1%, sums of doubles in another order to much less.
TOLERANCE = {"p95 of latency by model": 0.01}
Answer = Mapping[object, float]


@dataclass(frozen=True)
class Prices:
    """USD per token of the plain input, the input read from the cache and the output, and the factor of a batch, by model."""

    plain: dict[str, float]
    cached: dict[str, float]
    output: dict[str, float]
    batch: dict[str, float]


def main(folder: Path) -> None:
    """Write and load the log, compare the answers, then the times."""
    file = _with_cache(write_log(folder / "plain.parquet", ROWS, days=DAYS), folder / "peers.parquet")
    start = time.perf_counter()
    load_log(folder / "peers.duckdb", file)
    loading = time.perf_counter() - start
    store, prices = open_store(folder / "peers.duckdb"), _prices()
    scanned, lazy = pl.scan_parquet(file), pl.read_parquet(file, columns=COLUMNS).lazy()
    frame = pd.read_parquet(file, columns=COLUMNS)
    peers: dict[str, Callable[[str], Answer]] = {
        "polars, lazy scan of the file": lambda question: POLARS[question](scanned, prices),
        "polars, columns in memory": lambda question: POLARS[question](lazy, prices),
        "pandas, reading the file": lambda question: PANDAS[question](
            pd.read_parquet(file, columns=NEEDED[question]), prices
        ),
        "pandas, columns in memory": lambda question: PANDAS[question](frame, prices),
    }
    print(f"{ROWS:,} requests of {DAYS} days")
    for question, ours in OURS.items():
        mine = ours(store)
        seconds = median_seconds(lambda: ours(store))  # noqa: B023
        for name, ask in peers.items():
            _agree(question, mine, ask(question))
            line(question, seconds, name, median_seconds(lambda: ask(question), 3), 1.0)  # noqa: B023
    print(f"loading, once: {loading:.1f} s, {1e6 * loading / ROWS:.2f} s a million requests")


def _with_cache(log: Path, file: Path) -> Path:
    """The log with two thirds of the input of every third request read from the prompt cache."""
    with duckdb.connect() as connection:
        connection.execute("SET timezone = 'UTC'")
        cached = (
            "CASE WHEN hash(request_id) % 3 = 0 THEN input_tokens * 2 // 3 ELSE 0 END::INTEGER AS cache_read_tokens"
        )
        connection.execute(f"COPY (SELECT *, {cached} FROM '{log}') TO '{file}' (FORMAT parquet)")
    log.unlink()
    return file


def _prices() -> Prices:
    rows = {one.model: one.rows[0] for one in resolve_prices([(model, "anthropic") for model in MODELS])}
    return Prices(
        {model: row.input_usd_per_mtok / 1e6 for model, row in rows.items()},
        {model: (row.cache_read_usd_per_mtok or 0.0) / 1e6 for model, row in rows.items()},
        {model: row.output_usd_per_mtok / 1e6 for model, row in rows.items()},
        {model: 1.0 if row.batch_factor is None else row.batch_factor for model, row in rows.items()},
    )


def _agree(question: str, mine: Answer, theirs: Answer) -> None:
    assert mine.keys() == theirs.keys(), question
    for key, value in mine.items():
        off = abs(value / theirs[key] - 1)
        assert off <= TOLERANCE.get(question, 1e-9), f"{question}, {key}: {value} against {theirs[key]}"


def _our_spend(store: Store) -> Answer:
    rows = audit.spend_by_pair(store, Scope(), "use_case", "model").iter_rows(named=True)
    return {(row["first"], row["second"]): row["list_cost"] for row in rows}


def _our_days(store: Store) -> Answer:
    rows = audit.spend_over_time(store, Scope(time_zone=ZONE), "day", "model", ()).iter_rows(named=True)
    return {row["begins"].date(): row["list_cost"] for row in rows}


def _our_p95(store: Store) -> Answer:
    rows = audit.percentiles_by(store, Scope(), "model").iter_rows(named=True)
    return {row["name"]: row["p95"] for row in rows if row["measure"] == "latency_ms"}


def _our_saving(store: Store) -> Answer:
    return {line.name: line.cost or 0.0 for line in audit.cost_lines(store, Scope()).saved if line.unit == "tokens"}


def _polars_cost(prices: Prices) -> pl.Expr:
    plain, cached, output, batch = (
        pl.col("model").replace_strict(rate, return_dtype=pl.Float64)
        for rate in (prices.plain, prices.cached, prices.output, prices.batch)
    )
    read = pl.col("cache_read_tokens")
    usd = (pl.col("input_tokens") - read) * plain + read * cached + pl.col("output_tokens") * output
    return usd * pl.when(pl.col("batch")).then(batch).otherwise(1.0)


def _polars_spend(log: pl.LazyFrame, prices: Prices) -> Answer:
    rows = log.group_by("use_case", "model").agg(usd=_polars_cost(prices).sum()).collect().iter_rows()
    return {(use_case, model): usd for use_case, model, usd in rows}


def _polars_days(log: pl.LazyFrame, prices: Prices) -> Answer:
    day = pl.col("timestamp").dt.convert_time_zone(ZONE).dt.date()
    return dict(log.group_by(day).agg(usd=_polars_cost(prices).sum()).collect().iter_rows())


def _polars_p95(log: pl.LazyFrame, prices: Prices) -> Answer:
    answered = log.filter(pl.col("status") == "ok")
    return dict(answered.group_by("model").agg(pl.col("latency_ms").quantile(0.95)).collect().iter_rows())


def _polars_saving(log: pl.LazyFrame, prices: Prices) -> Answer:
    less = {model: prices.plain[model] - prices.cached[model] for model in MODELS}
    model = pl.col("model")
    factor = pl.when(pl.col("batch")).then(model.replace_strict(prices.batch, return_dtype=pl.Float64)).otherwise(1.0)
    saved = pl.col("cache_read_tokens") * model.replace_strict(less, return_dtype=pl.Float64) * factor
    return {"prompt cache": log.select(saved.sum()).collect().item()}


def _pandas_rates(log: pd.DataFrame, *rates: dict[str, float]) -> list[FloatArray]:
    """Each model's rate on every row; numbering the names once is the quickest way there."""
    codes, names = pd.factorize(log["model"])
    return [np.array([rate[name] for name in names])[codes] for rate in rates]


def _pandas_cost(log: pd.DataFrame, prices: Prices) -> pd.Series:
    plain, cached, output, batch = _pandas_rates(log, prices.plain, prices.cached, prices.output, prices.batch)
    read = log["cache_read_tokens"]
    usd = (log["input_tokens"] - read) * plain + read * cached + log["output_tokens"] * output
    return usd * np.where(log["batch"], batch, 1.0)


def _pandas_spend(log: pd.DataFrame, prices: Prices) -> Answer:
    return _pandas_cost(log, prices).groupby([log["use_case"], log["model"]]).sum().to_dict()


def _pandas_days(log: pd.DataFrame, prices: Prices) -> Answer:
    day = log["timestamp"].dt.tz_convert(ZONE).dt.tz_localize(None).dt.floor("D")
    found = _pandas_cost(log, prices).groupby(day).sum()
    return {moment.date(): usd for moment, usd in found.items()}


def _pandas_p95(log: pd.DataFrame, prices: Prices) -> Answer:
    return log[log["status"] == "ok"].groupby("model")["latency_ms"].quantile(0.95).to_dict()


def _pandas_saving(log: pd.DataFrame, prices: Prices) -> Answer:
    plain, cached, batch = _pandas_rates(log, prices.plain, prices.cached, prices.batch)
    saved = log["cache_read_tokens"] * (plain - cached) * np.where(log["batch"], batch, 1.0)
    return {"prompt cache": float(saved.sum())}


SPENT = ("model", "input_tokens", "output_tokens", "cache_read_tokens", "batch")
QUESTIONS = ("spend by use case and model", f"spend by day in {ZONE}", "p95 of latency by model", "saved by the cache")
OURS = dict(zip(QUESTIONS, (_our_spend, _our_days, _our_p95, _our_saving), strict=True))
POLARS = dict(zip(QUESTIONS, (_polars_spend, _polars_days, _polars_p95, _polars_saving), strict=True))
PANDAS = dict(zip(QUESTIONS, (_pandas_spend, _pandas_days, _pandas_p95, _pandas_saving), strict=True))
NEEDED = dict(zip(QUESTIONS, (
    [*SPENT, "use_case"], [*SPENT, "timestamp"], ["model", "latency_ms", "status"], ["model", "cache_read_tokens", "batch"],
), strict=True))  # fmt: skip
COLUMNS = sorted({column for columns in NEEDED.values() for column in columns})
