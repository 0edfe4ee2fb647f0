"""Second opinions on a projected quality: estimators that do without the outcome model, or lean on it least.

SNIPS: Σwr/Σw over the scored answers of the log (Swaminathan & Joachims 2015), with its delta-method interval
s² = Σw²(r - V)²/(Σw)². Doubly robust: expected quality of the policy plus the weighted misses of that expectation
(Dudík, Langford & Li 2011), with self-normalised weights, and cross-fitted: an answer is never compared with an expectation
that saw it (Chernozhukov et al. 2018). Side by side: the mean of what the architecture's models answered to the prompts that
were put to all of them (Hájek's ratio where the sample was stratified).
Where nothing in the log supports the traffic none of the first two is defined. They share the log's blind spots: that
they agree proves nothing, that they disagree is worth knowing.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray, divided
from analytics.outcomes.grades import ENOUGH_SCORES
from analytics.outcomes.tables import FOLDS
from analytics.policies import Architecture, Split, Use
from analytics.simulation.ground import Ground
from analytics.simulation.project import MOST_UNGRADED_SHARE
from analytics.simulation.results import UNKNOWN, Estimate
from analytics.simulation.weighing import Policy, Weighed

Z = 1.96
SHRINKAGE_ROWS = 10.0
SNIPS, DOUBLY_ROBUST, SIDE_BY_SIDE = "Weighted scores (SNIPS)", "Doubly robust", "Side by side alone"
NOT_SINGLE = "Not defined for cascades and learned routes, which choose by more than the log's classes say."


@dataclass(frozen=True)
class Check:
    """One estimate of an architecture's quality: its 95% interval, the answers it is worth, or why there is none."""

    name: str
    quality: Estimate
    effective: float
    unsupported: float
    why_not: str | None = None


def cross_checks(ground: Ground, architecture: Architecture, policy: Policy, weighed: Weighed) -> tuple[Check, ...]:
    """SNIPS, doubly robust and side by side, in this order."""
    unsupported = float(weighed.unsupported.sum())
    single = all(isinstance(plan, Use | Split) for plan in architecture.plans)
    reason = _undefined(weighed, unsupported) if single else NOT_SINGLE
    if reason:
        of_log = [Check(name, UNKNOWN, weighed.effective, unsupported, reason) for name in (SNIPS, DOUBLY_ROBUST)]
    else:
        of_log = [
            Check(SNIPS, snips(weighed), weighed.effective, unsupported),
            Check(DOUBLY_ROBUST, doubly_robust(ground, policy, weighed), weighed.effective, unsupported),
        ]
    return (*of_log, _side_by_side(ground, policy))


def _undefined(weighed: Weighed, unsupported: float) -> str | None:
    if unsupported > MOST_UNGRADED_SHARE:
        return f"Not defined: the log never shows the chosen model on {unsupported:.0%} of this traffic."
    if weighed.effective < ENOUGH_SCORES:
        return (
            f"Not defined: the log's scored answers are worth {weighed.effective:.0f} of the chosen models', "
            f"and {ENOUGH_SCORES:.0f} are the least."
        )
    return None


def snips(weighed: Weighed) -> Estimate:
    """Self-normalised mean of the weighted scores; cells without a score have no part in it."""
    whole = float(weighed.total.sum())
    value = float(weighed.total_quality.sum()) / whole
    deviations = weighed.squares_squares - 2.0 * value * weighed.squares_quality + value**2 * weighed.squares
    return _interval(value, float(np.sqrt(max(0.0, float(deviations.sum())))) / whole)


def doubly_robust(ground: Ground, policy: Policy, weighed: Weighed) -> Estimate:
    """Expected quality by class and model, corrected by the weighted misses on days and complexities it did not see."""
    mass = np.maximum(policy.mass - weighed.unsupported, 0.0)
    expected = [_expected(ground, weighed, fold) for fold in range(FOLDS)]
    of_policy = np.array([float((mass * one).sum() / mass.sum()) for one in expected])
    guess = np.stack(expected)[weighed.fold, weighed.group, weighed.model]
    whole = float(weighed.total.sum())
    in_fold = np.bincount(weighed.fold, weighed.total, FOLDS) / whole
    miss = float((weighed.total_quality - guess * weighed.total).sum()) / whole
    # Σw²(r - guess - miss)², from the sums of each row.
    centre = guess + miss
    deviations = weighed.squares_squares - 2.0 * centre * weighed.squares_quality + centre**2 * weighed.squares
    return _interval(float(in_fold @ of_policy) + miss, float(np.sqrt(max(0.0, float(deviations.sum())))) / whole)


def _expected(ground: Ground, weighed: Weighed, without: int) -> FloatArray:
    """Mean scores by class and model from the other folds, (classes, models), drawn towards use case, model and all."""
    rows = weighed.fold != without
    shape = (len(ground.use_case), len(ground.models))
    n, total = np.zeros(shape), np.zeros(shape)
    np.add.at(n, (weighed.group[rows], weighed.model[rows]), weighed.n[rows])
    np.add.at(total, (weighed.group[rows], weighed.model[rows]), weighed.quality[rows])
    use_cases = len(ground.evidence.classes.use_cases)
    wide_n, wide_total = np.zeros((use_cases, shape[1])), np.zeros((use_cases, shape[1]))
    np.add.at(wide_n, ground.use_case, n)
    np.add.at(wide_total, ground.use_case, total)
    overall = (total.sum() + 0.5) / (n.sum() + 1.0)
    of_model = _shrunk(total.sum(axis=0), n.sum(axis=0), np.full(shape[1], overall))
    of_use_case = _shrunk(wide_total, wide_n, of_model)
    return _shrunk(total, n, of_use_case[ground.use_case])


def _shrunk(total: FloatArray, n: FloatArray, towards: FloatArray) -> FloatArray:
    result: FloatArray = (total + SHRINKAGE_ROWS * towards) / (n + SHRINKAGE_ROWS)
    return result


def _side_by_side(ground: Ground, policy: Policy) -> Check:
    """Mean over the prompts of what the architecture gives on them, by how its plans share their class.

    Prompts that do not say their use case are a sample of all traffic.
    """
    prompts, traffic = ground.evidence.prompts, policy.traffic.sum(axis=0)
    nameless = np.array([ground.evidence.classes.use_cases[one] == "" for one in ground.use_case], dtype=np.bool_)
    overall = policy.traffic.sum(axis=1, keepdims=True) / max(float(traffic.sum()), 1e-9)
    share = np.where(nameless & (traffic == 0), overall, divided(policy.traffic, traffic))[:, prompts.group]
    known = ((share == 0) | np.isfinite(policy.answers)).all(axis=0) & (share.sum(axis=0) > 0)
    value = (share * np.nan_to_num(policy.answers)).sum(axis=0)
    weight = np.where(known, prompts.weight, 0.0)
    effective = float(divided(np.square(weight.sum()), np.asarray((weight**2).sum())))
    if effective < ENOUGH_SCORES:
        reason = f"Not defined: {effective:.0f} prompts were answered by all models in question, {ENOUGH_SCORES:.0f} are the least."
        return Check(SIDE_BY_SIDE, UNKNOWN, effective, 0.0, reason)
    mean = float(weight @ value / weight.sum())
    return Check(
        SIDE_BY_SIDE, _interval(mean, float(np.sqrt(weight**2 @ (value - mean) ** 2) / weight.sum())), effective, 0.0
    )


def _interval(value: float, error: float) -> Estimate:
    return Estimate(value, value - Z * error, value + Z * error)
