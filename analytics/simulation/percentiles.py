"""Latency percentiles of a mixture: histograms of single latencies, scaled to each part's mean, weighted by traffic."""

from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np

from analytics.outcomes.arrays import FloatArray
from analytics.simulation.ground import Ground

BIN_RATIO = 1.02
LEAST_TIMED = 200.0
# Latencies of two models on one prompt go together as far as their output lengths do: rank correlation .40 [RouterArena].
STEP_CORRELATION = 0.4
CASCADE_DRAWS = 2000


@dataclass(frozen=True)
class Shape:
    """A distribution with mean 1: sorted values and their weights, which sum to 1."""

    values: FloatArray
    weights: FloatArray

    def at(self, share: FloatArray) -> FloatArray:
        """Quantiles."""
        position = np.searchsorted(np.cumsum(self.weights), share)
        result: FloatArray = self.values[np.minimum(position, len(self.values) - 1)]
        return result


@dataclass(frozen=True)
class Step:
    """One call: the model (index), its mean latency, what follows it without fail (a verifier), and P(called)."""

    model: int
    mean_ms: float
    after_ms: float
    called: float


@dataclass(frozen=True)
class Part:
    """Requests of one use case answered alike: how many, the steps in order, and what the architecture adds to each."""

    use_case: int
    requests: float
    steps: tuple[Step, ...]
    extra_ms: float


class Shapes:
    """The shapes of single latencies by (use case, model): the log's where it has 200 answers, else log-normal."""

    def __init__(self, ground: Ground) -> None:
        self._spread = ground.latency.log_spread
        self._own: dict[tuple[int, int], Shape] = {}
        self._model: dict[int, Shape] = {}
        timed = ground.histogram
        if not len(timed.n):
            return
        number = {model: index for index, model in enumerate(ground.models)}
        model = np.array([number.get(str(name), -1) for name in timed.model])
        use_case = ground.evidence.classes.use_case_of(timed.use_case)
        value, n = BIN_RATIO**timed.bin, timed.n  # shapes have mean 1: where in its bin a value stands is all the same
        for index in np.unique(model[model >= 0]):
            of_model = model == index
            if n[of_model].sum() >= LEAST_TIMED:
                self._model[int(index)] = _shape(value[of_model], n[of_model])
            for one in np.unique(use_case[of_model]):
                both = of_model & (use_case == one)
                if n[both].sum() >= LEAST_TIMED:
                    self._own[int(one), int(index)] = _shape(value[both], n[both])

    def of(self, use_case: int, model: int) -> Shape:
        """The shape for a model's answers in a use case."""
        return self._own.get((use_case, model)) or self._model.get(model) or lognormal(float(self._spread[model]))


def lognormal(spread: float) -> Shape:
    """A log-normal shape with mean 1, at 200 equally likely values."""
    values = np.exp(spread * _normal_scores(200))
    return Shape(values / values.mean(), np.full(len(values), 1.0 / len(values)))


def percentiles(parts: list[Part], shapes: Shapes, shares: tuple[float, ...], seed: int) -> tuple[float, ...]:
    """Quantiles in ms of the mixture of all parts."""
    values, weights = [], []
    for part in parts:
        if len(part.steps) == 1:
            step = part.steps[0]
            shape = shapes.of(part.use_case, step.model)
            values.append(shape.values * step.mean_ms + step.after_ms + part.extra_ms)
            weights.append(shape.weights * part.requests)
        else:
            drawn = _cascade_draws(part, shapes, seed)
            values.append(drawn)
            weights.append(np.full(len(drawn), part.requests / len(drawn)))
    if not values:
        return tuple(0.0 for _ in shares)
    value, weight = np.concatenate(values), np.concatenate(weights)
    order = np.argsort(value, kind="stable")
    passed = np.cumsum(weight[order])
    at = np.searchsorted(passed, np.array(shares) * passed[-1])
    return tuple(float(one) for one in value[order][np.minimum(at, len(order) - 1)])


def _cascade_draws(part: Part, shapes: Shapes, seed: int) -> FloatArray:
    """Latencies of single requests through a cascade: the sum of the steps that each one takes."""
    random = np.random.default_rng([seed, 42, part.use_case])
    common = random.standard_normal(CASCADE_DRAWS)
    progress = random.random(CASCADE_DRAWS)
    total = np.full(CASCADE_DRAWS, part.extra_ms)
    for step in part.steps:
        own = STEP_CORRELATION**0.5 * common + (1.0 - STEP_CORRELATION) ** 0.5 * random.standard_normal(CASCADE_DRAWS)
        rank = (np.argsort(np.argsort(own)) + 0.5) / CASCADE_DRAWS
        spent = shapes.of(part.use_case, step.model).at(rank) * step.mean_ms + step.after_ms
        total += np.where(progress < step.called, spent, 0.0)
    return total


def _shape(values: FloatArray, n: FloatArray) -> Shape:
    distinct, position = np.unique(values, return_inverse=True)
    weights = np.bincount(position, n) / n.sum()
    return Shape(distinct / (distinct @ weights), weights)


@cache
def _normal_scores(count: int) -> FloatArray:
    normal = NormalDist()
    return np.array([normal.inv_cdf((index + 0.5) / count) for index in range(count)])
