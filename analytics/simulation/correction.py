"""What the outcome model misses on the very prompts that were answered side by side.

A regression that pools classes pulls them towards each other, and a policy picks the classes where that matters: those who know
their traffic send to the strong model what gains most from it. The prompts answered side by side are a random sample of the
traffic, so the mean of (answer - expectation) over them is a model-free estimate of the projection's error: the difference
estimator of survey sampling (Särndal, Swensson & Wretman 1992, section 6.3).

Let V be the variance of the projection's draws and W that of this mean. Were the model right, the mean would have the variance
W - V (an efficient estimate and its difference to another are uncorrelated: Hausman 1978). The model's own error is taken to
have the variance DOUBT x V, so the share k = DOUBT V / (DOUBT V + W - V) of the mean is added, and k² (W - V) to the variance.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, divided, group_sums, mirrored
from analytics.simulation.ground import Ground

DOUBT = 0.5
LEAST_PROMPTS = 30.0


@dataclass
class Residuals:
    """Answer minus expectation of every side-by-side prompt under one architecture, and whether its answer is known."""

    value: FloatArray
    known: BoolArray

    @staticmethod
    def none(prompts: int) -> "Residuals":
        return Residuals(np.zeros(prompts), np.ones(prompts, dtype=np.bool_))

    def add(self, share: FloatArray, answer: FloatArray, expected: FloatArray) -> None:
        """A plan that takes `share` of each prompt's class, its answer to the prompt, and what the model expected."""
        missing = (share > 0) & ~np.isfinite(answer)
        self.known &= ~missing
        self.value += np.where(share > 0, share * np.nan_to_num(answer - expected), 0.0)


class Corrector:
    """Draws of corrections on one ground; all architectures share the noise, so that what is common cancels."""

    def __init__(self, ground: Ground) -> None:
        self.prompts = ground.evidence.prompts
        classes = len(ground.evidence.classes)
        in_scope = group_sums(ground.group, ground.traffic.requests, classes)
        everywhere = ground.evidence.requests.sum(axis=1)
        self.weight = self.prompts.weight * np.minimum(1.0, divided(in_scope, everywhere))[self.prompts.group]
        half = np.random.default_rng([ground.seed, 43]).standard_normal(((ground.draws + 1) // 2, len(self.prompts)))
        self.noise, self.draws = half, ground.draws

    def drawn(self, residuals: Residuals, projected: FloatArray) -> FloatArray:
        """Draws of what to add to the quality draws `projected`, (draws,); zeros when too few prompts speak to it."""
        weight = np.where(residuals.known, self.weight, 0.0)
        effective = float(divided(np.square(weight.sum()), np.square(weight).sum()))
        if effective < LEAST_PROMPTS or not residuals.value.any():
            return np.zeros(self.draws)
        part = weight / weight.sum()
        mean = float(part @ residuals.value)
        deviation = part * (residuals.value - mean)
        own, sampling = float(projected.var()), float(deviation @ deviation)
        surplus = max(0.0, sampling - own)
        share = DOUBT * own / max(DOUBT * own + surplus, 1e-12)
        spread = share * np.sqrt(surplus / sampling) if sampling > 0 else 0.0
        return share * mean + mirrored(spread * (self.noise @ deviation), self.draws)
