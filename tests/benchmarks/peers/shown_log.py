"""One replayed log as both sides see it: sums per class for our checks, rows with propensities for Open Bandit Pipeline."""

from dataclasses import dataclass, replace

import numpy as np

from analytics.backtest import Behaviour, FullInformation
from analytics.backtest.logging import SCORED, Logged
from analytics.backtest.replay import Question, replay
from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray
from analytics.policies import Split, Use
from analytics.simulation.checks import doubly_robust, snips
from analytics.simulation.ground import Ground, lay_ground
from analytics.simulation.inputs import Inputs
from analytics.simulation.results import Estimate, Scenario
from analytics.simulation.weighing import FOLDS, RoutedScores, policy_of, weigh

SEED = 990_000


@dataclass(frozen=True)
class ShownLog:
    """A log of `full` on which `asked` are to be judged; `scored` is per prompt."""

    full: FullInformation
    asked: list[Question]
    inputs: Inputs
    logged: Logged
    scored: BoolArray
    ground: Ground

    @property
    def tenth(self) -> IntArray:
        """Tenth of complexity of every prompt."""
        return np.minimum(self.full.bin // 10, 9)

    @property
    def group(self) -> IntArray:
        """Class of every prompt."""
        return self.ground.evidence.classes.find(self.full.use_case, self.tenth)

    def class_propensity(self) -> FloatArray:
        """The share of its class that the logged model served, (prompts,)."""
        share: FloatArray = self.ground.evidence.share()[self.group, self.logged.model]
        return share

    def checks(self) -> list[tuple[Estimate, Estimate]]:
        """SNIPS and doubly robust of every question."""
        found = []
        for place, question in enumerate(self.asked):
            ground = replace(
                self.ground, traffic=replace(self.inputs.traffic, routes=self.inputs.traffic.routes[[place]])
            )
            policy = policy_of(ground, question.architecture)
            weighed = weigh(ground, policy, self._routed(question), self.logged.propensity is not None)
            found.append((snips(weighed), doubly_robust(ground, policy, weighed)))
        return found

    def _routed(self, question: Question) -> RoutedScores:
        """The scores as sums per plan, model, use case, tenth and fold, as the store would return them."""
        rows = np.flatnonzero(self.scored)
        names, use_case = np.unique(self.full.use_case, return_inverse=True)
        fold = np.arange(len(self.full)) % FOLDS
        key = np.stack([question.route, self.logged.model, use_case, self.tenth, fold])[:, rows]
        cells, cell = np.unique(key, axis=1, return_inverse=True)
        quality = self.full.quality[rows, self.logged.model[rows]]
        recorded = self.logged.propensity is not None
        inverse = 1.0 / self.logged.propensity[rows] if self.logged.propensity is not None else np.zeros(len(rows))
        sums = (np.ones(len(rows)), quality, quality**2, inverse, inverse * quality, inverse**2)
        return RoutedScores(
            cells[0], np.array(self.full.models)[cells[1]], names[cells[2]], cells[3],
            np.full(cells.shape[1], recorded), cells[4], 1.0,
            *(np.bincount(cell, values, cells.shape[1]).astype(np.float64) for values in sums),
        )  # fmt: skip


def show(full: FullInformation, asked: list[Question], law: Behaviour, number: int, scored: float = SCORED) -> ShownLog:
    """The `number`-th log; the same prompts, models and scores whatever `law` records of its propensities."""
    inputs, logged, is_scored = draw(full, asked, law, number, 0, scored)
    ground = lay_ground(inputs, [one.architecture for one in asked], Scenario(), number, 2)
    return ShownLog(full, asked, inputs, logged, is_scored > 0, ground)


def draw(
    full: FullInformation, asked: list[Question], law: Behaviour, number: int, pairs: int, scored: float = SCORED
) -> tuple[Inputs, Logged, FloatArray]:
    """Inputs, who answered what, and what was scored, with `pairs` prompts side by side."""
    return replay(full, asked, law, pairs, np.random.default_rng([SEED, number]), scored)


def choices(full: FullInformation, asked: list[Question]) -> FloatArray:
    """The probability with which every question's architecture sends a prompt to a model, (questions, prompts, models)."""
    found = np.zeros((len(asked), len(full), len(full.models)))
    for place, question in enumerate(asked):
        for number, plan in enumerate(question.architecture.plans):
            weights = plan.weights if isinstance(plan, Split) else ((plan.model, 1.0),) if isinstance(plan, Use) else ()
            for model, weight in weights:
                found[place, question.route == number, full.models.index(model)] += weight
    return found
