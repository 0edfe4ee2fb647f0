"""The demo log: a month of requests drawn from data/demo.toml, seeded, written as canonical files and loaded like any log."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.errors import StoreError
from analytics.logs.demo_truth import DemoTruth, UseCase, read_truth
from analytics.logs.load import load_log
from analytics.logs.outcomes import load_outcomes
from analytics.store import open_store, segments_folder
from analytics.whole_file import scratch_folder

if TYPE_CHECKING:
    import polars as pl

Array = Any  # numpy arrays of any type: the drawing functions mix integers, floats and names
Progress = Callable[[float, str], None]

METRIC = "correct"
STEP_MINUTES = 15
# How busy each hour of a working day is, and each weekday from Monday: the shape of an office-hours service.
HOURS = np.array(
    [2, 1.5, 1.2, 1, 1, 1.3, 2.2, 3.6, 5.6, 7.2, 7.8, 7.6, 6.8, 7.4, 7.8, 7.4, 6.6, 5.6, 4.6, 4, 3.6, 3.2, 2.8, 2.4]
)
WEEKDAYS = np.array([1.0, 1.06, 1.08, 1.05, 0.97, 0.55, 0.5])
MONTHLY_GROWTH = 0.06
USERS = 20_000


@dataclass(frozen=True)
class DemoResult:
    """What was built."""

    requests: int
    days: int
    path: Path


def build_demo(
    path: Path, seed: int | None = None, requests: int | None = None, progress: Progress | None = None
) -> DemoResult:
    """Build the demo database at `path`, replacing an earlier demo there.

    It is built beside `path` and moved in place when complete. Raises StoreError if `path` holds a user's log.
    """
    tell = progress or (lambda fraction, what: None)
    path = path.absolute()
    if path.exists() and open_store(path).kind != "demo":
        raise StoreError(
            f"{path} holds your own log, and the two are never mixed: build the demo in another file with --db."
        )
    truth = read_truth()
    requests = requests or int(truth.entries["requests"])
    with scratch_folder(path.with_name(path.name + ".files")) as place:
        tell(0.02, "drawing requests")
        log, outcomes = write_demo_files(place, truth.entries["seed"] if seed is None else seed, requests)
        building = place / path.name
        load_log(building, log, progress=progress, kind="demo")
        load_outcomes(building, outcomes, kind="demo")
        _move_in_place(building, path)
    return DemoResult(requests, int(truth.entries["days"]), path)


def _move_in_place(built: Path, path: Path) -> None:
    """Segments first, then the catalogue that names them; segments of an earlier demo fall to the next clean-up."""
    target = segments_folder(path)
    target.mkdir(exist_ok=True)
    for segment in segments_folder(built).iterdir():
        shutil.move(segment, target / segment.name)
    built.replace(path)


def write_demo_files(folder: Path, seed: int, requests: int) -> tuple[Path, Path]:
    """Write log.parquet and outcomes.parquet into `folder`; the same seed and size give the same rows."""
    truth = read_truth()
    random = np.random.default_rng(seed)
    log = _log(truth, random, requests)
    outcomes = _outcomes(truth, random, log, min(int(truth.entries["pairs"]), requests))
    files = folder / "log.parquet", folder / "outcomes.parquet"
    with_retries(truth, random, log).write_parquet(files[0], compression="lz4")
    outcomes.write_parquet(files[1])
    return files


@dataclass(frozen=True)
class Drawn:
    """What was drawn of n requests, each (n,): indices of use case and model, tokens, times; microseconds since 1970."""

    case: Array
    complexity: Array
    input_tokens: Array
    output_tokens: Array
    model: Array
    right: Array
    scored: Array
    users: Array
    arrived: Array
    latency_ms: Array


def _log(truth: DemoTruth, random: np.random.Generator, n: int) -> "pl.DataFrame":
    entries = truth.entries
    case = random.choice(len(truth.use_cases), n, p=[one.share for one in truth.use_cases]).astype(np.int8)
    complexity = draw_complexity(truth, random, case)
    expected_in, expected_out = draw_tokens(truth, random, case)
    others = len(truth.models) - 1
    share = float(entries["explored_share"])
    model = random.choice(len(truth.models), n, p=[1 - share * others] + [share] * others).astype(np.int8)
    output = answer_tokens(truth, random, expected_out)
    right = random.random(n) < right_probability(truth, case, complexity, model)
    scored = random.random(n) < entries["scored_share"]
    users = (USERS * random.random(n) ** 2).astype(np.int64)
    arrived = draw_arrivals(truth, random, n)
    latency = latency_ms(truth, random, model, output)
    drawn = Drawn(case, complexity, expected_in, output, model, right, scored, users, arrived, latency)
    return log_frame(truth, random, drawn, "r", np.where(model == 0, 1 - share * others, share))


def log_frame(
    truth: DemoTruth, random: np.random.Generator, drawn: Drawn, prefix: str, propensity: Array
) -> "pl.DataFrame":
    """The requests as canonical rows, with teams, environments and sessions drawn here; a NaN propensity is unknown."""
    import polars as pl

    n, names, models = len(drawn.case), np.array([one.name for one in truth.use_cases]), np.array(truth.models)
    case, model, latency = drawn.case, drawn.model, drawn.latency_ms
    return pl.DataFrame(
        {
            "request_id": pl.select(prefix + pl.int_range(n).cast(pl.String).str.zfill(7)).to_series(),
            "timestamp": pl.Series(drawn.arrived).cast(pl.Datetime("us", "UTC")),
            "model": pl.Series(models[model]).cast(pl.Categorical),
            "provider": pl.Series(np.where(np.char.startswith(models, "gemini"), "google", "anthropic")[model]),
            "input_tokens": np.maximum(1, np.rint(drawn.input_tokens)).astype(np.int64),
            "output_tokens": drawn.output_tokens,
            "latency_ms": latency,
            "ttft_ms": np.round(latency * _waiting_share(truth, model, drawn.output_tokens), 1),
            "use_case": pl.Series(names[case]),
            "team": _teams(truth, random, case),
            "environment": pl.Series(np.where(random.random(n) < 0.06, "staging", "production")),
            "user_id": pl.select(pl.lit("u") + pl.Series(drawn.users).cast(pl.String)).to_series(),
            "session_id": pl.select(
                pl.lit("s") + pl.Series(drawn.users * 100 + random.integers(0, 60, n)).cast(pl.String)
            ).to_series(),
            "complexity": drawn.complexity,
            "quality": pl.Series(np.where(drawn.scored, drawn.right.astype(float), np.nan)).fill_nan(None),
            "quality_metric": pl.Series(np.where(drawn.scored, METRIC, "")).replace("", None),
            "propensity": pl.Series(propensity).fill_nan(None),
        }
    ).with_columns(cost_usd=_billed(truth), logical_id=pl.lit(None, pl.String), attempt=pl.lit(1), status=pl.lit("ok"))


def _billed(truth: DemoTruth) -> "pl.Expr":
    """The bill at list price."""
    import polars as pl

    from analytics.prices import resolve_prices

    rates = {one.model: one.rows[0] for one in resolve_prices([(model, None) for model in truth.models])}
    rate_in, rate_out = (
        pl.col("model")
        .cast(pl.String)
        .replace_strict({model: getattr(row, name) for model, row in rates.items()}, return_dtype=pl.Float64)
        for name in ("input_usd_per_mtok", "output_usd_per_mtok")
    )
    return (pl.col("input_tokens") * rate_in + pl.col("output_tokens") * rate_out) / 1e6


def _by_case(truth: DemoTruth, value: Callable[[UseCase], float]) -> Array:
    return np.array([value(one) for one in truth.use_cases])


def draw_complexity(truth: DemoTruth, random: np.random.Generator, case: Array) -> Array:
    a, b = (_by_case(truth, lambda one, k=k: one.complexity[k])[case] for k in (0, 1))  # type: ignore[misc]
    return np.round(random.beta(a, b), 3)


def draw_tokens(truth: DemoTruth, random: np.random.Generator, case: Array) -> tuple[Array, Array]:
    """Log-normal tokens with the means of the table, input and output correlated."""
    spread, correlation = float(truth.entries["token_spread"]), float(truth.entries["token_correlation"])
    first, second = random.standard_normal((2, len(case)))
    other = correlation * first + np.sqrt(1 - correlation**2) * second
    middle = np.exp(-(spread**2) / 2)
    mean_in = _by_case(truth, lambda one: one.input_tokens)[case]
    mean_out = _by_case(truth, lambda one: one.output_tokens)[case]
    return mean_in * middle * np.exp(spread * first), mean_out * middle * np.exp(spread * other)


def answer_tokens(truth: DemoTruth, random: np.random.Generator, expected: Array) -> Array:
    spread = float(truth.entries["answer_spread"])
    noise = np.exp(spread * random.standard_normal(len(expected)) - spread**2 / 2)
    return np.maximum(1, np.rint(expected * noise)).astype(np.int64)


def latency_ms(truth: DemoTruth, random: np.random.Generator, model: Array, output: Array) -> Array:
    spread = float(truth.entries["latency"]["spread"])
    ttft, speed = (np.array(list(values.values()))[model] for values in (truth.ttft_s, truth.tokens_per_s))
    noise = np.exp(spread * random.standard_normal(len(model)) - spread**2 / 2)
    return np.round(1000 * (ttft + output / speed) * noise, 1)


def _waiting_share(truth: DemoTruth, model: Array, output: Array) -> Array:
    """The share of an answer's time that passes before its first token."""
    ttft, speed = (np.array(list(values.values()))[model] for values in (truth.ttft_s, truth.tokens_per_s))
    return ttft / (ttft + output / speed)


def right_probability(truth: DemoTruth, case: Array, complexity: Array, model: Array) -> Array:
    """P(right) of the answering model, per request."""
    level = np.array([[one.quality[name] for name in truth.models] for one in truth.use_cases])
    slope = np.array([[one.slope[name] for name in truth.models] for one in truth.use_cases])
    centre = _by_case(truth, lambda one: one.complexity[0] / sum(one.complexity))
    return np.clip(level[case, model] - slope[case, model] * (complexity - centre[case]), 0, 1)


def _teams(truth: DemoTruth, random: np.random.Generator, case: Array) -> Array:
    names = sorted({team for one in truth.use_cases for team in one.teams})
    cumulative = np.cumsum([[one.teams.get(team, 0.0) for team in names] for one in truth.use_cases], axis=1)
    chosen = (random.random(len(case))[:, None] > cumulative[case]).sum(axis=1)
    return np.array(names)[np.minimum(chosen, len(names) - 1)]


def draw_arrivals(truth: DemoTruth, random: np.random.Generator, n: int) -> Array:
    """Sorted arrival times in microseconds since 1970, busier by day, on weekdays and towards the end."""
    days = int(truth.entries["days"])
    first = datetime.combine(truth.last_day - timedelta(days=days - 1), time())
    steps = np.arange(days * 24 * 60 // STEP_MINUTES)
    hour, day = steps // (60 // STEP_MINUTES) % 24, steps // (24 * 60 // STEP_MINUTES)
    rate = HOURS[hour] * WEEKDAYS[(day + first.weekday()) % 7] * (1 + MONTHLY_GROWTH * day / days)
    cumulative = np.concatenate([[0.0], np.cumsum(rate / rate.sum())])
    at = np.interp(np.sort(random.random(n)), cumulative, np.arange(len(cumulative)))
    start = int((first - datetime(1970, 1, 1)).total_seconds() * 1e6)
    return start + (at * STEP_MINUTES * 60e6).astype(np.int64)


def with_retries(truth: DemoTruth, random: np.random.Generator, log: "pl.DataFrame") -> "pl.DataFrame":
    """Some requests needed a second attempt: the first failed early and cost nothing."""
    import polars as pl

    chosen = pl.Series(random.random(log.height) < float(truth.entries["retried_share"]))
    failed = log.filter(chosen).with_columns(
        request_id=pl.col("request_id") + "-1", logical_id=pl.col("request_id"), status=pl.lit("error"),
        timestamp=pl.col("timestamp") - pl.duration(milliseconds=400), latency_ms=pl.lit(350.0), ttft_ms=pl.lit(None, pl.Float64), cost_usd=pl.lit(0.0),
        input_tokens=pl.lit(0, pl.Int64), output_tokens=pl.lit(0, pl.Int64), quality=pl.lit(None, pl.Float64),
        quality_metric=pl.lit(None, pl.String),
    )  # fmt: skip
    answered = log.with_columns(
        logical_id=pl.when(chosen).then("request_id"), attempt=pl.when(chosen).then(2).otherwise(1).cast(pl.Int32)
    )
    return pl.concat([answered, failed.select(answered.columns)]).sort("timestamp", maintain_order=True)


def _outcomes(truth: DemoTruth, random: np.random.Generator, log: "pl.DataFrame", n: int) -> "pl.DataFrame":
    """The same prompts through every model; what is hard for one tends to be hard for all (a Gaussian copula)."""
    import polars as pl

    picked = np.sort(random.choice(log.height, n, replace=False))
    rows = log[picked]
    names = [one.name for one in truth.use_cases]
    case = rows["use_case"].replace_strict(names, list(range(len(names)))).to_numpy()
    complexity, expected = rows["complexity"].to_numpy(), rows["output_tokens"].to_numpy().astype(float)
    shared = random.standard_normal(n)
    correlation = float(truth.entries["same_prompt_correlation"])
    frames = []
    for number, name in enumerate(truth.models):
        model = np.full(n, number)
        difficulty = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * random.standard_normal(n)
        right = _uniform(difficulty) < right_probability(truth, case, complexity, model)
        output = rows["output_tokens"].to_numpy() if number == 0 else answer_tokens(truth, random, expected)
        judge = truth.entries["judge"]
        score = np.where(right, *(random.beta(a, b, n) for a, b in (judge["right"], judge["wrong"])))
        frames.append(
            pl.DataFrame(
                {
                    "prompt_id": rows["request_id"],
                    "model": [name] * n,
                    "use_case": rows["use_case"],
                    "complexity": complexity,
                    "input_tokens": rows["input_tokens"],
                    "output_tokens": output,
                    "latency_ms": latency_ms(truth, random, model, output),
                    "quality": right.astype(float),
                    "quality_metric": [METRIC] * n,
                    "judge_score": np.round(score, 3),
                }
            )
        )
    return pl.concat(frames)


def _uniform(normal: Array) -> Array:
    """Standard normal to uniform: its distribution function, by interpolation on a fine grid."""
    grid = np.linspace(-6, 6, 4001)
    density = np.exp(-(grid**2) / 2)
    cumulative = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return np.interp(normal, grid, cumulative / cumulative[-1])
