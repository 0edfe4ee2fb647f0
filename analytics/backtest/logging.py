"""How a log might have come about: which model answered which prompt, which answers were scored, which pairs exist."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analytics.backtest.full_information import FullInformation
from analytics.errors import UsageError
from analytics.outcomes.arrays import FloatArray, IntArray, StrArray, logistic

SCORED = 0.3
EXPLORATION = 0.05


@dataclass(frozen=True)
class Logged:
    """The model that answered each prompt, (prompts,), and the probability with which it was chosen, if at random."""

    model: IntArray
    propensity: FloatArray | None = None


@dataclass(frozen=True)
class Behaviour:
    """A way of logging; `pairs` prompts are answered side by side unless the caller says otherwise."""

    name: str
    pairs: int
    log: Callable[[FullInformation, np.random.Generator], Logged]


def difficulty(full: FullInformation) -> FloatArray:
    """How hard each prompt's use case is for the weakest model, (prompts,)."""
    wrong = 1.0 - full.quality[:, full.weakest]
    _, group = np.unique(full.use_case, return_inverse=True)
    mean: FloatArray = (np.bincount(group, wrong) / np.bincount(group))[group]
    return mean


def by_difficulty(strength: float) -> Callable[[FullInformation, np.random.Generator], Logged]:
    """The strongest model with a probability that rises with use case difficulty and complexity, else the weakest."""

    def log(full: FullInformation, random: np.random.Generator) -> Logged:
        hard = _standard(difficulty(full)) + _standard(full.bin.astype(np.float64))
        strong = random.random(len(full)) < logistic(strength * hard)
        return Logged(np.where(strong, full.strongest, full.weakest))

    return log


def _single(full: FullInformation, random: np.random.Generator) -> Logged:
    return Logged(np.full(len(full), full.strongest))


def _hard(full: FullInformation, random: np.random.Generator) -> Logged:
    level = difficulty(full)
    return Logged(np.where(level >= np.median(level), full.strongest, full.weakest))


def _explored(full: FullInformation, random: np.random.Generator) -> Logged:
    models = len(full.models)
    at_random = random.random(len(full)) < EXPLORATION
    model = np.where(at_random, random.integers(0, models, len(full)), full.strongest)
    each = EXPLORATION / models
    return Logged(model, np.where(model == full.strongest, 1.0 - EXPLORATION + each, each))


def _standard(values: FloatArray) -> FloatArray:
    spread = values.std()
    result: FloatArray = (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)
    return result


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("single model", 300, _single),
    Behaviour("soft rule", 1000, by_difficulty(0.5)),
    Behaviour("steep rule", 1000, by_difficulty(1.5)),
    Behaviour("hard rule", 0, _hard),
    Behaviour("exploration", 0, _explored),
)


def behaviours_named(name: str | None) -> tuple[Behaviour, ...]:
    """The behaviour of that name, or all of them. Raises UsageError when there is none."""
    found = tuple(one for one in BEHAVIOURS if name in (None, one.name))
    if not found:
        raise UsageError(
            f"There is no way of logging '{name}': use one of {', '.join(one.name for one in BEHAVIOURS)}."
        )
    return found


def use_cases_by_difficulty(full: FullInformation) -> StrArray:
    """Use cases, the easiest for the weakest model first."""
    names, first = np.unique(full.use_case, return_index=True)
    ranked: StrArray = names[np.argsort(difficulty(full)[first], kind="stable")]
    return ranked
