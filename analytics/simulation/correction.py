"""What the outcome model misses on the very prompts that were answered side by side.

A regression that pools classes pulls them towards each other, and a policy picks the classes where that matters: those who know
their traffic send to the strong model what gains most from it. The prompts answered side by side are a random sample of the
traffic, so the mean of (answer - expectation) over them is a model-free estimate of the projection's error: the difference
estimator of survey sampling (Särndal, Swensson & Wretman 1992, section 6.3).

Let V be the variance of the projection's draws and W that of this mean. Were the model right, the mean would have the variance
W - V (an efficient estimate and its difference to another are uncorrelated: Hausman 1978). The model's own error is taken to
have the variance DOUBT x V, so the share k = DOUBT V / (DOUBT V + W - V) of the mean is added, and k² (W - V) to the variance. k is
one number for all architectures, from V and W of moving all traffic to each model, so that a split stays the mean of its parts.
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
        self.share = self._share(ground, in_scope)

    def _share(self, ground: Ground, requests: FloatArray) -> float:
        """k, from moving to each model all traffic that others serve."""
        prompts, known = self.prompts, ground.quality.anyone.shape[2]
        elsewhere = (1.0 - ground.evidence.share()) * divided(requests, np.asarray(requests.sum()))[:, None]
        doubt = surplus = 0.0
        for model in range(known):
            moved = elsewhere[:, model] * ground.quality.magnified[:, model]
            answered = np.isfinite(prompts.quality[:, model])
            weight = np.where(answered, self.weight, 0.0)
            if _effective(weight) < LEAST_PROMPTS or not moved.any():
                continue
            expected = ground.quality.anyone[:, :, model].mean(axis=0)[prompts.group]
            scale = divided(moved, divided(requests, np.asarray(requests.sum())))[prompts.group]
            residual = np.where(answered, scale * (prompts.quality[:, model] - expected), 0.0)
            deviation = weight / weight.sum() * (residual - (weight / weight.sum()) @ residual)
            own, sampling = float((ground.quality.anyone[:, :, model] @ moved).var()), float(deviation @ deviation)
            doubt, surplus = doubt + DOUBT * own, surplus + max(0.0, sampling - own)
        return doubt / (doubt + surplus) if doubt > 0 else 0.0

    def drawn(self, residuals: Residuals, projected: FloatArray) -> FloatArray:
        """Draws of what to add to the quality draws `projected`, (draws,); zeros when too few prompts speak to it."""
        weight = np.where(residuals.known, self.weight, 0.0)
        if _effective(weight) < LEAST_PROMPTS or not residuals.value.any():
            return np.zeros(self.draws)
        part = weight / weight.sum()
        mean = float(part @ residuals.value)
        deviation = part * (residuals.value - mean)
        own, sampling = float(projected.var()), float(deviation @ deviation)
        spread = self.share * np.sqrt(max(0.0, 1.0 - own / sampling)) if sampling > 0 else 0.0
        return self.share * mean + mirrored(spread * (self.noise @ deviation), self.draws)


def _effective(weight: FloatArray) -> float:
    """Kish's effective number of prompts."""
    return float(divided(np.square(weight.sum()), np.square(weight).sum()))
