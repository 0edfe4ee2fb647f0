"""Many replays, and what they say of the projections: bias, error, and how often the interval holds the truth."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.backtest.full_information import FullInformation
from analytics.backtest.logging import BEHAVIOURS, SCORED, Behaviour, Logged
from analytics.backtest.replay import Question, questions, replay
from analytics.outcomes.arrays import FloatArray
from analytics.policies import Split, Use
from analytics.simulation.results import Grade, Scenario
from analytics.simulation.simulate import project

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class Verdict:
    """How well one architecture was projected from one kind of log.

    bias, rmse and width are of quality in [0, 1]; bias and rmse are None for grade C, which gives no point estimate.
    coverage: share of the 95% intervals (grade C: of the bounds) that hold the truth. naive_rmse: of the mean score of each
    model's own log. errors and covered keep every replay.
    """

    logging: str
    pairs: int
    name: str
    truth: float
    grade: Grade
    bias: float | None
    rmse: float | None
    coverage: float
    width: float
    naive_rmse: float | None
    errors: FloatArray
    covered: FloatArray


@dataclass(frozen=True)
class Replayed:
    """What one replay projected for one architecture, and what the mean scores of the log would have said."""

    grade: Grade
    mean: float | None
    low: float
    high: float
    naive: float | None


Once = Callable[[Behaviour, int], Sequence[Replayed]]


def run_backtest(
    full: FullInformation,
    replays: int,
    behaviours: Sequence[Behaviour] = BEHAVIOURS,
    seed: int = 0,
    pairs: int | None = None,
    scored: float = SCORED,
    progress: Progress | None = None,
    once: Once | None = None,
) -> list[Verdict]:
    """Replay every behaviour `replays` times; `pairs` overrides how many prompts are answered side by side.

    `once` stands in for `replay_once` where results of earlier runs are kept.
    """
    asked = questions(full)
    again = once or (lambda behaviour, number: replay_once(full, behaviour, number, seed, pairs, scored, asked))
    verdicts: list[Verdict] = []
    for place, behaviour in enumerate(behaviours):
        found: list[list[Replayed]] = [[] for _ in asked]
        for number in range(replays):
            if progress:
                progress((place + number / replays) / len(behaviours), f"replaying {behaviour.name}")
            for results, result in zip(found, again(behaviour, number), strict=True):
                results.append(result)
        wanted = behaviour.pairs if pairs is None else pairs
        verdicts += [_verdict(behaviour.name, wanted, one, rows) for one, rows in zip(asked, found, strict=True)]
    if progress:
        progress(1.0, "done")
    return verdicts


def replay_once(
    full: FullInformation,
    behaviour: Behaviour,
    number: int,
    seed: int = 0,
    pairs: int | None = None,
    scored: float = SCORED,
    asked: list[Question] | None = None,
) -> tuple[Replayed, ...]:
    """One replay, the `number`-th of its kind, for every architecture that is asked about."""
    asked = asked or questions(full)
    random = np.random.default_rng([seed, *behaviour.name.encode(), number])
    wanted = behaviour.pairs if pairs is None else pairs
    inputs, logged, is_scored = replay(full, asked, behaviour, wanted, random, scored)
    seed = int(random.integers(2**31))
    found = project(inputs, [one.architecture for one in asked], Scenario(), seed).projections[1:]
    naive = _naive_means(full, logged, is_scored)
    return tuple(
        Replayed(one.grade, one.quality.mean, one.quality.low or 0.0, one.quality.high or 0.0, _naive(question, naive))
        for one, question in zip(found, asked, strict=True)
    )


def _naive_means(full: FullInformation, logged: Logged, is_scored: FloatArray) -> dict[str, float]:
    """The mean score of each model over the answers it gave in the log."""
    quality = full.quality[np.arange(len(full)), logged.model]
    n = np.bincount(logged.model, is_scored, len(full.models))
    total = np.bincount(logged.model, is_scored * quality, len(full.models))
    return {model: float(total[m] / n[m]) for m, model in enumerate(full.models) if n[m] > 0}


def _naive(question: Question, means: dict[str, float]) -> float | None:
    total = 0.0
    for number, plan in enumerate(question.architecture.plans):
        share = float((question.route == number).mean())
        weights = plan.weights if isinstance(plan, Split) else ((plan.model, 1.0),) if isinstance(plan, Use) else ()
        for model, weight in weights:
            if share * weight > 0:
                if model not in means:
                    return None
                total += share * weight * means[model]
    return total


def _verdict(logging: str, pairs: int, question: Question, rows: list[Replayed]) -> Verdict:
    truth = question.truth
    grade = Counter(row.grade for row in rows).most_common(1)[0][0]
    errors = np.array([row.mean - truth for row in rows if row.mean is not None])
    covered = np.array([float(row.low <= truth <= row.high) for row in rows])
    naive = np.array([row.naive - truth for row in rows if row.naive is not None])
    return Verdict(
        logging, pairs, question.architecture.name, truth, grade, _mean(errors), _root(errors), float(covered.mean()),
        float(np.mean([row.high - row.low for row in rows])), _root(naive), errors, covered,
    )  # fmt: skip


def _mean(values: FloatArray) -> float | None:
    return float(values.mean()) if len(values) else None


def _root(values: FloatArray) -> float | None:
    return float(np.sqrt((values**2).mean())) if len(values) else None
