"""Putting an architecture to work in stages: what each stage must see before the next, and the file for each stage."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from analytics.errors import TrackingError
from analytics.outcomes.arrays import FloatArray, group_sums
from analytics.policies import Architecture, Plan, Split, Use, models_of
from analytics.scope import Scope
from analytics.settings import MONTH_DAYS
from analytics.simulation import Scenario
from analytics.simulation.ground import Ground
from analytics.simulation.project import DEFAULT_MARGIN, grade_of
from analytics.simulation.sampling import sampling_covariance, stratum_moments
from analytics.simulation.simulate import routed
from analytics.simulation.study import Study, open_study
from analytics.store import Store

STAGES = (0.05, 0.25, 1.0)
ERROR, POWER = 0.05, 0.80
COST_TOLERANCE = 0.10


@dataclass(frozen=True)
class Stage:
    """One stage: the `share` of requests that take the new plan.

    scores: scored answers that it needs, all and of the new plan (None: no number settles it). quality_days, cost_days: how
    long that takes at today's volume (and scored share); requests: of the new plan, for the cost. architecture: the file of
    the stage; notes: what no file can say.
    """

    share: float
    scores: float | None
    new_scores: float | None
    quality_days: float | None
    requests: float | None
    cost_days: float | None
    architecture: Architecture
    notes: tuple[str, ...]

    @property
    def days(self) -> float | None:
        """Until both questions are settled."""
        if self.quality_days is None or self.cost_days is None:
            return None
        return max(self.quality_days, self.cost_days)


@dataclass(frozen=True)
class Rollout:
    """The stages of an architecture, and what they were worked out from.

    tolerated: loss of quality that must be ruled out; expected: the projected change (None: not measured, 0 is assumed).
    error, power: the chance, over all stages, to go on with a worse plan; the chance, at each, to see that a good one is good.
    cost_tolerance: deviation of the cost per request that must be found.
    """

    stages: tuple[Stage, ...]
    tolerated: float
    expected: float | None
    cost_tolerance: float
    error: float
    power: float
    requests_per_day: float
    scored_share: float


def plan_rollout(
    store: Store,
    architecture: Architecture,
    scenario: Scenario | None = None,
    scope: Scope | None = None,
    stages: Sequence[float] = STAGES,
    tolerated: float = DEFAULT_MARGIN,
) -> Rollout:
    """Samples, days and files of every stage. Raises TrackingError for shares that are no stages."""
    return rollout_of(open_study(store, architecture, scenario, scope), stages, tolerated)


def rollout_of(study: Study, stages: Sequence[float] = STAGES, tolerated: float = DEFAULT_MARGIN) -> Rollout:
    """`plan_rollout` on a study that is there already."""
    if not stages or any(not 0 < one <= 1 for one in stages) or list(stages) != sorted(set(stages)):
        raise TrackingError("Stages are rising shares of the traffic above 0 and at most 1, such as 0.05, 0.25, 1.")
    if not 0 < tolerated < 1:
        raise TrackingError("The tolerated loss of quality is a share between 0 and 1: 0.02 is two points.")
    architecture = study.architecture
    ground, overhead = study.ground, architecture.overhead
    then = study.adder.add(routed(ground, architecture, 0), overhead.cost_usd, overhead.latency_ms)
    today = float(study.current.quality.mean())
    measured = "C" not in (grade_of(then), grade_of(study.current))
    change = float((then.quality - study.current.quality).mean()) if measured else 0.0
    per_day, log_requests = ground.requests_per_month / MONTH_DAYS, float(ground.traffic.requests.sum())
    scores = study.inputs.scores
    known = float(scores.n[scores.metric == (study.inputs.metric or "")].sum())
    variation = None if then.unpriced else _variation(ground, then.coefficients, float(then.cost_usd.mean()))
    found = []
    for share in stages:
        all_scores = scores_needed(share, today, change, tolerated, ERROR / len(stages), POWER, known)
        requests = None if variation is None else requests_needed(variation, COST_TOLERANCE, ERROR / len(stages), POWER)
        file, notes = stage_architecture(architecture, study, share)
        found.append(
            Stage(
                share, all_scores, None if all_scores is None else share * all_scores,
                None if all_scores is None or not known else all_scores / (per_day * known / log_requests),
                requests, None if requests is None else requests / (share * per_day), file, notes,
            )
        )  # fmt: skip
    expected = change if measured else None
    return Rollout(
        tuple(found), tolerated, expected, COST_TOLERANCE, ERROR, POWER, per_day, known / max(log_requests, 1.0)
    )  # fmt: skip


def scores_needed(
    share: float, today: float, change: float, tolerated: float, error: float, power: float, known: float
) -> float | None:
    """Scored answers, of both plans together, that show quality to be worse by less than `tolerated`.

    One-sided test of non-inferiority (Chow, Shao & Wang 2008, 4.2) of the new plan's scores against today's beside them; at
    share 1 nothing is beside them, and the `known` scores of the log stand in. None when no number does.
    """
    room = change + tolerated
    if room <= 0:
        return None
    new = min(max(today + change, 0.0), 1.0)
    allowed = (room / (NormalDist().inv_cdf(1 - error) + NormalDist().inv_cdf(power))) ** 2
    spread_new, spread_today = new * (1 - new), today * (1 - today)
    if share < 1:
        return (spread_new / share + spread_today / (1 - share)) / allowed
    left = allowed - (spread_today / known if known else math.inf)
    return spread_new / left if left > 0 else None


def requests_needed(variation: float, tolerance: float, error: float, power: float) -> float:
    """Requests after which a deviation of `tolerance` of the mean is found, given the coefficient of variation."""
    return ((NormalDist().inv_cdf(1 - error / 2) + NormalDist().inv_cdf(power)) * variation / tolerance) ** 2


def _variation(ground: Ground, coefficients: FloatArray, cost_usd: float) -> float:
    """Standard deviation over mean of the cost of one request."""
    covariance = sampling_covariance(coefficients, stratum_moments(ground.traffic))
    return math.sqrt(float(covariance[0, 0]) * float(ground.traffic.requests.sum())) / cost_usd


def stage_architecture(architecture: Architecture, study: Study, share: float) -> tuple[Architecture, tuple[str, ...]]:
    """The architecture file of a stage, and what it cannot say.

    Every plan of single models becomes a split with the model that answers most of its requests today.
    """
    if share >= 1:
        return architecture, ()
    notes: list[str] = []
    plans: list[Plan] = []
    for number, plan in enumerate(architecture.plans):
        today = _todays_model(study, number)
        staged = None if today is None else _staged(plan, today, share)
        if today is None or staged is None:
            when = (
                f"that match {architecture.routes[number].when.text}"
                if number < len(architecture.routes)
                else "of the default"
            )
            notes.append(
                f"Requests {when}: a file splits between single models only, so let your gateway draw {share:.0%} of them at random, by user "
                f"or session, for the new plan; {today or 'the model that serves them today'} answers the others."
            )
        plans.append(staged or Use(today or models_of(plan)[0]))
    routes = tuple(replace(route, plan=plan) for route, plan in zip(architecture.routes, plans, strict=False))
    name = f"{architecture.name}, {share:.0%} of requests"
    return replace(architecture, name=name, routes=routes, default=plans[-1]), tuple(notes)


def _todays_model(study: Study, number: int) -> str | None:
    """The model that answers most requests of a route today; None without any."""
    ground = study.ground
    strata = ground.traffic.routes[0] == number
    if not strata.any():
        return None
    served = group_sums(ground.logged[strata], ground.traffic.requests[strata], len(ground.models))
    return ground.models[int(served.argmax())]


def _staged(plan: Plan, today: str, share: float) -> Plan | None:
    """`share` of a plan's requests as planned, the others to `today`; None where only a gateway can do that."""
    if isinstance(plan, Use):
        weights: tuple[tuple[str, float], ...] = ((plan.model, 1.0),)
    elif isinstance(plan, Split):
        weights = plan.weights
    else:
        return None
    whole = sum(weight for _, weight in weights)
    mixed: dict[str, float] = {today: 1.0 - share}
    for model, weight in weights:
        mixed[model] = mixed.get(model, 0.0) + share * weight / whole
    if len(mixed) == 1:
        return Use(today)
    return Split(tuple((model, round(weight, 6)) for model, weight in mixed.items()))
