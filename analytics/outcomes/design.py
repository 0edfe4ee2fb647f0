"""Which effects move the logit of quality: the columns of the regression and the groups that share a variance.

A class is a use case x complexity band. For model m in class g of use case u and band b (centre x in [-0.5, 0.5]):

    logit q[g, m] = level + slope x + model[m] + model slope[m] x + use case[u] + band[b]
                    + (model x use case)[m, u] + (model x band)[m, b] + class[g] + cell[g, m]

All but the level and the slope are drawn from normal distributions whose variances are estimated. The last two are
local to a class: `multilevel` eliminates them class by class, so that its cost grows with the classes only linearly.
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
    """`matrix` has one row per cell (class-major: row = class * models + model), for honest evidence.

    The columns of the group "source" are zero there: they enter for logged evidence only.
    """

    classes: int
    models: int
    matrix: FloatArray
    groups: tuple[Group, ...]
    source_start: int


FIXED = float("inf")
# Expected sizes in logits: a main effect of 1 is .73 against .5. Model x use case gets the same size and a firmer hold:
# policies pick just those cells where it is large, so that shrinking it hard understates every good policy (by 0.9 points
# on simulated logs with 1,000 pairs, with a coverage of 73%; with these values 0.5 points and 93%, and no wider).
_MAIN, _BAND, _FINE = 1.0, 0.5, 0.25
_WEAK, _FIRM = 2.0, 6.0
SOURCE_SCALE = 1.0


def build_design(use_case: IntArray, band: IntArray, bands: int, models: int, sources: bool = True) -> Design:
    """The design of all cells of the classes (use_case[g], band[g]); effects with one level are left out."""
    classes, use_cases = len(use_case), int(use_case.max(initial=0)) + 1
    centre = (band + 0.5) / bands - 0.5
    cell_model = np.tile(np.arange(models), classes)
    cell_use_case, cell_band = np.repeat(use_case, models), np.repeat(band, models)
    cell_centre = np.repeat(centre, models)
    ones = np.ones(classes * models)
    many_bands, many_models, many_use_cases = bands > 1, models > 1, use_cases > 1
    parts: list[tuple[str, IntArray, int, FloatArray, float, float]] = [
        ("level", np.zeros_like(cell_model), 1, ones, 2.5, FIXED)
    ]
    if many_bands:
        parts.append(("slope", np.zeros_like(cell_model), 1, cell_centre, 2.0, FIXED))
    if many_models:
        parts.append(("model", cell_model, models, ones, _MAIN, _WEAK))
    if many_models and many_bands:
        parts.append(("model slope", cell_model, models, cell_centre, _MAIN, _WEAK))
    if many_use_cases:
        parts.append(("use case", cell_use_case, use_cases, ones, _MAIN, _WEAK))
    if many_bands:
        parts.append(("band", cell_band, bands, ones, _BAND, _WEAK))
    if many_models and many_use_cases:
        parts.append(("model x use case", cell_use_case * models + cell_model, use_cases * models, ones, _MAIN, _FIRM))
    if many_models and many_bands:
        parts.append(("model x band", cell_band * models + cell_model, bands * models, ones, _FINE, _WEAK))
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
    return Design(classes, models, matrix, tuple(groups), start)


LOCAL_CLASS_SCALE, LOCAL_CELL_SCALE, LOCAL_STRENGTH = 0.3, _FINE, 4.0
