"""What all architectures of one simulation stand on: the same traffic, outcome model, prices and draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from analytics.learning.stored import StoredRouter
from analytics.outcomes import (
    Evidence,
    Grades,
    LatencyModel,
    LoggedTokens,
    QualityModel,
    TimedAnswers,
    TokenRatios,
    build_classes,
    fit_latency,
    fit_quality,
    fit_ratios,
    gather,
    unscored_quality,
)
from analytics.outcomes.arrays import FloatArray, IntArray, cell_sums
from analytics.outcomes.grades import C
from analytics.outcomes.observations import Scores
from analytics.policies import Architecture
from analytics.simulation.bill import Bill, bill, prices_in_scenario
from analytics.simulation.inputs import Histogram, Inputs
from analytics.simulation.results import Scenario
from analytics.simulation.traffic import Traffic
from analytics.simulation.volume import monthly_requests
from analytics.store.recent import Recent

# Fitted once per evidence: sliders that change prices or routes must not wait for it.
_fits: Recent[QualityModel] = Recent(8)


@dataclass(frozen=True)
class Ground:
    """`group` and `logged` (strata,) are the class and the logged model of each stratum, as indices.

    `models` are those of the evidence, then those that only architectures name. Bills are per model, None if unpriced.
    """

    scenario: Scenario
    requests_per_month: float
    traffic: Traffic
    models: tuple[str, ...]
    group: IntArray
    logged: IntArray
    quality: QualityModel
    input_ratio: TokenRatios
    output_ratio: TokenRatios
    latency: LatencyModel
    bills: tuple[Bill | None, ...]
    histogram: Histogram
    routers: Mapping[str, StoredRouter]
    draws: int
    seed: int
    # Effects of plans that are the same wherever they are used, and fits that many plans need, worked out once.
    effects: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def evidence(self) -> Evidence:
        """The evidence, over all models."""
        return self.quality.evidence

    @property
    def use_case(self) -> IntArray:
        """Use case of every class."""
        return self.evidence.classes.use_case


def lay_ground(
    inputs: Inputs, architectures: Sequence[Architecture], scenario: Scenario, seed: int, draws: int
) -> Ground:
    """Fit the outcome model to the evidence and lay it over the traffic.

    A scope of certain models narrows the traffic, not the evidence: a model's share of a class is meant among all.
    """
    traffic, background, scores, pairs = inputs.traffic, inputs.background, inputs.scores, inputs.pairs
    members = [(part.use_case, part.tenth) for part in (traffic, background, scores, pairs)]
    classes = build_classes(members)
    known = tuple(sorted({*map(str, background.model), *map(str, scores.model), *pairs.models}))
    logged, group = _indices(background, known), classes.find(background.use_case, background.tenth)
    shape = (len(classes), len(known))

    def fit() -> QualityModel:
        requests = cell_sums(shape, group, logged, background.requests)
        return fit_quality(gather(classes, known, inputs.metric, requests, scores, pairs), draws, seed)

    quality = fit() if inputs.evidence_key is None else _fits.once((*inputs.evidence_key, draws, seed), fit)
    extra = tuple(sorted({model for one in architectures for model in one.models} - set(known)))
    quality = _with_unscored(quality, extra, seed)
    models = known + extra
    sums = _sums(background, group, logged, (len(classes), len(models)))
    input_ratio, output_ratio = fit_ratios(quality.evidence, sums[0], draws, seed)
    output_ratio = replace(output_ratio, more=scenario.verbosity)
    return Ground(
        scenario=scenario, requests_per_month=monthly_requests(scenario, float(traffic.requests.sum()), inputs.span),
        traffic=traffic, models=models, group=classes.find(traffic.use_case, traffic.tenth), logged=_indices(traffic, models),
        quality=quality, input_ratio=input_ratio, output_ratio=output_ratio,
        latency=fit_latency(quality.evidence, sums[1], draws, seed),
        bills=bills_of(inputs, models, scenario),
        histogram=inputs.histogram, routers=inputs.routers, draws=draws, seed=seed,
    )  # fmt: skip


def bills_of(inputs: Inputs, models: Sequence[str], scenario: Scenario) -> tuple[Bill | None, ...]:
    """The traffic's tokens priced on every model under the scenario's prices and cache survival."""
    return tuple(
        bill(
            inputs.traffic, model, prices_in_scenario(inputs.prices.get(model, []), model, scenario), inputs.span.last,
            scenario.cache_survival,
        )
        for model in models
    )  # fmt: skip


def _indices(traffic: Traffic, models: Sequence[str]) -> IntArray:
    number = {model: index for index, model in enumerate(models)}
    return np.array([number[str(model)] for model in traffic.model], dtype=np.int64)


def _sums(
    traffic: Traffic, group: IntArray, logged: IntArray, shape: tuple[int, int]
) -> tuple[LoggedTokens, TimedAnswers]:
    def summed(values: FloatArray) -> FloatArray:
        return cell_sums(shape, group, logged, values)

    tokens = (
        traffic.attempts,
        traffic.input_tokens,
        traffic.output_tokens,
        traffic.input_squares,
        traffic.output_squares,
    )
    times = (
        traffic.latency_n, traffic.latency_ms, traffic.latency_squares, traffic.latency_output,
        traffic.latency_output_tokens, traffic.latency_output_squares,
    )  # fmt: skip
    return LoggedTokens(*map(summed, tokens)), TimedAnswers(*map(summed, times))


def _with_unscored(model: QualityModel, extra: tuple[str, ...], seed: int) -> QualityModel:
    """The quality model with columns for models that have no evidence: wide guesses of grade C."""
    if not extra:
        return model
    evidence, count = model.evidence, len(extra)

    def padded(table: FloatArray, value: float) -> FloatArray:
        return np.pad(table, ((0, 0), (0, count)), constant_values=value)

    prompts = evidence.prompts
    prompts = replace(
        prompts,
        quality=padded(prompts.quality, np.nan),
        judge=padded(prompts.judge, np.nan),
        input_tokens=padded(prompts.input_tokens, np.nan),
        output_tokens=padded(prompts.output_tokens, np.nan),
        latency_ms=padded(prompts.latency_ms, np.nan),
    )
    explored, logged = (
        Scores(padded(scores.n, 0.0), padded(scores.total, 0.0), padded(scores.squares, 0.0))
        for scores in (evidence.explored, evidence.logged)
    )
    evidence = replace(
        evidence, models=evidence.models + extra, requests=padded(evidence.requests, 0.0),
        explored=explored, logged=logged, prompts=prompts,
    )  # fmt: skip
    guesses = np.stack([unscored_quality(model, name, seed) for name in extra], axis=2)
    own = np.zeros((len(evidence.classes), count), dtype=np.bool_)
    worst = np.full_like(own, C, dtype=np.int64)
    old = model.grades
    grades = Grades(
        np.hstack([old.anyone, worst]), np.hstack([old.anyone_observed, own]),
        np.hstack([old.as_logged, worst]), np.hstack([old.as_logged_observed, own]),
    )  # fmt: skip
    mean = model.mean_logit.mean(axis=1, keepdims=True) if model.mean_logit.shape[1] else np.zeros((len(own), 1))
    return QualityModel(
        evidence,
        np.concatenate([model.anyone, guesses], axis=2),
        np.concatenate([model.as_logged, guesses], axis=2),
        np.concatenate([model.elsewhere, guesses], axis=2),
        np.hstack([model.magnified, np.ones((len(own), count))]),
        np.hstack([model.mean_logit, np.repeat(mean, count, axis=1)]),
        grades,
        model.fit,
    )
