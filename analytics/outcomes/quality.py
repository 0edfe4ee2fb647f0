"""Quality of every model in every class: one fit, one set of draws that everything shares."""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, divided, logistic, logit
from analytics.outcomes.design import SOURCE_SCALE, build_design
from analytics.outcomes.evidence import Evidence, Prompts, effective_rows
from analytics.outcomes.grades import Grades, grade_cells
from analytics.outcomes.multilevel import Fit, fit_multilevel
from analytics.outcomes.observations import Observations, Scores

UNSCORED_SCALE = 1.0


@dataclass(frozen=True)
class QualityModel:
    """Draws of quality in [0, 1] by class and model, (draws, classes, models), and how far to trust them.

    `anyone` is what a model would score on the class; `as_logged` what it scores on the traffic it serves today, and
    `elsewhere` what it would score on the rest, which somebody gave to others. If they did so for reasons that the log does
    not show, anyone = s as_logged + (1 - s) elsewhere, s being the share of the class that it serves: a model that gets what
    suits it would do worse on the rest than on the whole. `magnified` (classes, models): by how much more than
    `anyone` itself `elsewhere` moves, 1 + s/(1 - s) x the probability of such reasons.
    """

    evidence: Evidence
    anyone: FloatArray
    as_logged: FloatArray
    elsewhere: FloatArray
    magnified: FloatArray
    mean_logit: FloatArray
    grades: Grades
    fit: Fit | None


# A model that serves nearly all of a class leaves too little to tell the rest by.
MOST_SERVED = 0.98
# How probable it is, before any data, that a model is chosen for reasons that the log does not show.
HIDDEN_BEFORE = 0.25


def fit_quality(evidence: Evidence, draws: int, seed: int) -> QualityModel:
    """Fit the outcome model and draw from it; without any score every cell is a guess around one half."""
    classes, models = len(evidence.classes), len(evidence.models)
    grades = grade_cells(evidence)
    if not evidence.scored or not classes:
        random = np.random.default_rng([seed, 11])
        guess = logistic(1.5 * random.standard_normal((draws, classes, models)))
        return QualityModel(
            evidence, guess, guess, guess, np.ones((classes, models)), np.zeros((classes, models)), grades, None
        )
    design = build_design(evidence.classes.use_case, evidence.classes.band, evidence.classes.bands, models)
    fit = fit_multilevel(design, evidence.observations())
    drawn = fit.draws(draws, np.random.default_rng([seed, 11]))
    by_chance = _chosen_at_random(evidence)
    as_logged = by_chance * drawn.anyone + (1.0 - by_chance) * drawn.as_logged
    share = evidence.share()
    odds = np.where(share < MOST_SERVED, divided(share, 1.0 - share), 0.0)
    hidden = _hidden(drawn.anyone, as_logged, evidence)
    elsewhere = _elsewhere(drawn.anyone, as_logged, hidden, odds, np.random.default_rng([seed, 14]))
    return QualityModel(
        evidence, drawn.anyone, as_logged, elsewhere, 1.0 + hidden * odds, fit.mean_logit(), grades, fit
    )


def _hidden(anyone: FloatArray, as_logged: FloatArray, evidence: Evidence) -> FloatArray:
    """How probable it is that each model is chosen for reasons that the log does not show, (models,).

    The posterior probability that the bias of its logged quality is not zero, by the Savage-Dickey ratio: the density of no
    bias after the data over that before (Dickey 1971).
    """
    weight = evidence.share() * evidence.requests.sum(axis=1, keepdims=True)
    bias = np.einsum("dgm,gm->dm", anyone - as_logged, weight)
    mean, spread = anyone.mean(axis=0), np.maximum(bias.std(axis=0), 1e-12)
    expected = SOURCE_SCALE * (weight * mean * (1.0 - mean)).sum(axis=0)
    none = (1.0 / HIDDEN_BEFORE - 1.0) * expected / spread * np.exp(-0.5 * (bias.mean(axis=0) / spread) ** 2)
    result: FloatArray = np.where(expected > 0, 1.0 / (1.0 + none), 0.0)
    return result


def _elsewhere(
    anyone: FloatArray, as_logged: FloatArray, hidden: FloatArray, odds: FloatArray, random: np.random.Generator
) -> FloatArray:
    """Quality on the requests that others serve: as in the class where nothing hidden decides, else what is left of it.

    The share `hidden` of the draws takes the second for true, so that an interval knows of both. The mean stays in [0, 1].
    """
    quantiles = np.tile((np.arange(len(anyone)) + 0.5) / len(anyone), (len(hidden), 1))
    decided = hidden > random.permuted(quantiles, axis=1).T
    rest: FloatArray = anyone + decided[:, None, :] * odds * (anyone - as_logged)
    mean = rest.mean(axis=0)
    rest += np.clip(mean, 0.0, 1.0) - mean
    return rest


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
