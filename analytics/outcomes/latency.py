"""How long an answer takes: seconds to the first token plus output tokens over speed, per model.

    latency = first[m] + each[m] * output tokens + offset[use case, m]

A Bayesian linear regression on the log's sums and the side-by-side rows, with the catalogue of `data/models.toml` as a
prior worth very little; a model without any timed answer has the catalogue's values, marked as assumed, +-30%.
"""

import tomllib
from dataclasses import dataclass
from functools import cache

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, divided, named_noise
from analytics.outcomes.evidence import Evidence
from analytics.settings import data_dir

ASSUMED_SPREAD, DEFAULT_LOG_SPREAD = 0.3, 0.5


@dataclass(frozen=True)
class TimedAnswers:
    """Sums over the log's answered requests by class and model, each (classes, models); times in ms."""

    n: FloatArray
    ms: FloatArray
    ms_squares: FloatArray
    ms_output: FloatArray
    output: FloatArray
    output_squares: FloatArray

    def added(self, other: "TimedAnswers") -> "TimedAnswers":
        return TimedAnswers(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class LatencyModel:
    """Draws of the two coefficients (draws, models) and the offsets (draws, use cases, models), in ms.

    `log_spread` (models,) is the standard deviation of the log of single latencies around their mean.
    """

    first_ms: FloatArray
    each_ms: FloatArray
    offset_ms: FloatArray
    log_spread: FloatArray
    residual_ms: FloatArray
    assumed: BoolArray


@cache
def catalogue_speeds() -> tuple[tuple[str, float, float], ...]:
    """(model family, seconds to first token, output tokens per second) of data/models.toml, the last one for any model."""
    table = tomllib.loads((data_dir / "models.toml").read_text(encoding="utf-8"))
    rows = [(str(row["family"]), float(row["first_token_s"]), float(row["tokens_per_s"])) for row in table["latency"]]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


def catalogue_latency(model: str) -> tuple[float, float]:
    """ms to the first token and ms per output token of the longest family name that starts `model`."""
    for family, first_s, speed in catalogue_speeds():
        if model.startswith(family):
            return first_s * 1e3, 1e3 / speed
    return 800.0, 1e3 / 80.0


def fit_latency(evidence: Evidence, logged: TimedAnswers, draws: int, seed: int) -> LatencyModel:
    """The latency model of every model of the evidence."""
    use_case, use_cases = evidence.classes.use_case, len(evidence.classes.use_cases)
    sums = logged.added(_paired_answers(evidence))
    table = {name: _by_use_case(getattr(sums, name), use_case, use_cases) for name in sums.__dataclass_fields__}
    models = len(evidence.models)
    first, each = np.zeros((draws, models)), np.zeros((draws, models))
    offset = np.zeros((draws, use_cases, models))
    spread, residual = np.full(models, DEFAULT_LOG_SPREAD), np.zeros(models)
    assumed = np.zeros(models, dtype=np.bool_)
    for index, name in enumerate(evidence.models):
        prior = np.array(catalogue_latency(name))
        noise = named_noise(seed, 31, name, draws, use_cases + 2)
        column = {key: part[:, index] for key, part in table.items()}
        total = {key: float(part.sum()) for key, part in column.items()}
        if total["n"] < 3:
            assumed[index] = True
            first[:, index], each[:, index] = (prior * np.exp(ASSUMED_SPREAD * noise[:, :2] - ASSUMED_SPREAD**2 / 2)).T
            continue
        mean, covariance, variance = _regression(total, prior)
        drawn = mean + noise[:, :2] @ np.linalg.cholesky(covariance).T
        first[:, index], each[:, index] = drawn.T
        residual[index] = variance**0.5
        spread[index] = _log_spread(column)
        offset[:, :, index] = _offsets(column, mean, variance, noise[:, 2:])
    return LatencyModel(first, each, offset, spread, residual, assumed)


def _regression(total: dict[str, float], prior: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Posterior mean and covariance of (first, each) and the residual variance, ms²."""
    n, crossed = total["n"], np.array([total["ms"], total["ms_output"]])
    gram = np.array([[n, total["output"]], [total["output"], total["output_squares"]]])
    weak = np.diag(1.0 / np.maximum(prior, 1e-6) ** 2)
    variance = max(total["ms_squares"] / n - (total["ms"] / n) ** 2, 1.0)
    mean, covariance = prior, np.diag(prior**2)
    for _ in range(3):
        covariance = np.asarray(np.linalg.inv(gram / variance + weak), dtype=np.float64)
        mean = covariance @ (crossed / variance + weak @ prior)
        square = total["ms_squares"] - 2 * mean @ crossed + mean @ gram @ mean
        variance = max(float(square) / n, 1e-4 * (total["ms"] / n) ** 2, 1e-9)
    if mean[1] < 0:
        mean = np.array([total["ms"] / n, 0.0])
    return mean, covariance, variance


def _offsets(column: dict[str, FloatArray], mean: FloatArray, variance: float, noise: FloatArray) -> FloatArray:
    """Use cases' deviations from the line, shrunk; (draws, use cases)."""
    n = column["n"]
    seen = n > 0
    gap = divided(column["ms"] - mean[0] * n - mean[1] * column["output"], n)
    between = float((n * gap**2).sum() - seen.sum() * variance) / max(float(n.sum()), 1.0)
    between = max(between, 1e-6 * variance)
    pull = n * between / (n * between + variance)
    result: FloatArray = pull * gap + noise * np.sqrt((1.0 - pull) * between)
    return result


def _log_spread(column: dict[str, FloatArray]) -> float:
    """Standard deviation of the logs of single latencies within use cases, as of a log-normal distribution."""
    n, total = column["n"], float(column["n"].sum())
    mean = np.divide(column["ms"], n, out=np.ones_like(n), where=n > 0)
    relative = np.divide(column["ms_squares"], n * mean**2, out=np.ones_like(n), where=(n > 0) & (mean > 0)) - 1.0
    return float(np.sqrt(np.log1p(max(0.0, float((n * relative).sum()) / total)))) if total else DEFAULT_LOG_SPREAD


def _paired_answers(evidence: Evidence) -> TimedAnswers:
    prompts, classes = evidence.prompts, len(evidence.classes)
    known = (prompts.latency_ms > 0) & (prompts.output_tokens >= 0)
    ms, output = np.where(known, prompts.latency_ms, 0.0), np.where(known, prompts.output_tokens, 0.0)

    def summed(values: FloatArray) -> FloatArray:
        total = np.zeros((classes, values.shape[1]))
        np.add.at(total, prompts.group, values)
        return total

    parts: tuple[FloatArray, ...] = (known.astype(np.float64), ms, ms**2, ms * output, output, output**2)
    return TimedAnswers(*(summed(part) for part in parts))


def _by_use_case(values: FloatArray, use_case: IntArray, use_cases: int) -> FloatArray:
    summed = np.zeros((use_cases, values.shape[1]))
    np.add.at(summed, use_case, values)
    return summed
