"""How far a judge can be trusted, and what its scores are worth once people have labelled some of them.

Agreement is Cohen's kappa with the large-sample error of Fleiss, Cohen and Everitt (1969, Psychological Bulletin 72,
equation 13). Correction is prediction-powered inference (Angelopoulos et al. 2023, arXiv 2301.09633, section 2.1): the
judge's mean over all answers plus the mean of human minus judge over the labelled ones, which must be a random sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from analytics.sidebyside.judge import judge_scores
from analytics.sidebyside.ledger import Run
from analytics.sidebyside.order import order_of
from analytics.simulation.results import Estimate

Z = 1.959963984540054
# With fewer labels the spread of their differences is not known.
LEAST_LABELS = 5
# Grades of the mean of two orders that are nearer than this are called a tie.
TIE = 0.05


@dataclass(frozen=True)
class Agreement:
    """Judge and people on the same pairs: share of equal verdicts, and kappa (1 perfect, 0 chance) with its interval."""

    pairs: int
    same: float | None
    kappa: Estimate


@dataclass(frozen=True)
class Preference:
    """How often people prefer the first model to the second: by the judge alone, and corrected by the votes."""

    first: str
    second: str
    judged: int
    voted: int
    judge_alone: float | None
    corrected: Estimate


def cohen_kappa(table: Sequence[Sequence[float]]) -> Estimate:
    """Kappa of a square table of counts (judge by human) with its 95% interval; unknown where chance alone agrees fully."""
    counts = np.asarray(table, dtype=float)
    total = counts.sum()
    if total < 2:
        return Estimate(None, None, None)
    p = counts / total
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, chance = float(np.trace(p)), float(rows @ columns)
    if chance >= 1.0 - 1e-12:
        return Estimate(None, None, None)
    kappa = (observed - chance) / (1.0 - chance)
    together = columns[:, None] + rows[None, :]  # p(.i) + p(j.)
    on = np.diag(p) * (1.0 - np.diag(together) * (1.0 - kappa)) ** 2
    off = (p * together**2).sum() - (np.diag(p) * np.diag(together) ** 2).sum()
    variance = on.sum() + (1.0 - kappa) ** 2 * off - (kappa - chance * (1.0 - kappa)) ** 2
    error = float(np.sqrt(max(variance, 0.0) / total) / (1.0 - chance))
    return Estimate(kappa, max(-1.0, kappa - Z * error), min(1.0, kappa + Z * error))


def corrected_mean(judge: Sequence[float], judge_labelled: Sequence[float], human: Sequence[float]) -> Estimate:
    """Mean of what people would say over all answers, with its 95% interval.

    `judge` are the judge's scores of all N answers, the labelled n of them among these; `human` are the labels. The
    variance is Var(human)/N + (1 - n/N) Var(human - judge)/n: what remains unknown is the sample of all answers, and the
    correction as far as not all are labelled (two-phase sampling). Unknown with fewer than five labels.
    """
    everyone, mine, labels = (np.asarray(one, dtype=float) for one in (judge, judge_labelled, human))
    size, labelled = len(everyone), len(labels)
    if labelled < LEAST_LABELS or size < labelled:
        return Estimate(None, None, None)
    difference = labels - mine
    mean = float(everyone.mean() + difference.mean())
    variance = labels.var(ddof=1) / size + (1.0 - labelled / size) * difference.var(ddof=1) / labelled
    half = float(stats.t.ppf(0.975, labelled - 1) * np.sqrt(variance))
    return Estimate(mean, mean - half, mean + half)


def verdict_of(first: float, second: float) -> str:
    """What a judge's two grades say."""
    return "tie" if abs(first - second) < TIE else "first" if first > second else "second"


def judge_agreement(run: Run) -> Agreement:
    """Judge against people, over all votes on answers that the judge has graded."""
    names, scores = ("first", "tie", "second"), judge_scores(run)
    table = np.zeros((3, 3))
    for vote in run.votes:
        first, second = (scores.get((vote["prompt_id"], vote[side])) for side in ("first", "second"))
        if first is not None and second is not None:
            table[names.index(verdict_of(first, second)), names.index(vote["verdict"])] += 1
    pairs = int(table.sum())
    return Agreement(pairs, float(np.trace(table) / pairs) if pairs else None, cohen_kappa(table.tolist()))


def preference(run: Run, first: str, second: str) -> Preference:
    """How often the first model's answer is preferred (a tie is half), corrected by the votes."""
    points = {"first": 1.0, "tie": 0.5, "second": 0.0}
    scores = judge_scores(run)
    judged = {
        prompt_id: points[verdict_of(score, scores[prompt_id, second])]
        for (prompt_id, model), score in scores.items()
        if model == first and (prompt_id, second) in scores
    }
    voted: dict[str, list[float]] = {}
    for vote in run.votes:
        if {vote["first"], vote["second"]} == {first, second}:
            value = points[vote["verdict"]]
            voted.setdefault(vote["prompt_id"], []).append(value if vote["first"] == first else 1.0 - value)
    labelled = [prompt_id for prompt_id in voted if prompt_id in judged]
    human = [float(np.mean(voted[prompt_id])) for prompt_id in labelled]
    everyone = list(judged.values())
    alone = float(np.mean(everyone)) if everyone else None
    corrected = corrected_mean(everyone, [judged[prompt_id] for prompt_id in labelled], human)
    return Preference(first, second, len(everyone), len(labelled), alone, corrected)


def preferences(run: Run) -> list[Preference]:
    """`preference` of all pairs of a run's models."""
    return [preference(run, first, second) for first, second in combinations(order_of(run.order).models, 2)]
