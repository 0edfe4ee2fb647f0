"""What each kind of request needs, and what it pays for.

A class (use case x complexity band) is *over-served* by its model when a cheaper one's projected quality there is within a
tolerance of it, and both rest on evidence of grade A or B. It *needs* its model when every cheaper one has such evidence
and falls short, or when none is cheaper. Otherwise it is *unknown*: a cheaper model might do, but nobody has measured
it there. Traffic on a model without a price is *unpriced*: its money is unknown and in no sum.

Costs are projected at today's list prices for a month of the log's volume, as the simulations' are. A model that looks
good enough by luck would be praised by the same luck: what all moves together would do to quality is judged by the half
of the evidence that had no part in choosing them, both ways round (on the demo the full evidence says -0.8 points at the
default tolerance, the halves -1.5, the truth is -1.1).
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray
from analytics.outcomes.grades import C
from analytics.scope import Scope
from analytics.simulation.cells import UNPRICED_USD, class_costs
from analytics.simulation.ground import Ground, lay_ground
from analytics.simulation.halves import split_evidence
from analytics.simulation.inputs import read_inputs
from analytics.simulation.results import Estimate, Grade, Scenario
from analytics.store import Store

Need = Literal["over-served", "needed", "unknown", "unpriced"]
TOLERANCE = 0.02
_GRADES: tuple[Grade, ...] = ("A", "B", "C")


@dataclass(frozen=True)
class ClassStudy:
    """What is known of every class and the model that serves it, one row each; models along the second axis.

    requests, usd (rows, models): a month's requests; their cost on every model, infinite where it has no price.
    served (rows,): the serving model. change, low, high (rows, models): projected quality less that of the serving model,
    with a 95% interval; draws (draws, rows, models) is what they come from. grade (rows, models): the worse of both
    models' grades, 0 to 2 for A to C. halves: the same by either half of the evidence, with the grades of all of it.
    """

    metric: str | None
    models: tuple[str, ...]
    use_case: tuple[str, ...]
    complexity: tuple[tuple[float, float], ...]
    served: IntArray
    requests: FloatArray
    usd: FloatArray
    change: FloatArray
    low: FloatArray
    high: FloatArray
    grade: IntArray
    draws: NDArray[np.float32]
    halves: tuple["ClassStudy", ...] = ()


@dataclass(frozen=True)
class ClassNeed:
    """One class on the model that serves it, per month. Money is None where the serving model has no price.

    model: the cheapest one that is good enough, the serving one unless over-served. quality: what it changes, of `grade`.
    unmeasured: cheaper models without evidence here.
    """

    use_case: str
    complexity: tuple[float, float]
    served: str
    requests: float
    usd: float | None
    need: Need
    model: str
    saving_usd: float | None
    quality: Estimate
    grade: Grade
    unmeasured: tuple[str, ...]


@dataclass(frozen=True)
class Workload:
    """All classes, dearest first; `usd` and `saving_usd` are a month's, over what has a price.

    quality: how much the mean over all requests would change with every over-served class on its cheapest good-enough
    model, judged by evidence that had no part in choosing.
    """

    metric: str | None
    tolerance: float
    quality: Estimate
    classes: tuple[ClassNeed, ...]

    @property
    def usd(self) -> float:
        """A month's spend."""
        return sum(one.usd or 0.0 for one in self.classes)

    @property
    def saving_usd(self) -> float:
        """What a month would cost less with every over-served class on its cheapest good-enough model."""
        return sum(one.saving_usd or 0.0 for one in self.classes)

    def usd_of(self, need: Need) -> float:
        """A month's spend on classes of this kind."""
        return sum(one.usd or 0.0 for one in self.classes if one.need == need)

    def share_of(self, need: Need) -> float:
        """The same as a share of spend; 0 when nothing has a price."""
        return self.usd_of(need) / self.usd if self.usd else 0.0

    @property
    def unpriced(self) -> dict[str, float]:
        """A month's requests on each model that has no price."""
        found: dict[str, float] = {}
        for one in self.classes:
            if one.usd is None:
                found[one.served] = found.get(one.served, 0.0) + one.requests
        return found

    @property
    def premium(self) -> tuple[str, float]:
        """The model that takes most of the over-served money, and its share of that money; ("", 0) without any."""
        by_model: dict[str, float] = {}
        for one in self.classes:
            if one.need == "over-served":
                by_model[one.served] = by_model.get(one.served, 0.0) + (one.usd or 0.0)
        if not by_model:
            return "", 0.0
        dearest = max(by_model, key=lambda name: (by_model[name], name))
        return dearest, by_model[dearest] / sum(by_model.values())


def study_classes(store: Store, scope: Scope, metric: str | None = None, seed: int = 0, draws: int = 500) -> ClassStudy:
    """Fit the outcome model and lay it over the traffic in `scope`. Raises SimulationError when there is none."""
    inputs = read_inputs(store, (), scope, metric, seed)
    whole, *halves = (
        study(lay_ground(part, (), Scenario(), seed, draws)) for part in (inputs, *split_evidence(inputs, seed))
    )
    return replace(whole, halves=tuple(replace(half, grade=whole.grade) for half in halves))


def study(ground: Ground) -> ClassStudy:
    """The classes of this ground that carry traffic."""
    models, classes = np.arange(len(ground.models)), len(ground.use_case)
    month = ground.requests_per_month / float(ground.traffic.requests.sum())
    parts: list[tuple[Any, ...]] = []
    drawn = []
    for served in np.unique(ground.logged):
        route: BoolArray = ground.logged == served
        carried = np.bincount(ground.group[route], ground.traffic.requests[route], classes)
        rows = np.flatnonzero(carried > 0)
        usd = class_costs(ground, models, route)[rows]
        usd = np.where(usd >= UNPRICED_USD, np.inf, usd * month)
        here = ground.quality.as_logged[:, rows, int(served)]
        there = ground.quality.elsewhere[:, rows, :] - here[:, :, None]
        there[:, :, int(served)] = 0.0
        grades = ground.quality.grades
        own = grades.as_logged[rows, int(served)]
        worse = np.maximum(grades.anyone[rows], own[:, None])
        worse[:, int(served)] = own
        low, high = np.percentile(there, [2.5, 97.5], axis=0)
        parts.append(
            (rows, np.full(len(rows), served), carried[rows] * month, usd, there.mean(axis=0), low, high, worse)
        )
        drawn.append(there.astype(np.float32))
    rows, served, requests, usd, change, low, high, grade = (
        np.concatenate([part[at] for part in parts]) for at in range(8)
    )
    known = ground.evidence.classes
    bands = [(int(band) / known.bands, (int(band) + 1) / known.bands) for band in known.band[rows]]
    names = tuple(known.use_cases[int(one)] for one in known.use_case[rows])
    return ClassStudy(
        ground.evidence.metric, ground.models, names, tuple(bands), served, requests, usd, change, low, high, grade,
        np.concatenate(drawn, axis=1),
    )  # fmt: skip


def workload(found: ClassStudy, tolerance: float = TOLERANCE) -> Workload:
    """Judge every class: `tolerance` is how much quality a cheaper model may lack, as a share (0.02 is 2 points)."""
    classes = [_judged(found, row, tolerance) for row in range(len(found.served))]
    classes.sort(key=lambda one: (-(one.usd or 0.0), one.use_case, one.complexity, one.served))
    return Workload(found.metric, tolerance, _quality(found, tolerance), tuple(classes))


def _quality(found: ClassStudy, tolerance: float) -> Estimate:
    weights, rows = found.requests / found.requests.sum(), np.arange(len(found.served))
    first, second = found.halves
    moved = []
    for chooses, judges in ((first, second), (second, first)):
        best = [_good_enough(chooses, int(row), tolerance)[0] for row in rows]
        moved.append(judges.draws[:, rows, best] @ weights)
    # Both sides' draws come from the same random numbers: their mean is as wide as one of them, never too narrow.
    both = np.mean(moved, axis=0)
    low, high = np.percentile(both, [2.5, 97.5])
    return Estimate(float(both.mean()), float(low), float(high))


def _good_enough(found: ClassStudy, row: int, tolerance: float) -> tuple[int, IntArray]:
    """The cheapest model that is good enough (the serving one if none is cheaper), and cheaper ones nobody measured."""
    served, usd = int(found.served[row]), found.usd[row]
    cheaper = np.flatnonzero((usd < usd[served]) & np.isfinite(usd[served]))
    measured = found.grade[row, cheaper] < C
    good = cheaper[measured & (found.change[row, cheaper] >= -tolerance)]
    return (int(good[usd[good].argmin()]) if len(good) else served), cheaper[~measured]


def _judged(found: ClassStudy, row: int, tolerance: float) -> ClassNeed:
    served, usd = int(found.served[row]), found.usd[row]
    spent = None if np.isinf(usd[served]) else float(usd[served])
    best, unmeasured = _good_enough(found, row, tolerance)
    need: Need = "unknown" if len(unmeasured) else "needed"
    if spent is None:
        need = "unpriced"
    elif best != served:
        need = "over-served"
    return ClassNeed(
        use_case=found.use_case[row], complexity=found.complexity[row], served=found.models[served],
        requests=float(found.requests[row]), usd=spent, need=need, model=found.models[best],
        saving_usd=None if spent is None else spent - float(usd[best]),
        quality=Estimate(*(float(table[row, best]) for table in (found.change, found.low, found.high))),
        grade=_GRADES[int(found.grade[row, best])], unmeasured=tuple(found.models[m] for m in unmeasured),
    )  # fmt: skip
