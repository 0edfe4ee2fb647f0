"""The difference between projection and reality, taken apart without a remainder.

One baseline (the projection) and one fixed order: volume, mix of traffic classes, routing, tokens per call, price. Each step
replaces one more thing of the projection by what really happened, so that the parts add up to the whole difference:

    volume    more or fewer requests, at the projected cost of one
    mix       other shares of the classes, at the projected cost of each
    routing   other models or more calls than the plan makes, at the projected cost of each call
    tokens    longer prompts and answers, at the projected price of a token
    price     what is left: the same tokens at another price

Latency: mix, routing, length of answers, speed. Quality: mix, routing, and answers better or worse than projected in their
place. What the projection never saw stands at what it really cost: a new class counts as mix, a new model as routing.
"""

from dataclasses import dataclass

import numpy as np

from analytics.outcomes.arrays import FloatArray, divided, group_sums
from analytics.tracking.ledger import Ledger, Sums


@dataclass(frozen=True)
class CostParts:
    """USD over some days. Each (cells,) array sums to its part; mix_by_class is (classes,) and sums to mix.

    expected + volume + mix + routing + input + output + price = actual.
    """

    expected: float
    actual: float
    volume: float
    mix_by_class: FloatArray
    routing: FloatArray
    input: FloatArray
    output: FloatArray
    price: FloatArray

    def named(self) -> dict[str, float]:
        """The parts in their order."""
        return {
            "volume": self.volume, "mix": float(self.mix_by_class.sum()), "routing": float(self.routing.sum()),
            "tokens": float(self.input.sum() + self.output.sum()), "price": float(self.price.sum()),
        }  # fmt: skip


@dataclass(frozen=True)
class MeanParts:
    """The difference of a mean per request: expected + the sum of `parts` = actual.

    deviation: standard error of the actual mean where it is estimated from a sample (quality), else None. known_share: of
    the requests, those whose use case and model have a value at all.
    """

    expected: float
    actual: float
    parts: dict[str, float]
    by_cell: dict[str, FloatArray]
    deviation: float | None
    known_share: float


def cost_parts(ledger: Ledger, sums: Sums, expected_requests: float, cost_usd: float) -> CostParts:
    """USD of some days against `expected_requests` at the projected `cost_usd` each."""
    plan, group, total = ledger.expected, ledger.group, sums.total
    requests = ledger.by_class(sums.requests)
    known = ledger.known[group] & np.isfinite(plan.input_usd + plan.output_usd)
    tokens = sums.input_tokens + sums.output_tokens
    actual_rate = divided(sums.usd, tokens)
    input_usd, output_usd = (np.where(known, one, actual_rate) for one in (plan.input_usd, plan.output_usd))
    tokens_in = np.where(known, plan.input_tokens, divided(sums.input_tokens, sums.attempts))
    tokens_out = np.where(known, plan.output_tokens, divided(sums.output_tokens, sums.attempts))
    call_usd = tokens_in * input_usd + tokens_out * output_usd
    calls = np.where(ledger.known[group], plan.calls, divided(sums.attempts, requests[group]))
    each = ledger.by_class(calls * call_usd) + plan.extra_usd
    # Around the mean, so that a class's part says what its share costs more than the average request would have.
    mix = (requests - total * plan.share) * (each - cost_usd)
    routing = (sums.attempts - calls * requests[group]) * call_usd
    output = (sums.output_tokens - sums.attempts * tokens_out) * output_usd
    return CostParts(
        expected=expected_requests * cost_usd,
        actual=float(sums.usd.sum() + (requests * plan.extra_usd).sum()),
        volume=(total - expected_requests) * cost_usd,
        mix_by_class=mix,
        routing=routing,
        input=(sums.input_tokens - sums.attempts * tokens_in) * input_usd,
        output=output,
        price=sums.usd - (sums.input_tokens * input_usd + sums.output_tokens * output_usd),
    )


def latency_parts(ledger: Ledger, sums: Sums, latency_ms: float) -> MeanParts:
    """Mean milliseconds per answered request against the projected `latency_ms`; untimed cells count as projected."""
    plan, share = ledger.expected, _shares(ledger, sums)
    timed = sums.latency_n > 0
    measured = np.where(timed, divided(sums.latency_ms, sums.latency_n), np.nan)
    base = _filled(ledger, plan.latency_ms, measured, latency_ms)
    actual = np.where(timed, measured, base)
    mix, routing = _moved(ledger, sums, base, latency_ms)
    longer = divided(sums.output_tokens, sums.attempts) - np.nan_to_num(plan.output_tokens)
    length = np.where(timed & np.isfinite(plan.output_tokens), share * longer * plan.ms_per_token, 0.0)
    speed = share * (actual - base) - length
    cells = {"mix": mix, "routing": routing, "length": length, "speed": speed}
    return _means(latency_ms, cells, None, float(share[timed].sum()))


def quality_parts(ledger: Ledger, sums: Sums, quality: float) -> MeanParts:
    """Mean quality against the projected one.

    Only some answers are scored, not evenly: their differences to what was projected in their class are averaged within
    use case and model and weighted by its traffic (a difference estimator; Särndal, Swensson & Wretman 1992, 6.3).
    """
    base = _filled(ledger, ledger.expected.quality, np.full(len(ledger.model), np.nan), quality)
    mix, routing = _moved(ledger, sums, base, quality)
    names, stratum = np.unique(np.char.add(np.char.add(ledger.use_case, "\n"), ledger.model), return_inverse=True)

    def summed(values: FloatArray) -> FloatArray:
        return group_sums(stratum, values, len(names))

    n, weight = summed(sums.scores), summed(_shares(ledger, sums))
    off = divided(summed(sums.score_total - sums.scores * base), n)
    squares = summed(sums.score_squares - 2 * base * sums.score_total + base**2 * sums.scores)
    # One more score with the spread of a coin of this bias: a handful of equal scores does not prove certainty.
    prior = divided(summed(sums.scores * base), n)
    spread = divided(np.maximum(squares - n * off**2, 0.0) + prior * (1 - prior), n)
    deviation = float(np.sqrt((weight**2 * divided(spread, n)).sum()))
    by_stratum = weight * off
    answers = by_stratum[stratum] * divided(sums.scores, n[stratum])
    return _means(
        quality, {"mix": mix, "routing": routing, "answers": answers}, deviation, float(weight[n > 0].sum())
    )  # fmt: skip


def _means(expected: float, cells: dict[str, FloatArray], deviation: float | None, known: float) -> MeanParts:
    parts = {name: float(values.sum()) for name, values in cells.items()}
    return MeanParts(expected, expected + sum(parts.values()), parts, cells, deviation, known)


def _shares(ledger: Ledger, sums: Sums) -> FloatArray:
    """Each cell's share of the requests."""
    return divided(sums.requests, np.full(len(ledger.model), sums.total))


def _filled(ledger: Ledger, planned: FloatArray, measured: FloatArray, overall: float) -> FloatArray:
    """The projected value of every cell; what it does not say is as measured, else the overall mean."""
    return np.where(np.isfinite(planned), planned, np.where(np.isfinite(measured), measured, overall))


def _moved(ledger: Ledger, sums: Sums, base: FloatArray, overall: float) -> tuple[FloatArray, FloatArray]:
    """What mix and routing change in a mean, at the projected values: (classes,) and (cells,)."""
    plan, group, total = ledger.expected, ledger.group, max(sums.total, 1.0)
    requests = ledger.by_class(sums.requests)
    answers = np.where(ledger.known[group], plan.answers, divided(sums.requests, requests[group]))
    each = ledger.by_class(answers * base)
    mix = (requests / total - plan.share) * (each - overall)
    routing = (sums.requests / total - answers * (requests / total)[group]) * base
    return mix, routing
