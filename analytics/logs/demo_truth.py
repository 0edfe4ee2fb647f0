"""The demo's ground truth: read from one table, and what an architecture really does under it.

The expectations are computed from the table alone, by integrating over complexity; no log and no evidence enter.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from analytics import settings

Array = np.ndarray[Any, np.dtype[np.float64]]
GRID = 4000


@dataclass(frozen=True)
class UseCase:
    """Share of traffic, mean tokens, complexity ~ Beta(a, b), quality at mean complexity and its slope per model."""

    name: str
    share: float
    input_tokens: float
    output_tokens: float
    complexity: tuple[float, float]
    quality: dict[str, float]
    slope: dict[str, float]
    teams: dict[str, float]

    def quality_at(self, model: str, complexity: Array) -> Array:
        """P(right) of a model at each complexity."""
        a, b = self.complexity
        return np.clip(self.quality[model] - self.slope[model] * (complexity - a / (a + b)), 0.0, 1.0)


@dataclass(frozen=True)
class DemoTruth:
    """The whole table of data/demo.toml; `settings` are its plain entries."""

    use_cases: tuple[UseCase, ...]
    ttft_s: dict[str, float]
    tokens_per_s: dict[str, float]
    entries: dict[str, Any]

    @property
    def models(self) -> tuple[str, ...]:
        """The premium model first."""
        return tuple(self.ttft_s)

    @property
    def last_day(self) -> date:
        """Last day of the log, UTC."""
        day: date = self.entries["last_day"]
        return day


@dataclass(frozen=True)
class Truth:
    """What an architecture costs (USD a month), how long an answer takes on average (s), how many are right."""

    monthly_cost_usd: float
    latency_s: float
    quality: float


def read_truth() -> DemoTruth:
    """Read data/demo.toml."""
    content = tomllib.loads((settings.data_dir / "demo.toml").read_text(encoding="utf-8"))
    cases = tuple(_use_case(name, entry) for name, entry in content["use_cases"].items())
    models = content["models"]
    return DemoTruth(
        use_cases=cases,
        ttft_s={model: entry["ttft_s"] for model, entry in models.items()},
        tokens_per_s={model: entry["tokens_per_s"] for model, entry in models.items()},
        entries=content,
    )


def _use_case(name: str, entry: dict[str, Any]) -> UseCase:
    a, b = entry["complexity"]
    return UseCase(
        name,
        entry["share"],
        entry["input_tokens"],
        entry["output_tokens"],
        (a, b),
        entry["quality"],
        entry["slope"],
        entry["teams"],
    )


def ground_truth(
    truth: DemoTruth,
    route: Callable[[str, Array], "np.ndarray[Any, np.dtype[np.object_]]"],
    prices: dict[str, tuple[float, float]],
    overhead_s: float = 0.0,
    requests_per_month: float = 1_000_000,
) -> Truth:
    """The population's expectation when `route(use case, complexities)` names the model of each request.

    `prices` are USD per million input and output tokens. Tokens do not depend on complexity within a use case.
    """
    cost = latency = quality = 0.0
    for case in truth.use_cases:
        complexity = _quantiles(*case.complexity)
        chosen = route(case.name, complexity)
        for model in dict.fromkeys(chosen.tolist()):
            here = chosen == model
            weight = case.share * float(np.mean(here))
            price_in, price_out = prices[model]
            cost += weight * (case.input_tokens * price_in + case.output_tokens * price_out) / 1e6
            latency += weight * (truth.ttft_s[model] + case.output_tokens / truth.tokens_per_s[model])
            quality += case.share * float(np.mean(case.quality_at(model, complexity) * here))
    return Truth(cost * requests_per_month, latency + overhead_s, quality)


def _quantiles(a: float, b: float) -> Array:
    """Evenly spaced quantiles of Beta(a, b), by inverting its numerically integrated density."""
    x = np.linspace(0, 1, 20_001)
    density = x ** (a - 1) * (1 - x) ** (b - 1)
    cumulative = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    middle = (np.arange(GRID) + 0.5) / GRID
    return np.interp(middle, cumulative / cumulative[-1], x)
