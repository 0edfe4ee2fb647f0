"""One replay: the inputs of a projection from a full-information file of which a log shows one answer per prompt."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from analytics.backtest.full_information import FullInformation
from analytics.backtest.logging import SCORED, Behaviour, Logged, use_cases_by_difficulty
from analytics.outcomes import PairTable, ScoreTable
from analytics.outcomes.arrays import FloatArray, IntArray
from analytics.policies import Architecture, Route, Split, Use
from analytics.policies.predicate import parse_predicate
from analytics.simulation.inputs import Histogram, Inputs
from analytics.simulation.traffic import MEASURES, Traffic
from analytics.simulation.volume import Span

BINS_PER_TENTH, LAST_TENTH = 10, 9
DAYS = 30.0


@dataclass(frozen=True)
class Question:
    """An architecture to be projected, the plan that takes each prompt, (prompts,), and what it really achieves."""

    architecture: Architecture
    route: IntArray
    truth: float


def questions(full: FullInformation) -> list[Question]:
    """Every model alone, a rule by use case, a rule by complexity, and half the traffic on each of two models."""
    strong, weak = full.models[full.strongest], full.models[full.weakest]
    everywhere = np.zeros(len(full), dtype=np.int64)
    found = [_question(full, Architecture(f"all {model}", Use(model)), everywhere) for model in full.models]
    ranked = use_cases_by_difficulty(full)
    if len(ranked) > 1:
        easy = [str(name) for name in ranked[: len(ranked) // 2]]
        listed = ", ".join("'" + name.replace("'", "''") + "'" for name in easy)
        rule = Route(parse_predicate(f"use_case in ({listed})", "the rule"), Use(weak))
        architecture = Architecture("rule by use case", Use(strong), routes=(rule,))
        found.append(_question(full, architecture, np.where(np.isin(full.use_case, easy), 0, 1)))
    limit = int(np.median(full.bin))
    if full.bin.min() < limit:
        rule = Route(parse_predicate(f"complexity < {limit / 100:.2f}", "the rule"), Use(weak))
        architecture = Architecture("rule by complexity", Use(strong), routes=(rule,))
        found.append(_question(full, architecture, np.where(full.bin < limit, 0, 1)))
    half = Architecture("half and half", Split(((strong, 0.5), (weak, 0.5))))
    return [*found, _question(full, half, everywhere)]


def _question(full: FullInformation, architecture: Architecture, route: IntArray) -> Question:
    mean = np.zeros(len(full))
    for number, plan in enumerate(architecture.plans):
        weights = plan.weights if isinstance(plan, Split) else ((plan.model, 1.0),) if isinstance(plan, Use) else ()
        for model, weight in weights:
            mean += np.where(route == number, weight * full.quality[:, full.models.index(model)], 0.0)
    return Question(architecture, route, float(mean.mean()))


def replay(
    full: FullInformation,
    asked: list[Question],
    behaviour: Behaviour,
    pairs: int,
    random: np.random.Generator,
    scored: float = SCORED,
) -> tuple[Inputs, Logged, FloatArray]:
    """The inputs, who answered what, and which answers were scored (1.0 or 0.0 per prompt)."""
    logged = behaviour.log(full, random)
    is_scored = random.random(len(full)) < scored
    chosen = random.choice(len(full), min(pairs, len(full)), replace=False)
    traffic = _traffic(full, [one.route for one in asked], logged)
    inputs = Inputs(
        traffic, traffic, _scores(full, logged, is_scored), _pairs(full, chosen), full.metric, _no_histogram(),
        Span(DAYS, datetime(2026, 1, 1, tzinfo=UTC)), {}, {},
    )  # fmt: skip
    return inputs, logged, is_scored.astype(np.float64)


def _tenth(full: FullInformation) -> IntArray:
    return np.minimum(full.bin // BINS_PER_TENTH, LAST_TENTH)


def _traffic(full: FullInformation, routes: list[IntArray], logged: Logged) -> Traffic:
    names, use_case = np.unique(full.use_case, return_inverse=True)
    key = np.stack([*routes, logged.model, use_case, _tenth(full)])
    distinct, n = np.unique(key, axis=1, return_counts=True)
    strata = len(n)
    zero = np.zeros(strata)
    sums = dict.fromkeys(MEASURES, zero) | {"requests": n.astype(np.float64), "attempts": n.astype(np.float64)}
    return Traffic(
        routes=distinct[: len(routes)],
        model=np.array(full.models)[distinct[-3]],
        provider=np.full(strata, ""),
        use_case=names[distinct[-2]],
        tenth=distinct[-1],
        batch=np.zeros(strata, dtype=np.bool_),
        context_band=np.zeros(strata, dtype=np.int64),
        **sums,
    )


def _scores(full: FullInformation, logged: Logged, is_scored: np.ndarray) -> ScoreTable:
    names, use_case = np.unique(full.use_case, return_inverse=True)
    key = np.stack([logged.model, use_case, _tenth(full)])[:, is_scored]
    quality = full.quality[np.arange(len(full)), logged.model][is_scored]
    distinct, row = np.unique(key, axis=1, return_inverse=True)
    cells = distinct.shape[1]

    def summed(values: FloatArray) -> FloatArray:
        return np.bincount(row, values, cells).astype(np.float64)

    explored = logged.propensity is not None
    inverse = 1.0 / logged.propensity[is_scored] if logged.propensity is not None else np.zeros(len(quality))
    return ScoreTable(
        metric=np.full(cells, full.metric), explored=np.full(cells, explored), model=np.array(full.models)[distinct[0]],
        use_case=names[distinct[1]], tenth=distinct[2], n=summed(np.ones(len(quality))), quality=summed(quality),
        quality_squares=summed(quality**2), inverse_propensity=summed(inverse), weighted_quality=summed(inverse * quality),
        inverse_propensity_squares=summed(inverse**2),
    )  # fmt: skip


def _pairs(full: FullInformation, chosen: IntArray) -> PairTable:
    unknown = np.full((len(chosen), len(full.models)), np.nan)
    return PairTable(
        full.models, chosen.astype(np.str_), full.use_case[chosen], _tenth(full)[chosen], np.zeros(len(chosen), dtype=np.int64),
        np.ones(len(chosen)), full.quality[chosen], unknown, unknown, unknown, unknown,
    )  # fmt: skip


def _no_histogram() -> Histogram:
    empty = np.empty(0)
    return Histogram(empty.astype(np.str_), empty.astype(np.str_), empty.astype(np.int64), empty)
