"""Which effects move the logit of quality.

A class is a use case x complexity band. For model m in class g of use case u and band b (centre x in [-0.5, 0.5]):

    logit q[g, m] = level + slope x + model[m] + model slope[m] x + band[b] + (model x band)[m, b]
                    + use case[u] + (model x use case)[u, m] + class[g] + cell[g, m]

All but the level and the slope are drawn from normal distributions whose variances are estimated. The first line makes the
columns of a design matrix. The second is nested: `newton` eliminates it class by class and use case by use case, so that
the cost grows only linearly with both.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Group:
    """Columns `start` to `stop` of the design with one variance.

    `scale` is the standard deviation expected before any data (logits), worth `strength` observations of it; an
    infinite strength holds it fixed.
    """

    name: str
    start: int
    stop: int
    scale: float
    strength: float


@dataclass(frozen=True)
class Design:
    """`matrix` (classes, models, columns) is for honest evidence; the columns from `source_start` on are zero there.

    `use_case` (classes,) says which nested effects a class shares.
    """

    matrix: FloatArray
    groups: tuple[Group, ...]
    source_start: int
    use_case: IntArray
    use_cases: int

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.matrix.shape[0])

    @property
    def models(self) -> int:
        """Number of models."""
        return int(self.matrix.shape[1])


@dataclass(frozen=True)
class Nested:
    """Expected standard deviations (logits) of a nested effect: common to all models, and of each model; their weight."""

    common: float
    own: float
    strength: float


FIXED = float("inf")
SOURCE_SCALE = 0.5
# Expected sizes: a main effect of 1 is .73 against .5.
BY_USE_CASE = Nested(common=1.0, own=0.5, strength=2.0)
BY_CLASS = Nested(common=0.3, own=0.25, strength=4.0)
_MAIN, _BAND, _FINE, _WEAK = 1.0, 0.5, 0.25, 2.0


def build_design(use_case: IntArray, band: IntArray, bands: int, models: int, sources: bool = True) -> Design:
    """The design of all cells of the classes (use_case[g], band[g]); effects with one level are left out."""
    classes = len(use_case)
    centre = np.repeat((band + 0.5) / bands - 0.5, models)
    model, cell_band = np.tile(np.arange(models), classes), np.repeat(band, models)
    ones, zeros = np.ones(classes * models), np.zeros_like(model)
    parts: list[tuple[str, IntArray, int, FloatArray, float, float]] = [("level", zeros, 1, ones, 2.5, FIXED)]
    if bands > 1:
        parts.append(("slope", zeros, 1, centre, 2.0, FIXED))
    if models > 1:
        parts.append(("model", model, models, ones, _MAIN, _WEAK))
    if models > 1 and bands > 1:
        parts.append(("model slope", model, models, centre, _MAIN, _WEAK))
    if bands > 1:
        parts.append(("band", cell_band, bands, ones, _BAND, _WEAK))
    if models > 1 and bands > 1:
        parts.append(("model x band", cell_band * models + model, bands * models, ones, _FINE, _WEAK))
    columns = sum(part[2] for part in parts)
    matrix = np.zeros((classes * models, columns + (models if sources else 0)))
    groups: list[Group] = []
    rows, start = np.arange(classes * models), 0
    for name, level, levels, value, scale, strength in parts:
        matrix[rows, start + level] = value
        groups.append(Group(name, start, start + levels, scale, strength))
        start += levels
    if sources:
        groups.append(Group("source", start, start + models, SOURCE_SCALE, _WEAK))
    use_cases = int(use_case.max(initial=0)) + 1
    return Design(matrix.reshape(classes, models, -1), tuple(groups), start, use_case, use_cases)
