"""What a projection stood on, class by class and model by model: the one baseline that reality is compared with.

A traffic class is a route of the architecture x use case x tenth of complexity. Every class has rows for all models that
have a price or get traffic, so that a request that goes elsewhere than planned has an expected cost too.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, StrArray, divided, group_sums
from analytics.policies import Architecture
from analytics.simulation.ground import Ground
from analytics.simulation.plans import PlanEffect, plan_effect
from analytics.simulation.tally import Tally


@dataclass(frozen=True)
class Baseline:
    """One row per class and model, each (rows,).

    share: of the traffic, of the class (the same in all its rows; over classes it sums to 1). extra_usd: verifier and
    overhead per request of the class. calls, answers: calls of the model, and final answers by it, per request of the
    class. Tokens are per call, *_usd USD per token. latency_ms: of a request that the model answers; ms_per_token: what
    one more output token adds to it. Latency and quality are NaN where nobody knows; unpriced models cost NaN.
    """

    route: IntArray
    use_case: StrArray
    tenth: IntArray
    model: StrArray
    share: FloatArray
    extra_usd: FloatArray
    calls: FloatArray
    answers: FloatArray
    input_tokens: FloatArray
    output_tokens: FloatArray
    input_usd: FloatArray
    output_usd: FloatArray
    latency_ms: FloatArray
    ms_per_token: FloatArray
    quality: FloatArray
    quality_low: FloatArray
    quality_high: FloatArray

    @property
    def call_usd(self) -> FloatArray:
        """USD of one call, (rows,)."""
        return self.input_tokens * self.input_usd + self.output_tokens * self.output_usd

    def rows(self) -> list[tuple[object, ...]]:
        """Rows in the order of the table adoption_cells, without the adoption's name; NaN as None."""
        columns = [getattr(self, field.name).tolist() for field in fields(self)]
        return [tuple(None if value != value else value for value in row) for row in zip(*columns, strict=True)]

    def cost_usd(self) -> float:
        """USD per request."""
        first = first_rows(self)
        used = np.where(self.calls > 0, self.share * self.calls * self.call_usd, 0.0)
        return float(used.sum() + (self.share * self.extra_usd)[first].sum())

    def mean(self, values: FloatArray) -> float:
        """The mean of `values` (rows,) over answers."""
        return float(np.where(self.answers > 0, self.share * self.answers * values, 0.0).sum())


def first_rows(baseline: Baseline) -> IntArray:
    """The first row of every class."""
    key = np.stack([baseline.route, np.unique(baseline.use_case, return_inverse=True)[1], baseline.tenth])
    found: IntArray = np.unique(key, axis=1, return_index=True)[1]
    return found


def build_baseline(ground: Ground, architecture: Architecture, tally: Tally) -> Baseline:
    """The baseline of an architecture routed at place 0 of the ground's traffic, with the totals of its `tally`."""
    parts = []
    for number, plan in enumerate(architecture.plans):
        strata = ground.traffic.routes[0] == number
        if strata.any():
            parts.append(_route(ground, architecture, number, strata, plan_effect(ground, plan, strata)))
    return _calibrated(_joined(parts), tally)


def _joined(parts: list[Baseline]) -> Baseline:
    return Baseline(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Baseline)))


def _calibrated(baseline: Baseline, tally: Tally) -> Baseline:
    """Scaled so that it adds up to the projection, whose means run over draws of the ratios and not over mean ratios."""
    usd = 1.0 if tally.unpriced else float(tally.cost_usd.mean()) / baseline.cost_usd()
    latency = float(tally.latency_ms.mean()) / baseline.mean(baseline.latency_ms)
    shift = float(tally.quality.mean()) - baseline.mean(baseline.quality)
    return replace(
        baseline, extra_usd=baseline.extra_usd * usd, input_usd=baseline.input_usd * usd, output_usd=baseline.output_usd * usd,
        latency_ms=baseline.latency_ms * latency, ms_per_token=baseline.ms_per_token * latency,
        quality=baseline.quality + shift, quality_low=baseline.quality_low + shift, quality_high=baseline.quality_high + shift,
    )  # fmt: skip


def _route(ground: Ground, architecture: Architecture, number: int, strata: BoolArray, effect: PlanEffect) -> Baseline:
    """The rows of one route."""
    traffic = ground.traffic
    names, at = np.unique(traffic.use_case, return_inverse=True)
    keys, cell = np.unique((at * 10 + traffic.tenth)[strata], return_inverse=True)
    classes = len(keys)
    # Classes of the evidence may be wider than tenths: every tenth lies in one.
    group = np.zeros(classes, dtype=np.int64)
    group[cell] = ground.group[strata]
    requests = group_sums(cell, traffic.requests[strata], classes)
    checks = np.broadcast_to(effect.verifier_calls.mean(axis=0), len(ground.use_case))[group]
    extra_usd = architecture.overhead.cost_usd + checks * effect.verifier_usd
    extra_ms = architecture.overhead.latency_ms + checks * effect.verifier_ms
    planned = {m: np.broadcast_to(one.mean(axis=0), len(ground.use_case))[group] for m, one in effect.calls.items()}
    models = [m for m in range(len(ground.models)) if ground.bills[m] is not None or m in planned]
    columns = [_model(ground, m, strata, cell, classes, requests, group) for m in models]
    waits = dict(zip(models, (one["latency_ms"] for one in columns), strict=True))
    chained = sum((planned[m] * waits[m] for m in effect.chain), np.zeros(classes))
    joint = effect.quality
    found = []
    for m, column in zip(models, columns, strict=True):
        calls = planned.get(m, np.zeros(classes))
        answers = (
            np.broadcast_to(effect.answers[m].mean(axis=0), len(ground.use_case))[group] if m in planned else calls
        )
        if joint is not None and m in planned:
            draws = joint.draws[:, group]
            column = column | _quality_of(draws)
        # A request that a cascade answers has waited for its whole chain: one expected wait per class.
        latency = chained if m in effect.chain else column["latency_ms"]
        attempts = divided(column.pop("attempts"), requests)
        found.append(
            Baseline(
                route=np.full(classes, number), use_case=names[keys // 10], tenth=keys % 10,
                model=np.full(classes, ground.models[m]), share=requests / float(traffic.requests.sum()),
                extra_usd=extra_usd, calls=calls * attempts, answers=np.array(answers),
                **column | {"latency_ms": latency + extra_ms},
            )
        )  # fmt: skip
    return _joined(found)


def _model(
    ground: Ground, m: int, strata: BoolArray, cell: IntArray, classes: int, requests: FloatArray, group: IntArray
) -> dict[str, FloatArray]:
    """What one model would do with each class of a route: attempts (sum), and means per attempt or per request."""
    traffic, latency = ground.traffic, ground.latency
    use_case = ground.use_case[ground.group]
    own = ground.logged == m
    ratio_in, ratio_out = (
        np.where(own, 1.0, one.ratio(ground.logged, m, use_case)) for one in (ground.input_ratio, ground.output_ratio)
    )

    def summed(values: FloatArray) -> FloatArray:
        return group_sums(cell, values[strata], classes)

    attempts, tokens_in = summed(traffic.attempts), summed(traffic.input_tokens * ratio_in)
    tokens_out = summed(traffic.output_tokens * ratio_out)
    bill = ground.bills[m]
    usd_in = usd_out = np.full(classes, np.nan)
    if bill is not None:
        usd_in, usd_out = summed(bill.input_usd * ratio_in + bill.fixed_usd), summed(bill.output_usd * ratio_out)
    timed = traffic.latency_n > 0
    logged_ms = np.where(timed, traffic.latency_ms / np.maximum(traffic.latency_n, 1.0), 0.0) * traffic.requests
    start = latency.first_ms[:, m].mean() + latency.offset_ms[:, :, m].mean(axis=0)[use_case]
    each = float(latency.each_ms[:, m].mean())
    answer_tokens = np.where(
        timed, divided(traffic.latency_output_tokens, traffic.latency_n), divided(traffic.output_tokens, traffic.requests)
    )  # fmt: skip
    moved = traffic.requests * (start + answer_tokens * ratio_out * each)
    stays = divided(summed(np.where(own, traffic.requests, 0.0)), requests)
    draws = stays * ground.quality.as_logged[:, group, m] + (1 - stays) * ground.quality.elsewhere[:, group, m]
    return {
        "attempts": attempts,
        "input_tokens": divided(tokens_in, attempts),
        "output_tokens": divided(tokens_out, attempts),
        "input_usd": np.where(np.isnan(usd_in), np.nan, divided(np.nan_to_num(usd_in), tokens_in)),
        "output_usd": np.where(np.isnan(usd_out), np.nan, divided(np.nan_to_num(usd_out), tokens_out)),
        "latency_ms": divided(summed(np.where(own & timed, logged_ms, moved)), requests),
        "ms_per_token": np.full(classes, each),
    } | _quality_of(draws)


def _quality_of(draws: FloatArray) -> dict[str, FloatArray]:
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    return {"quality": draws.mean(axis=0), "quality_low": low, "quality_high": high}
