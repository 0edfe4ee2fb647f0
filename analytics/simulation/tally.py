"""Adding up one architecture over the traffic: money, time and quality, per draw and per request.

Traffic that stays on its logged model keeps its logged tokens, time and quality; only what moves is scaled by ratios. A
policy that changes nothing is therefore equal to `current`, to the cent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, divided, group_sums
from analytics.outcomes.grades import C
from analytics.simulation.correction import Corrector, Residuals
from analytics.simulation.ground import Ground
from analytics.simulation.percentiles import Part, Step
from analytics.simulation.plans import JointQuality, PlanEffect

Routed = Sequence[tuple[BoolArray, PlanEffect]]


@dataclass
class Tally:
    """Sums over one architecture, per request of the traffic.

    cost_usd, latency_ms (draws,); quality draws in three versions: `quality` everywhere, and for grade C traffic `low` and
    `high`, where cells without evidence are left to `unknown_moved` and `unknown_staying` (classes, models): shares of
    traffic whose quality is anything from 0 to 1. coefficients (3, strata, 4): of cost, latency, quality, for sampling.
    """

    cost_usd: FloatArray
    latency_ms: FloatArray
    quality: FloatArray
    low: FloatArray
    high: FloatArray
    unknown_moved: FloatArray
    unknown_staying: FloatArray
    coefficients: FloatArray
    model_share: FloatArray
    unknown: FloatArray
    grades: FloatArray = field(default_factory=lambda: np.zeros(3))
    observed: float = 0.0
    unpriced: set[int] = field(default_factory=set)
    in_cascades: float = 0.0
    escalated: float = 0.0
    parts: list[Part] = field(default_factory=list)
    residuals: Residuals = field(default_factory=lambda: Residuals.none(0))


@dataclass(frozen=True)
class _Moved:
    """Sums of strata that leave the logged model `source`, by class, (classes,), at logged token counts."""

    source: int
    input_usd: FloatArray
    output_usd: FloatArray
    timed: FloatArray
    tokens: FloatArray


@dataclass(frozen=True)
class _ClassSums:
    """Sums of a route's strata for one model, by class, (classes,).

    What stays has its logged money and time; what moves (or stays untimed) is scaled by ratios per logged model.
    """

    stay_requests: FloatArray
    moved_requests: FloatArray
    fixed_usd: FloatArray
    stay_timed: FloatArray
    stay_ms: FloatArray
    moved: tuple[_Moved, ...]


class Adder:
    """Adds up architectures on one ground."""

    def __init__(self, ground: Ground, corrector: Corrector | None = None) -> None:
        self.ground = ground
        traffic = ground.traffic
        self.requests = float(traffic.requests.sum())
        self.anyone_mean = ground.quality.anyone.mean(axis=0)
        self.elsewhere_mean = ground.quality.elsewhere.mean(axis=0)
        self.as_logged_mean = ground.quality.as_logged.mean(axis=0)
        self.use_case = ground.use_case[ground.group]
        self.by_class = group_sums(ground.group, traffic.requests, len(ground.use_case))
        self.corrector = corrector or Corrector(ground)
        timed = traffic.latency_n > 0
        tokens = np.where(timed, traffic.latency_output_tokens, traffic.output_tokens)
        count = np.where(timed, traffic.latency_n, np.maximum(traffic.requests, 1.0))
        self.answer_tokens = tokens / count
        self.answer_ms = np.where(timed, traffic.latency_ms / np.maximum(traffic.latency_n, 1.0), 0.0)
        self.timed = timed

    def add(self, routed: Routed, overhead_usd: float, overhead_ms: float) -> Tally:
        """The tally of an architecture given as (its strata, what happens to them)."""
        ground, shape = self.ground, self.anyone_mean.shape
        nothing = np.zeros(ground.draws)
        tally = Tally(
            nothing + overhead_usd, nothing + overhead_ms, nothing.copy(), nothing.copy(), nothing.copy(),
            np.zeros(shape), np.zeros(shape), np.zeros((3, len(ground.group), 4)), np.zeros(shape[1]), np.zeros(shape),
        )  # fmt: skip
        tally.coefficients[0, :, 0], tally.coefficients[1, :, 0] = overhead_usd, overhead_ms
        tally.residuals = Residuals.none(len(ground.evidence.prompts))
        for strata, effect in routed:
            if strata.any():
                self._add_route(tally, strata, effect, overhead_ms)
        correction = self.corrector.drawn(tally.residuals, tally.quality)
        tally.quality, tally.low, tally.high = (q + correction for q in (tally.quality, tally.low, tally.high))
        return tally

    def _add_route(self, tally: Tally, strata: BoolArray, effect: PlanEffect, overhead_ms: float) -> None:
        ground = self.ground
        by_class = group_sums(ground.group, np.where(strata, ground.traffic.requests, 0.0), len(ground.use_case))
        steps: list[tuple[int, _ClassSums, FloatArray]] = []
        for model, calls in effect.calls.items():
            sums = self._class_sums(strata, model)
            tally.cost_usd = tally.cost_usd + self._usd(tally, sums, model, calls) / self.requests
            tally.latency_ms = tally.latency_ms + self._ms(sums, model, calls) / self.requests
            self._add_coefficients(tally, strata, model, calls.mean(axis=0))
            steps.append((model, sums, calls.mean(axis=0)))
        checks = (effect.verifier_calls * by_class).sum(axis=1) / self.requests
        tally.cost_usd = tally.cost_usd + checks * effect.verifier_usd
        tally.latency_ms = tally.latency_ms + checks * effect.verifier_ms
        judged = np.where(
            strata, np.broadcast_to(effect.verifier_calls.mean(axis=0), by_class.shape)[ground.group], 0.0
        )
        tally.coefficients[0, :, 0] += judged * effect.verifier_usd
        tally.coefficients[1, :, 0] += judged * effect.verifier_ms
        for model, answers in effect.answers.items():
            tally.model_share[model] += float((answers.mean(axis=0) * by_class).sum()) / self.requests
        if effect.escalated is not None:
            tally.in_cascades += float(by_class.sum()) / self.requests
            tally.escalated += float((effect.escalated.mean(axis=0) * by_class).sum()) / self.requests
        if effect.quality is None:
            self._add_cells(tally, strata, steps)
        else:
            self._add_joint(tally, strata, by_class / self.requests, effect)
        self._add_shift(tally, steps, effect)
        self._add_parts(tally, steps, effect, by_class, overhead_ms)

    def _class_sums(self, strata: BoolArray, model: int) -> _ClassSums:
        ground, traffic = self.ground, self.ground.traffic
        own = strata & (ground.logged == model)
        known = own & self.timed
        bill, zero = ground.bills[model], np.zeros(len(strata))
        input_usd, output_usd, fixed_usd = (
            (bill.input_usd, bill.output_usd, bill.fixed_usd) if bill else (zero, zero, zero)
        )

        def summed(values: FloatArray, chosen: BoolArray) -> FloatArray:
            return group_sums(ground.group, np.where(chosen, values, 0.0), len(ground.use_case))

        tokens = self.answer_tokens * traffic.requests
        moved = []
        for source in np.unique(ground.logged[strata & ~known]):
            leaving = strata & ~known & (ground.logged == source)
            priced = leaving & ~own
            moved.append(
                _Moved(
                    int(source), summed(input_usd, priced), summed(output_usd, priced),
                    summed(traffic.requests, leaving), summed(tokens, leaving),
                )
            )  # fmt: skip
        fixed = np.where(own, input_usd + output_usd, 0.0) + fixed_usd
        return _ClassSums(
            summed(traffic.requests, own), summed(traffic.requests, strata & ~own), summed(fixed, strata),
            summed(traffic.requests, known), summed(self.answer_ms * traffic.requests, known), tuple(moved),
        )  # fmt: skip

    def _usd(self, tally: Tally, sums: _ClassSums, model: int, calls: FloatArray) -> FloatArray:
        ground = self.ground
        if ground.bills[model] is None:
            if float((calls.mean(axis=0) * (sums.stay_requests + sums.moved_requests)).sum()) > 0:
                tally.unpriced.add(model)
            return np.zeros(ground.draws)
        scaled = []
        for part in sums.moved:
            scaled.append((part.input_usd, ground.input_ratio.ratio_draws(part.source, model)))
            scaled.append((part.output_usd, ground.output_ratio.ratio_draws(part.source, model)))
        return self._over_classes(calls, sums.fixed_usd, scaled)

    def _ms(self, sums: _ClassSums, model: int, calls: FloatArray) -> FloatArray:
        latency = self.ground.latency
        start = latency.first_ms[:, [model]] + latency.offset_ms[:, :, model]
        scaled = []
        for part in sums.moved:
            ratio = self.ground.output_ratio.ratio_draws(part.source, model)
            scaled += [(part.timed, start), (part.tokens, ratio * latency.each_ms[:, [model]])]
        return self._over_classes(calls, sums.stay_ms, scaled)

    def _over_classes(
        self, calls: FloatArray, fixed: FloatArray, scaled: Sequence[tuple[FloatArray, FloatArray]]
    ) -> FloatArray:
        """Σ over classes of calls x (fixed + Σ amount x factor of the class's use case), (draws,)."""
        use_case = self.ground.use_case
        if len(calls) == 1:
            total = np.full(self.ground.draws, float((calls[0] * fixed).sum()))
            for amount, factor in scaled:
                total = total + factor @ group_sums(use_case, calls[0] * amount, factor.shape[1])
            return total
        values = np.broadcast_to(fixed, calls.shape).copy()
        for amount, factor in scaled:
            values += amount * factor[:, use_case]
        result: FloatArray = (calls * values).sum(axis=1)
        return result

    def _add_coefficients(self, tally: Tally, strata: BoolArray, model: int, calls: FloatArray) -> None:
        """What a stratum's requests add to mean cost and latency per unit of (1, input, output, latency)."""
        ground, traffic = self.ground, self.ground.traffic
        own = strata & (ground.logged == model)
        share = np.where(strata, calls[ground.group] if len(calls) > 1 else calls[0], 0.0)
        ratios = [
            np.where(own, 1.0, ratio.ratio(ground.logged, model, self.use_case))
            for ratio in (ground.input_ratio, ground.output_ratio)
        ]
        bill = ground.bills[model]
        if bill is not None:
            tally.coefficients[0, :, 0] += share * bill.fixed_usd / np.maximum(traffic.requests, 1.0)
            tally.coefficients[0, :, 1] += share * ratios[0] * bill.input_usd / np.maximum(traffic.input_tokens, 1.0)
            tally.coefficients[0, :, 2] += share * ratios[1] * bill.output_usd / np.maximum(traffic.output_tokens, 1.0)
        latency = ground.latency
        start = latency.first_ms[:, model].mean() + latency.offset_ms[:, :, model].mean(axis=0)[self.use_case]
        known = own & self.timed
        tally.coefficients[1, :, 3] += np.where(known, share, 0.0)
        tally.coefficients[1, :, 0] += np.where(known, 0.0, share * start)
        tally.coefficients[1, :, 2] += np.where(known, 0.0, share * ratios[1] * latency.each_ms[:, model].mean())

    def _add_cells(self, tally: Tally, strata: BoolArray, steps: list[tuple[int, _ClassSums, FloatArray]]) -> None:
        """Quality where one model answers: its cells' draws, weighted by traffic."""
        ground, quality = self.ground, self.ground.quality
        grades = quality.grades
        for model, sums, share in steps:
            own = strata & (ground.logged == model)
            answered = share[ground.group] if len(share) > 1 else np.broadcast_to(share, own.shape)
            mean = np.where(own, self.as_logged_mean[ground.group, model], self.elsewhere_mean[ground.group, model])
            tally.coefficients[2, :, 0] += np.where(strata, answered * mean, 0.0)
            sides = (
                (
                    sums.stay_requests,
                    quality.as_logged,
                    grades.as_logged,
                    grades.as_logged_observed,
                    tally.unknown_staying,
                ),
                (
                    sums.moved_requests,
                    quality.elsewhere,
                    grades.anyone,
                    grades.anyone_observed,
                    tally.unknown_moved,
                ),
            )
            for requests, draws, grade, observed, unknown in sides:
                weight = share * requests / self.requests
                lacking = grade[:, model] == C
                tally.quality = tally.quality + draws[:, :, model] @ weight
                certain = draws[:, :, model] @ np.where(lacking, 0.0, weight)
                tally.low, tally.high = tally.low + certain, tally.high + certain
                unknown[:, model] += np.where(lacking, weight, 0.0)
                tally.unknown[:, model] += np.where(lacking, weight, 0.0)
                tally.grades += np.bincount(grade[:, model], weight, 3)
                tally.observed += float(weight[observed[:, model] & ~lacking].sum())
            # The prompts speak of the whole class: what they say of it is what they say of the part that moves, magnified.
            moved = (
                np.where(grades.anyone[:, model] == C, 0.0, share * sums.moved_requests)
                * ground.quality.magnified[:, model]
            )
            self._add_residuals(tally, moved, ground.evidence.prompts.quality[:, model], self.anyone_mean[:, model])

    def _add_shift(self, tally: Tally, steps: list[tuple[int, _ClassSums, FloatArray]], effect: PlanEffect) -> None:
        """The scenario's shift of quality, on the answers that come from another model than the logged one."""
        shift = self.ground.scenario.quality_shift
        if shift:
            moved = sum(
                float((effect.answers[model].mean(axis=0) * sums.moved_requests).sum()) for model, sums, _ in steps
            )
            change = shift * moved / self.requests
            tally.quality, tally.low, tally.high = tally.quality + change, tally.low + change, tally.high + change

    def _add_residuals(self, tally: Tally, requests: FloatArray, answer: FloatArray, expected: FloatArray) -> None:
        """What a plan that takes `requests` (classes,) answers to the side-by-side prompts, against `expected` (classes,)."""
        group = self.ground.evidence.prompts.group
        tally.residuals.add(divided(requests, self.by_class)[group], answer, expected[group])

    def _add_joint(self, tally: Tally, strata: BoolArray, weight: FloatArray, effect: PlanEffect) -> None:
        """Quality of a plan that has its own draws per class."""
        joint = effect.quality
        assert isinstance(joint, JointQuality)
        tally.quality = tally.quality + joint.draws @ weight
        tally.low, tally.high = tally.low + joint.low @ weight, tally.high + joint.high @ weight
        tally.grades += np.bincount(joint.grade, weight, 3)
        lacking = joint.grade == C
        tally.observed += float(weight[joint.observed & ~lacking].sum())
        for model in effect.chain or tuple(effect.answers):
            tally.unknown[:, model] += np.where(lacking, weight, 0.0)
        expected = joint.draws.mean(axis=0)
        tally.coefficients[2, :, 0] += np.where(strata, expected[self.ground.group], 0.0)
        self._add_residuals(tally, np.where(lacking, 0.0, weight * self.requests), joint.answers, expected)

    def _add_parts(
        self,
        tally: Tally,
        steps: list[tuple[int, _ClassSums, FloatArray]],
        effect: PlanEffect,
        by_class: FloatArray,
        overhead_ms: float,
    ) -> None:
        """The parts of the latency mixture: by use case, and by whether traffic stays."""
        use_case, use_cases = self.ground.use_case, len(self.ground.evidence.classes.use_cases)
        latency = self.ground.latency

        def gathered(values: FloatArray) -> FloatArray:
            return group_sums(use_case, values, use_cases)

        timed: list[tuple[int, FloatArray, FloatArray, FloatArray, FloatArray]] = []
        for model, sums, share in steps:
            first = latency.first_ms[:, model].mean() + latency.offset_ms[:, :, model].mean(axis=0)
            other, other_ms = np.zeros(use_cases), np.zeros(use_cases)
            for part in sums.moved:
                ratio = self.ground.output_ratio.ratio_draws(part.source, model)
                each = (ratio * latency.each_ms[:, [model]]).mean(axis=0)
                other += gathered(share * part.timed)
                other_ms += gathered(share * part.timed) * first + gathered(share * part.tokens) * each
            timed.append((model, gathered(share * sums.stay_timed), gathered(share * sums.stay_ms), other, other_ms))
        total = gathered(by_class)
        for one in np.flatnonzero(total > 0):
            if not effect.chain:
                for model, stay, stay_ms, other, other_ms in timed:
                    for n, ms in ((stay[one], stay_ms[one]), (other[one], other_ms[one])):
                        if n > 0:
                            step = Step(model, max(0.0, float(ms / n)), 0.0, 1.0)
                            tally.parts.append(Part(int(one), float(n), (step,), overhead_ms))
                continue
            chain: list[Step] = []
            for model, stay, stay_ms, other, other_ms in timed:
                n, ms = float(stay[one] + other[one]), float(stay_ms[one] + other_ms[one])
                after = effect.verifier_ms if len(chain) + 1 < len(timed) else 0.0
                chain.append(Step(model, max(0.0, ms / n) if n > 0 else 0.0, after, n / float(total[one])))
            tally.parts.append(Part(int(one), float(total[one]), tuple(chain), overhead_ms))
