"""The demo's second month: traffic routed by an adopted architecture, with the drift that data/demo.toml documents."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import numpy as np

from analytics.logs.demo import (
    USERS,
    Array,
    Drawn,
    answer_tokens,
    draw_arrivals,
    draw_complexity,
    draw_tokens,
    latency_ms,
    log_frame,
    right_probability,
    with_retries,
)
from analytics.logs.demo_truth import DemoTruth, read_truth

# Given the use case and the complexity of every request, the model that each goes to.
Route = Callable[[Array, Array], Array]
ID_PREFIX = "n"
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Drift:
    """What changes from `from_day` (1 is the first) of the month on, for one model on one use case."""

    from_day: int
    use_case: str
    model: str
    output_factor: float = 1.0
    quality_change: float = 0.0


def planted_drifts() -> tuple[Drift, ...]:
    """The drifts that data/demo.toml documents."""
    return tuple(Drift(**one) for one in read_truth().entries["second_month"]["drift"])


def write_second_month(
    folder: Path, seed: int, requests: int, route: Route, overhead_ms: float, drifts: tuple[Drift, ...]
) -> Path:
    """Write the month after the demo's as second_month.parquet into `folder`.

    `requests` are the first month's; the same seed and size give the same rows. `overhead_ms` is what choosing a route
    takes, part of what users wait.
    """
    first = read_truth()
    entries = first.entries["second_month"]
    days = int(entries["days"])
    truth = replace(
        first, entries=first.entries | {"days": days, "last_day": first.last_day + timedelta(days=days)}
    )  # fmt: skip
    random = np.random.default_rng([seed, 2])
    log = with_retries(
        truth,
        random,
        log_frame(*_drawn(truth, random, round(requests * float(entries["volume"])), route, overhead_ms, drifts)),
    )
    file = folder / "second_month.parquet"
    log.write_parquet(file, compression="lz4")
    return file


def _drawn(
    truth: DemoTruth, random: np.random.Generator, n: int, route: Route, overhead_ms: float, drifts: tuple[Drift, ...]
) -> tuple[DemoTruth, np.random.Generator, Drawn, str, Array]:
    """The arguments of `log_frame`."""
    case = random.choice(len(truth.use_cases), n, p=[one.share for one in truth.use_cases]).astype(np.int8)
    complexity = draw_complexity(truth, random, case)
    expected_in, expected_out = draw_tokens(truth, random, case)
    arrived = draw_arrivals(truth, random, n)
    names, models = np.array([one.name for one in truth.use_cases]), np.array(truth.models)
    chosen = route(names[case], complexity)
    model = np.argmax(chosen[:, None] == models, axis=1).astype(np.int8)
    right_share = right_probability(truth, case, complexity, model)
    for drift in drifts:
        hit = (names[case] == drift.use_case) & (chosen == drift.model) & (arrived >= _begins(truth, drift.from_day))
        expected_out = np.where(hit, expected_out * drift.output_factor, expected_out)
        right_share = np.where(hit, np.clip(right_share + drift.quality_change, 0, 1), right_share)
    output = answer_tokens(truth, random, expected_out)
    right, scored = random.random(n) < right_share, random.random(n) < truth.entries["scored_share"]
    users = (USERS * random.random(n) ** 2).astype(np.int64)
    latency = np.round(latency_ms(truth, random, model, output) + overhead_ms, 1)
    drawn = Drawn(case, complexity, expected_in, output, model, right, scored, users, arrived, latency)
    return truth, random, drawn, ID_PREFIX, np.full(n, np.nan)


def _begins(truth: DemoTruth, day: int) -> int:
    """Midnight UTC of a day of the month, in microseconds since 1970."""
    first = truth.last_day - timedelta(days=int(truth.entries["days"]) - 1)
    return int(datetime.combine(first, time(), UTC).timestamp()) * 1_000_000 + (day - 1) * DAY_US
