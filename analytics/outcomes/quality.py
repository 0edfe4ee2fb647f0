"""Quality of every model in every class: one fit, one set of draws that everything shares."""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, divided, logistic, logit
from analytics.outcomes.design import build_design
from analytics.outcomes.evidence import Evidence, Prompts, effective_rows
from analytics.outcomes.grades import Grades, grade_cells
from analytics.outcomes.multilevel import Fit, fit_multilevel
from analytics.outcomes.observations import Observations, Scores

UNSCORED_SCALE = 1.0


@dataclass(frozen=True)
class QualityModel:
    """Draws of quality in [0, 1] by class and model, (draws, classes, models), and how far to trust them.

    `anyone` is what a model would score on the class; `as_logged` what it scores on the traffic it serves today.
    """

    evidence: Evidence
    anyone: FloatArray
    as_logged: FloatArray
    mean_logit: FloatArray
    grades: Grades
    fit: Fit | None


def fit_quality(evidence: Evidence, draws: int, seed: int) -> QualityModel:
    """Fit the outcome model and draw from it; without any score every cell is a guess around one half."""
    classes, models = len(evidence.classes), len(evidence.models)
    grades = grade_cells(evidence)
    if not evidence.scored or not classes:
        random = np.random.default_rng([seed, 11])
        guess = logistic(1.5 * random.standard_normal((draws, classes, models)))
        return QualityModel(evidence, guess, guess, np.zeros((classes, models)), grades, None)
    design = build_design(evidence.classes.use_case, evidence.classes.band, evidence.classes.bands, models)
    fit = fit_multilevel(design, evidence.observations())
    drawn = fit.draws(draws, np.random.default_rng([seed, 11]))
    by_chance = _chosen_at_random(evidence)
    as_logged = by_chance * drawn.anyone + (1.0 - by_chance) * drawn.as_logged
    return QualityModel(evidence, drawn.anyone, as_logged, fit.mean_logit(), grades, fit)


def _chosen_at_random(evidence: Evidence) -> FloatArray:
    """Share of each cell's traffic that was routed at random, (classes, models), as far as its model's scores tell."""
    random, all_scores = evidence.explored.n, evidence.explored.n + evidence.logged.n
    of_model = divided(random.sum(axis=0), all_scores.sum(axis=0))
    result: FloatArray = np.where(all_scores > 0, divided(random, all_scores), of_model)
    return result


def unscored_quality(model: QualityModel, name: str, seed: int) -> FloatArray:
    """A stand-in for a model without any evidence, (draws, classes): the other models' mean with a wide spread.

    It never stands alone: such cells are grade C, and bounds of 0 to 1 replace it wherever it matters.
    """
    random = np.random.default_rng([seed, 12, *name.encode()])
    centre = model.mean_logit.mean(axis=1) if model.mean_logit.size else np.zeros(model.anyone.shape[1])
    return logistic(centre + UNSCORED_SCALE * random.standard_normal((len(model.anyone), 1)))


def fit_share(
    evidence: Evidence,
    prompts: Prompts,
    values: FloatArray,
    weights: FloatArray,
    draws: int,
    seed: list[int],
    offset: FloatArray | None = None,
) -> FloatArray:
    """A share in [0, 1] by class from values per prompt, partially pooled over classes, (draws, classes).

    `weights` count how much of each prompt belongs to the question (for instance the probability that it was escalated),
    `offset` (classes,) is a known profile over classes, in logits.
    """
    classes = evidence.classes
    importance = weights * prompts.weight
    known: BoolArray = np.isfinite(values) & (importance > 0)
    rows = effective_rows(known[:, None], np.where(known, importance, 0.0), prompts.group, len(classes))
    total, first, second = (np.zeros(len(classes)) for _ in range(3))
    np.add.at(total, prompts.group[known], importance[known])
    np.add.at(first, prompts.group[known], (importance * values)[known])
    np.add.at(second, prompts.group[known], (importance * values**2)[known])
    scale = divided(rows[:, 0], total)
    scores = Scores(rows, (first * scale)[:, None], (second * scale)[:, None])
    design = build_design(classes.use_case, classes.band, classes.bands, 1, sources=False)
    seen = Observations((), scores, Scores.none(len(classes), 1), np.ones((len(classes), 1)))
    fit = fit_multilevel(design, seen, None if offset is None else offset[:, None])
    return fit.draws(draws, np.random.default_rng(seed)).anyone[:, :, 0]


def profile(share: FloatArray) -> FloatArray:
    """Logits of the mean over draws, (classes,): an offset for `fit_share`."""
    return logit(share.mean(axis=0))
