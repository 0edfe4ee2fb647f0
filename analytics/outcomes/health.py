"""Scores that look broken: a model that fails a use case far more than its other use cases and the other models explain.

What a model is expected to score in a use case is its own median over use cases, shifted by as much as the other models
deviate there from theirs (in logits): a hard use case or a weak model raises no alarm. What remains is compared with how
much such remainders usually vary (median absolute deviation) and with what the number of scores allows by chance.
Where no other model was scored that cannot be told; there only a use case in which almost nothing is right, by a model that
is right mostly elsewhere, is an alarm.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, StrArray, divided

LEAST_SCORES = 30
LEAST_USE_CASES = 4
ALARM_DEVIATIONS, LEAST_LOGITS = 4.5, 1.0
ALMOST_NOTHING, MOSTLY = 0.05, 0.5


@dataclass(frozen=True)
class SuspiciousCell:
    """A model's mean score in a use case, and what the rest of the data would have led one to expect."""

    model: str
    use_case: str
    n: int
    mean: float
    expected: float

    @property
    def sentence(self) -> str:
        """The alarm in words."""
        return (
            f"Suspicious scores: {self.model} has {self.mean:.0%} on {self.use_case} ({self.n:,} scores) where {self.expected:.0%} "
            "would fit the other models and use cases: check the scorer before believing either."
        )


def suspicious_cells(use_case: StrArray, models: tuple[str, ...], quality: FloatArray) -> list[SuspiciousCell]:
    """Alarms for `quality` (rows, models), NaN where a model did not answer, the strangest first."""
    names, group = np.unique(use_case, return_inverse=True)
    known = np.isfinite(quality)
    n, total = (np.zeros((len(names), len(models))) for _ in range(2))
    np.add.at(n, group, known)
    np.add.at(total, group, np.nan_to_num(quality))
    return find_suspicious(tuple(map(str, names)), models, n, total)


def find_suspicious(
    use_cases: tuple[str, ...], models: tuple[str, ...], n: FloatArray, total: FloatArray
) -> list[SuspiciousCell]:
    """Alarms from the number of scores and their sums, (use cases, models)."""
    mean = divided(total, n)
    smooth = (total + 0.5) / (n + 1.0)
    level = np.where(n >= LEAST_SCORES, np.log(smooth / (1.0 - smooth)), np.nan)
    enough = np.isfinite(level).sum(axis=1) >= 2
    alone = _alone(use_cases, models, n, mean, level, enough)
    if len(models) < 2 or enough.sum() < LEAST_USE_CASES:
        return alone
    shift = np.where(enough[:, None], level - _median(level, 0), np.nan)
    others = np.stack([_median(np.delete(shift, m, axis=1), 1)[:, 0] for m in range(len(models))], axis=1)
    rest = shift - others
    chance = 1.0 / np.sqrt(np.maximum(n * smooth * (1.0 - smooth), 1e-9))
    usual = 1.4826 * np.nanmedian(np.abs(rest))
    strange = np.nan_to_num(np.abs(rest) / np.hypot(usual, chance))
    # One broken scorer makes all models of its use case look odd: the one furthest from its own usual level is named.
    strange[np.abs(shift) < np.nanmax(np.abs(np.where(np.isfinite(shift), shift, 0.0)), axis=1, keepdims=True)] = 0.0
    found = []
    for row, column in np.argwhere((strange > ALARM_DEVIATIONS) & (np.abs(rest) > LEAST_LOGITS)):
        logit = level[row, column] - rest[row, column]
        cell = SuspiciousCell(
            models[column],
            use_cases[row],
            int(n[row, column]),
            float(mean[row, column]),
            float(1 / (1 + np.exp(-logit))),
        )
        found.append((float(strange[row, column]), cell))
    return [cell for _, cell in sorted(found, key=lambda one: -one[0])] + alone


def _alone(
    use_cases: tuple[str, ...],
    models: tuple[str, ...],
    n: FloatArray,
    mean: FloatArray,
    level: FloatArray,
    compared: BoolArray,
) -> list[SuspiciousCell]:
    """Use cases with scores of one model only, where almost nothing is right."""
    usual = 1.0 / (1.0 + np.exp(-_median(level, 0)[0]))
    strange = np.isfinite(level) & ~compared[:, None] & (mean < ALMOST_NOTHING) & (usual > MOSTLY)
    return [
        SuspiciousCell(models[m], use_cases[u], int(n[u, m]), float(mean[u, m]), float(usual[m]))
        for u, m in np.argwhere(strange)
    ]


def _median(values: FloatArray, axis: int) -> FloatArray:
    with np.errstate(all="ignore"):
        filled = np.where(np.isfinite(values).any(axis=axis, keepdims=True), values, 0.0)
    result: FloatArray = np.nanmedian(filled, axis=axis, keepdims=True)
    return result
