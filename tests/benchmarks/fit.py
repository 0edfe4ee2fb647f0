"""The outcome model for 500 classes and 8 models with 1,000 draws, against as many bootstrap refits of a logistic regression."""

from pathlib import Path

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from analytics.outcomes.design import build_design
from analytics.outcomes.multilevel import fit_multilevel
from analytics.outcomes.observations import Observations, Scores
from tests.benchmarks.material import line, median_seconds

CLASSES, MODELS, BANDS, DRAWS, REFITS, SCORES = 500, 8, 5, 1000, 25, 20


def main(folder: Path) -> None:
    """Print the ratio; the baseline knows no nesting, and is timed over 25 of its 1,000 refits."""
    random = np.random.default_rng(13)
    use_case, band = np.repeat(np.arange(CLASSES // BANDS), BANDS), np.tile(np.arange(BANDS), CLASSES // BANDS)
    right = random.binomial(SCORES, 0.8, (CLASSES, MODELS)).astype(np.float64)
    logged = Scores(np.full(right.shape, float(SCORES)), right, right)
    seen = Observations((), logged, Scores.none(CLASSES, MODELS), np.ones(right.shape))
    ours = median_seconds(
        lambda: fit_multilevel(build_design(use_case, band, BANDS, MODELS), seen).draws(DRAWS, random), 3
    )
    theirs = median_seconds(lambda: _refits(use_case, band, right, random), 3)
    line("500 classes x 8 models, 1,000 draws", ours, f"{DRAWS:,} bootstrap logistic fits", theirs * DRAWS / REFITS, 1)


def _refits(use_case: np.ndarray, band: np.ndarray, right: np.ndarray, random: np.random.Generator) -> None:
    rows = np.arange(right.size)
    model, group = rows % MODELS, rows // MODELS
    columns = [model, MODELS + use_case[group], MODELS + CLASSES + band[group] * MODELS + model]
    ones = np.ones(3 * len(rows))
    matrix = sparse.csr_matrix((ones, (np.tile(rows, 3), np.concatenate(columns))))
    both, label = sparse.vstack([matrix, matrix]).tocsr(), np.repeat([1.0, 0.0], len(rows))
    for _ in range(REFITS):
        drawn = random.binomial(SCORES, right.ravel() / SCORES)
        weight = np.concatenate([drawn, SCORES - drawn]) + 1e-9
        LogisticRegression(C=1.0, max_iter=200).fit(both, label, sample_weight=weight)
