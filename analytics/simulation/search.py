"""Searching architectures: for each use case a plan, or two divided by complexity.

A plan is one model or, where a judge has scored the side-by-side answers, a cascade of two. For a price of money (quality per
USD) the best option of every use case is found on its own (Everett 1963, generalised Lagrange multipliers); sweeping that price
gives the combinations that no other beats on the hull. Under a limit, options of two use cases at a time are then swapped while
it helps, because between two corners of the hull there is often something better.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from analytics.errors import SimulationError
from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray
from analytics.outcomes.grades import C
from analytics.policies import Architecture, Cascade, Overhead, Plan, Route, Use, Verifier
from analytics.policies.predicate import parse_predicate
from analytics.simulation.cascade import RIGHT, cascade_effect
from analytics.simulation.cells import UNPRICED_USD, class_costs, class_latencies
from analytics.simulation.ground import Ground

MOST_MODELS = 6
RULE_MS = 15.0
# What a judgement costs and takes is not in the evidence: an assumption, written into the file it leads to.
ACCEPT_AT, JUDGE_USD, JUDGE_MS = 0.5, 0.0002, 150.0
LEAST_JUDGED = 100
# A file with fewer rules is worth this much quality, or this share of the cost.
SIMPLER_QUALITY, SIMPLER_COST = 0.002, 0.01
PRICES = np.geomspace(1e-3, 1e3, 240)
TIMES = np.geomspace(1e-6, 1e-2, 25)


@dataclass(frozen=True)
class Limits:
    """What an architecture must keep to; None is no limit. Money in USD a month, quality in [0, 1], mean latency in s."""

    max_cost_usd: float | None = None
    min_quality: float | None = None
    max_latency_s: float | None = None


@dataclass(frozen=True)
class _Options:
    """What one use case may do: plan `low` below band `cut`, `high` from it on. `sums` (options, 3): quality, USD, ms."""

    use_case: int
    low: IntArray
    high: IntArray
    cut: IntArray
    sums: FloatArray


@dataclass(frozen=True)
class Combination:
    """The option of each use case, and quality, USD and ms per request."""

    option: tuple[int, ...]
    quality: float
    usd: float
    ms: float


class Search:
    """Options per use case on one ground, and their combinations."""

    def __init__(self, ground: Ground, cascades: bool = True) -> None:
        self.ground, self.cascades = ground, cascades
        self.traffic = np.bincount(ground.group, ground.traffic.requests, len(ground.use_case)).astype(np.float64)
        self.requests = float(self.traffic.sum())
        models = self._models()
        self.model_names = [ground.models[m] for m in models]
        self.plans, self.sums = self._plans(np.array(models))
        self.options = [self._of_use_case(int(one)) for one in np.unique(ground.use_case[self.traffic > 0])]
        self.scale = float(self.sums[:, 0, 1].sum()) / self.requests or 1.0

    def combinations(self, with_latency: bool) -> list[Combination]:
        """The best combination for every price of money (and of time), each once, by rising cost."""
        found: dict[tuple[int, ...], Combination] = {}
        for price in [0.0, *(PRICES / self.scale)]:
            for time in [0.0, *(TIMES if with_latency else ())]:
                weights = np.array([1.0, -price, -time])
                one = self._combination(tuple(int((options.sums @ weights).argmax()) for options in self.options))
                found[one.option] = one
        return sorted(found.values(), key=lambda one: (one.usd, -one.quality))

    def architectures(self, most: int) -> list[Architecture]:
        """Architectures along the frontier, evenly spread over its costs (on a log scale)."""
        rising: list[Combination] = []
        for one in self.combinations(with_latency=False):
            if not rising or one.quality > rising[-1].quality:
                rising.append(one)
        cost = np.log([max(one.usd, 1e-12) for one in rising])
        places = sorted({int(np.abs(cost - at).argmin()) for at in np.linspace(cost[0], cost[-1], most)})
        month = self.ground.requests_per_month
        found = [self._simplified(rising[place], Limits(max_cost_usd=rising[place].usd * month)) for place in places]
        return [self.architecture(one, f"Frontier {number}") for number, one in enumerate(found, 1)]

    def best(self, limits: Limits) -> Architecture | None:
        """The best quality within budget and latency; with a quality floor, the cheapest that reaches it."""
        if limits == Limits():
            return None
        kept = [
            one for one in self.combinations(limits.max_latency_s is not None) if self._worth(one, limits) > -np.inf
        ]
        if not kept:
            return None
        best = max(kept, key=lambda one: self._worth(one, limits))
        return self.architecture(self._simplified(self._improved(best, limits), limits), "Best under the limits")

    def architecture(self, chosen: Combination, name: str) -> Architecture:
        """The combination as first-match rules: use cases with the same option together, the most frequent plan last."""
        classes = self.ground.evidence.classes
        groups: dict[tuple[int, int, int], list[str]] = {}
        shares = np.zeros(len(self.plans))
        for options, at in zip(self.options, chosen.option, strict=True):
            low, high, cut = int(options.low[at]), int(options.high[at]), int(options.cut[at])
            groups.setdefault((low, high, cut), []).append(classes.use_cases[options.use_case])
            rows = self.ground.use_case == options.use_case
            below = self.traffic[rows & (classes.band < cut)].sum()
            shares[low] += below
            shares[high] += self.traffic[rows].sum() - below
        default = int(shares.argmax())
        routes: list[Route] = []
        for (low, high, cut), use_cases in groups.items():
            condition = _named(use_cases)
            if low != high:
                limit = parse_predicate(f"{condition} and complexity < {cut / classes.bands:.2f}", "the rule")
                routes.append(Route(limit, self.plans[low]))
            if high != default:
                routes.append(Route(parse_predicate(condition, "the rule"), self.plans[high]))
        words = "Chosen from the log's evidence: the best rules by use case and complexity for their cost"
        return Architecture(name, self.plans[default], words, tuple(routes), Overhead(latency_ms=RULE_MS))

    def _models(self) -> list[int]:
        """Models with scores for most of the traffic and a price, those that serve most first."""
        ground = self.ground
        known = ground.quality.grades.anyone != C
        supported = (known * self.traffic[:, None]).sum(axis=0) > 0.5 * self.requests
        models = [m for m in range(len(ground.models)) if supported[m] and ground.bills[m] is not None]
        if not models:
            raise SimulationError(
                "No model has scores for most of the traffic and a price: load side-by-side outcomes before looking for a frontier."
            )
        served = ground.evidence.requests.sum(axis=0)
        return sorted(sorted(models, key=lambda m: -served[m])[:MOST_MODELS])

    def _plans(self, models: IntArray) -> tuple[list[Plan], FloatArray]:
        """Plans on offer, and sums of quality, USD and ms over each class's traffic, (classes, plans, 3)."""
        ground = self.ground
        everything: BoolArray = np.ones(len(ground.group), dtype=np.bool_)
        usd, ms = class_costs(ground, models, everything), class_latencies(ground, models)
        known = ground.quality.grades.anyone[:, models] != C
        mean = ground.quality.anyone.mean(axis=0)[:, models]
        # Where a model is not known well enough it must not be chosen.
        quality = np.where(known & (usd < UNPRICED_USD / 2), mean, -1.0) * self.traffic[:, None]
        plans: list[Plan] = [Use(name) for name in self.model_names]
        sums = [
            np.stack([quality[:, m], usd[:, m], ms[:, m] + RULE_MS * self.traffic], axis=1) for m in range(len(models))
        ]
        total = usd.sum(axis=0)
        for cheap in range(len(models) if self.cascades else 0):
            verifier = self.measured_verifier((self.model_names[cheap],))
            for dear in range(len(models)):
                if verifier is not None and total[cheap] < total[dear]:
                    plan = Cascade((self.model_names[cheap], self.model_names[dear]), None, verifier)
                    plans.append(plan)
                    sums.append(self._cascade_sums(plan, usd[:, [cheap, dear]], ms[:, [cheap, dear]]))
        return plans, np.stack(sums, axis=1)

    def cost_of(self, name: str) -> float:
        """USD of all traffic on one model."""
        return float(self.sums[:, self.model_names.index(name), 1].sum())

    def measured_verifier(self, models: Sequence[str]) -> Verifier | None:
        """How often the judge accepts right and wrong answers of these models; None when it judged too few."""
        prompts, columns = self.ground.evidence.prompts, [self.ground.models.index(model) for model in models]
        quality, judge = prompts.quality[:, columns], prompts.judge[:, columns]
        judged = np.isfinite(quality) & np.isfinite(judge)
        right = quality >= RIGHT
        if min((judged & right).sum(), (judged & ~right).sum()) < LEAST_JUDGED / 4 or judged.sum() < LEAST_JUDGED:
            return None
        accepted, weight = judge >= ACCEPT_AT, np.broadcast_to(prompts.weight[:, None], judge.shape)
        true, false = (
            float(np.average(accepted[part], weights=weight[part])) for part in (judged & right, judged & ~right)
        )
        return Verifier(round(true, 3), round(false, 3), JUDGE_USD, JUDGE_MS)

    def _cascade_sums(self, plan: Cascade, usd: FloatArray, ms: FloatArray) -> FloatArray:
        effect = cascade_effect(self.ground, plan)
        assert effect.quality is not None
        calls = [effect.calls[model].mean(axis=0) for model in effect.chain]
        checks = effect.verifier_calls.mean(axis=0) * self.traffic
        quality = np.where(effect.quality.grade == C, -1.0, effect.quality.draws.mean(axis=0)) * self.traffic
        spent = sum(call * usd[:, step] for step, call in enumerate(calls)) + checks * JUDGE_USD
        taken = sum(call * ms[:, step] for step, call in enumerate(calls)) + checks * JUDGE_MS + RULE_MS * self.traffic
        return np.stack([quality, spent, taken], axis=1)

    def _of_use_case(self, use_case: int) -> _Options:
        rows, sums = np.flatnonzero((self.ground.use_case == use_case) & (self.traffic > 0)), self.sums
        band = self.ground.evidence.classes.band[rows]
        plans = np.arange(len(self.plans))
        parts = [(plans, plans, np.zeros(len(plans), dtype=np.int64), sums[rows].sum(axis=0))]
        for cut in np.unique(band)[1:]:
            below, above = sums[rows[band < cut]].sum(axis=0), sums[rows[band >= cut]].sum(axis=0)
            low, high = (one.ravel() for one in np.meshgrid(plans, plans, indexing="ij"))
            both = low != high
            low, high = low[both], high[both]
            parts.append((low, high, np.full(len(low), cut), below[low] + above[high]))
        low, high, cuts, table = (np.concatenate([part[place] for part in parts]) for place in range(4))
        kept = _undominated(table)
        return _Options(use_case, low[kept], high[kept], cuts[kept], table[kept])

    def _combination(self, option: tuple[int, ...]) -> Combination:
        total = (
            np.sum([options.sums[at] for options, at in zip(self.options, option, strict=True)], axis=0) / self.requests
        )
        return Combination(option, float(total[0]), float(total[1]), float(total[2]))

    def _worth(self, one: Combination, limits: Limits) -> float:
        return float(self._worths(np.array([[one.quality, one.usd, one.ms]]), limits)[0])

    def _worths(self, sums: FloatArray, limits: Limits) -> FloatArray:
        """What is better is larger, (...,) of sums (..., 3) per request; minus infinity outside the limits."""
        quality, usd, ms = sums[..., 0], sums[..., 1], sums[..., 2]
        inside = np.ones(quality.shape, dtype=np.bool_)
        if limits.max_cost_usd is not None:
            inside &= usd * self.ground.requests_per_month <= limits.max_cost_usd
        if limits.max_latency_s is not None:
            inside &= ms <= limits.max_latency_s * 1000
        if limits.min_quality is not None:
            inside &= quality >= limits.min_quality
            return np.where(inside, -usd, -np.inf)
        return np.where(inside, quality, -np.inf)

    def _improved(self, chosen: Combination, limits: Limits) -> Combination:
        while True:
            total = np.array([chosen.quality, chosen.usd, chosen.ms])
            best, better = self._worth(chosen, limits) + 1e-12, None
            for first, second in combinations_with_replacement(range(len(self.options)), 2):
                here, there = self.options[first].sums, self.options[second].sums
                if first == second:
                    moved = total + (here - here[chosen.option[first]])[:, None] / self.requests
                else:
                    change = (here - here[chosen.option[first]])[:, None] + (there - there[chosen.option[second]])[None]
                    moved = total + change / self.requests
                worths = self._worths(moved, limits)
                place = np.unravel_index(int(worths.argmax()), worths.shape)
                if worths[place] > best:
                    best, better = float(worths[place]), (first, int(place[0]), second, int(place[-1]))
            if better is None:
                return chosen
            option = list(chosen.option)
            option[better[0]] = better[1]
            if better[2] != better[0]:
                option[better[2]] = better[3]
            chosen = self._combination(tuple(option))

    def _simplified(self, chosen: Combination, limits: Limits) -> Combination:
        """Fewer rules: use cases share them or are divided no longer, the least loss first, while all of it loses almost nothing."""
        start = self._worth(chosen, limits)
        allowed = SIMPLER_QUALITY if limits.min_quality is None else SIMPLER_COST * abs(start)
        while True:
            used = [self._rule(place, chosen.option[place]) for place in range(len(self.options))]
            best, simpler = start - allowed, None
            for place, (low, high, _) in enumerate(used):
                for other in {*used, (low, low, 0), (high, high, 0)}:
                    if _routes([*used[:place], other, *used[place + 1 :]]) < _routes(used):
                        option = list(chosen.option)
                        option[place] = self._option_of(place, other)
                        one = self._combination(tuple(option))
                        if self._worth(one, limits) > best:
                            best, simpler = self._worth(one, limits), one
            if simpler is None:
                return chosen
            chosen = simpler

    def _rule(self, place: int, at: int) -> tuple[int, int, int]:
        options = self.options[place]
        return int(options.low[at]), int(options.high[at]), int(options.cut[at])

    def _option_of(self, place: int, rule: tuple[int, int, int]) -> int:
        """The number of `rule` among the options of a use case; entered there if it was not worth keeping before."""
        options, (low, high, cut) = self.options[place], rule
        found = np.flatnonzero((options.low == low) & (options.high == high) & (options.cut == cut))
        if len(found):
            return int(found[0])
        rows = np.flatnonzero(self.ground.use_case == options.use_case)
        below = self.ground.evidence.classes.band[rows] < cut
        sums = self.sums[rows[below], low].sum(axis=0) + self.sums[rows[~below], high].sum(axis=0)
        self.options[place] = _Options(
            options.use_case, np.append(options.low, low), np.append(options.high, high), np.append(options.cut, cut),
            np.vstack([options.sums, sums]),
        )  # fmt: skip
        return len(options.low)


def _routes(rules: list[tuple[int, int, int]]) -> int:
    """How many routes these rules take in a file: two where complexity divides, and use cases with the same rule share."""
    return sum(1 if low == high else 2 for low, high, _ in set(rules))


def _named(use_cases: list[str]) -> str:
    texts = ["'" + name.replace("'", "''") + "'" for name in sorted(name for name in use_cases if name)]
    parts = [f"use_case = {texts[0]}" if len(texts) == 1 else f"use_case in ({', '.join(texts)})"] if texts else []
    if "" in use_cases:
        parts.append("use_case is null")
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"


def _undominated(table: FloatArray) -> IntArray:
    """Rows (quality, USD, ms) that no other row beats in all three; of equal rows the first."""
    order = np.lexsort((table[:, 2], table[:, 1], -table[:, 0]))
    kept: list[int] = []
    for row in order:
        if not kept or not bool(((table[kept, 1] <= table[row, 1]) & (table[kept, 2] <= table[row, 2])).any()):
            kept.append(int(row))
    return np.array(sorted(kept), dtype=np.int64)
