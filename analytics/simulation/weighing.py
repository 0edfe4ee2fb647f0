"""Whom an architecture would have answer, against whom the log chose: the weights of its scored answers.

An answer of model m to a request of class g counts π(m | g) / p(m | g): how often the architecture would choose m there,
over how often the log did. The probability p is the log's own where models were chosen at random; else it is estimated as
m's share of the class. Scores carry weights of their use case besides, so that use cases count as in the traffic however
many of their answers were scored. All from sums per class: a weight is the same for all answers of a class and model.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, StrArray, divided, floats, integers, texts
from analytics.outcomes.grades import LEAST_PROPENSITY
from analytics.outcomes.tables import FOLDS, SCORE_SUMS, design_effects, undated_scores
from analytics.policies import Architecture, route_sql
from analytics.scope import Scope
from analytics.simulation.ground import Ground
from analytics.simulation.plans import plan_effect
from analytics.store import Store
from analytics.store.undated import LOST

_FROM_CLASSES = "SELECT *, complexity_bin / 100.0 AS complexity FROM {}"
_FROM_REQUESTS = """SELECT *, timestamp::DATE AS day, quality_metric AS metric, propensity IS NOT NULL AS explored,
    1 AS n, quality * quality AS quality_squares, 1 / propensity AS inverse_propensity,
    quality / propensity AS weighted_quality, 1 / (propensity * propensity) AS inverse_propensity_squares
    FROM requests WHERE quality IS NOT NULL AND origin IS NULL"""


@dataclass(frozen=True)
class RoutedScores:
    """Scores of the log by where an architecture sends them: sums per plan, model, use case, tenth, kind and fold.

    `fold` is 0 to 4, by day and complexity: whole rows of the log, never parts of one. The sums are those of `class_scores`;
    `effect` is the design effect of sessions, by which their variances grow.
    """

    plan: IntArray
    model: StrArray
    use_case: StrArray
    tenth: IntArray
    explored: BoolArray
    fold: IntArray
    effect: float
    n: FloatArray
    quality: FloatArray
    quality_squares: FloatArray
    inverse_propensity: FloatArray
    weighted_quality: FloatArray
    inverse_propensity_squares: FloatArray


def read_routed_scores(store: Store, architecture: Architecture, scope: Scope, metric: str | None) -> RoutedScores:
    """Scores of `metric` in `scope`; from the classes, or in one pass over the log where they cannot tell the route."""
    given, left, table, day = None, scope, _FROM_REQUESTS, "day - DATE '2000-01-01'"
    if architecture.on_classes and architecture.columns & LOST:
        table = _FROM_CLASSES.format("class_scores")
    elif architecture.on_classes:
        given, left = undated_scores(store, scope)
        table, day = _FROM_CLASSES.format("given"), "fold"
    where, values = left.where("day")
    sums = ", ".join(f"coalesce(sum({name}), 0)::DOUBLE AS {name}" for name in SCORE_SUMS)
    found = store.columns(
        f"""SELECT ({route_sql(architecture)})::BIGINT AS plan, coalesce(model, '') AS model,
            coalesce(use_case, '') AS use_case, least(coalesce(complexity_bin, 0) // 10, 9)::BIGINT AS tenth, explored,
            (({day}) + coalesce(complexity_bin, 0)::BIGINT) % {FOLDS} AS fold, {sums}
        FROM ({table}) WHERE {where} AND coalesce(metric, 'quality') = $metric GROUP BY ALL ORDER BY ALL""",
        values | {"metric": metric or ""},
        given,
    )
    return RoutedScores(
        integers(found["plan"]), texts(found["model"]), texts(found["use_case"]), integers(found["tenth"]),
        np.asarray(found["explored"]).astype(np.bool_), integers(found["fold"]),
        design_effects(store).get(metric or "", 1.0), *(floats(found[name]) for name in SCORE_SUMS),
    )  # fmt: skip


@dataclass(frozen=True)
class Policy:
    """`traffic` (plans, classes): requests that each plan takes; `share` (plans, classes, models): who answers them.

    `answers` (plans, prompts): quality of what each plan gives on the side-by-side prompts, NaN where unknown.
    """

    traffic: FloatArray
    share: FloatArray
    answers: FloatArray

    @property
    def mass(self) -> FloatArray:
        """Share of all traffic by class and answering model, (classes, models); sums to 1."""
        answered: FloatArray = (self.traffic[:, :, None] * self.share).sum(axis=0)
        return answered / max(float(self.traffic.sum()), 1e-9)


def policy_of(ground: Ground, architecture: Architecture) -> Policy:
    """Who would answer; `ground` must be laid for this architecture first."""
    shape = (len(architecture.plans), len(ground.use_case), len(ground.models))
    quality = ground.evidence.prompts.quality
    traffic, share, answers = np.zeros(shape[:2]), np.zeros(shape), np.full((shape[0], len(quality)), np.nan)
    for number, plan in enumerate(architecture.plans):
        strata = ground.traffic.routes[0] == number
        if not strata.any():
            continue
        traffic[number] = np.bincount(ground.group[strata], ground.traffic.requests[strata], shape[1])
        effect = plan_effect(ground, plan, strata)
        for model, answered in effect.answers.items():
            share[number, :, model] = answered.mean(axis=0)
        if effect.quality is None:
            models = np.flatnonzero(share[number].any(axis=0))
            answers[number] = quality[:, models] @ share[number, 0, models]
        else:
            answers[number] = effect.quality.answers
    return Policy(traffic, share, answers)


@dataclass(frozen=True)
class Weighed:
    """Scored answers with their weights, one row per plan, class, model and fold (`known`: propensities of the log).

    `each` is π/p of every answer of the row; total Σw, total_quality Σwq, squares Σw², squares_quality Σw²q,
    squares_squares Σw²q². `unsupported` (classes, models): share of all traffic to which no answer speaks. `scored` counts
    all answers of the kind, whoever gave them.
    """

    known: bool
    group: IntArray
    model: IntArray
    fold: IntArray
    n: FloatArray
    quality: FloatArray
    each: FloatArray
    total: FloatArray
    total_quality: FloatArray
    squares: FloatArray
    squares_quality: FloatArray
    squares_squares: FloatArray
    unsupported: FloatArray
    scored: float

    @property
    def effective(self) -> float:
        """Kish's effective number of answers: (Σw)²/Σw², over the design effect of sessions."""
        return float(divided(np.square(self.total.sum()), np.asarray(self.squares.sum())))


def weigh(ground: Ground, policy: Policy, scores: RoutedScores, known: bool) -> Weighed:
    """Weights of the answers whose propensity is `known`, or of the others by the log's shares."""
    evidence = ground.evidence
    rows = scores.explored == known
    number = {model: index for index, model in enumerate(ground.models)}
    model = np.array([number[str(name)] for name in scores.model[rows]], dtype=np.int64)
    plan, fold = scores.plan[rows], scores.fold[rows]
    group = evidence.classes.find(scores.use_case[rows], scores.tenth[rows])
    n, quality, inverse = scores.n[rows], scores.quality[rows], scores.inverse_propensity[rows]
    inverse_squares, mean = scores.inverse_propensity_squares[rows], divided(scores.weighted_quality[rows], inverse)
    use_case = ground.use_case
    in_use_case = np.zeros((len(policy.traffic), len(evidence.classes.use_cases)))
    traffic_in = np.zeros_like(in_use_case)
    np.add.at(in_use_case, (plan, use_case[group]), n)
    np.add.at(traffic_in.T, use_case, policy.traffic.T)
    served = evidence.share()
    if known:
        tried = np.zeros((in_use_case.shape[1], len(ground.models)))
        np.add.at(tried, (use_case[group], model), n)
        reached = tried[use_case] > 0
    else:
        here = np.zeros_like(served)
        np.add.at(here, (group, model), n)
        reached = (served >= LEAST_PROPENSITY) & (here > 0)
        inverse = np.where(reached[group, model], n / np.maximum(served[group, model], 1e-9), 0.0)
        inverse_squares, mean = divided(inverse**2, n), divided(quality, n)
    chosen, factor = policy.share[plan, group, model], divided(traffic_in, in_use_case)[plan, use_case[group]]
    total = chosen * factor * inverse
    squares = scores.effect * (chosen * factor) ** 2 * inverse_squares
    square_mean = mean * divided(scores.quality_squares[rows], quality)
    dark = policy.traffic[:, :, None] * policy.share * ~(reached & (in_use_case > 0)[:, use_case, None])
    return Weighed(
        known, group, model, fold, n, quality, chosen * divided(inverse_squares, inverse), total, total * mean, squares,
        squares * mean, squares * square_mean, dark.sum(axis=0) / max(float(policy.traffic.sum()), 1e-9), float(n.sum()),
    )  # fmt: skip


def weigh_best(ground: Ground, policy: Policy, scores: RoutedScores, enough: float) -> Weighed:
    """Answers chosen at random where they are worth `enough` answers, else all others."""
    random = weigh(ground, policy, scores, True)
    return (
        random if random.effective >= enough or not (~scores.explored).any() else weigh(ground, policy, scores, False)
    )
