"""Which traffic explains most of a difference, and how it changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.outcomes.arrays import FloatArray, divided, group_sums
from analytics.tracking.ledger import Ledger, Sums

# answers and prompts: tokens per call; speed: seconds per answer at the same length; quality: answers right more or less often.
Kind = Literal["answers", "prompts", "price", "routing", "mix", "length", "speed", "quality"]
LEAST_SHARE = 0.05


@dataclass(frozen=True)
class Cause:
    """A part of a difference: of one use case and, unless routing or mix did it, one model (price: the model alone).

    amount: in the difference's own unit; share: of the whole difference. before and after: tokens per call, USD per million
    tokens, seconds, quality, or share of the traffic (mix), or share of the use case that left the plan (routing).
    """

    kind: Kind
    use_case: str
    model: str
    amount: float
    share: float
    before: float | None
    after: float | None


def find_causes(
    ledger: Ledger, sums: Sums, parts: Mapping[Kind, FloatArray], difference: float, most: int = 3
) -> tuple[Cause, ...]:
    """The largest causes in the direction of `difference`, each at least 5% of it.

    `parts`: by kind, (cells,) or, for the mix, (classes,), in the unit of the difference.
    """
    if not difference:
        return ()
    found = [one for kind, values in parts.items() for one in _grouped(ledger, sums, kind, values, difference)]
    large = [one for one in found if one.share >= LEAST_SHARE]
    return tuple(sorted(large, key=lambda one: -one.share)[:most])


def _grouped(ledger: Ledger, sums: Sums, kind: Kind, values: FloatArray, difference: float) -> list[Cause]:
    cells = len(ledger.model)
    if kind == "mix":
        cell_of_class = np.zeros(len(ledger.known), dtype=np.int64)
        cell_of_class[ledger.group] = np.arange(cells)
        label = ledger.use_case[cell_of_class]
    elif kind == "routing":
        label = ledger.use_case
    else:
        label = ledger.model if kind == "price" else np.char.add(np.char.add(ledger.use_case, "\n"), ledger.model)
    names, at = np.unique(label, return_inverse=True)
    amounts = group_sums(at, values, len(names))
    causes = []
    for number, name in enumerate(names):
        if amounts[number] / difference < LEAST_SHARE:
            continue
        use_case, model = ("", str(name)) if kind == "price" else (*str(name).split("\n"), "")[:2]
        chosen = ledger.use_case == use_case if kind == "mix" else at == number
        before, after = _change(ledger, sums, kind, chosen)
        amount = float(amounts[number])
        causes.append(Cause(kind, use_case, model, amount, amount / difference, before, after))
    return causes


def _change(ledger: Ledger, sums: Sums, kind: Kind, chosen: FloatArray) -> tuple[float | None, float | None]:
    """What was expected of the chosen cells, and what happened there."""
    plan = ledger.expected

    def total(values: FloatArray) -> float:
        return float(np.nan_to_num(values)[chosen].sum())

    if kind in ("answers", "length", "prompts"):
        planned, actual = (
            (plan.input_tokens, sums.input_tokens) if kind == "prompts" else (plan.output_tokens, sums.output_tokens)
        )
        return _over(total(planned * sums.attempts), total(sums.attempts)), _over(total(actual), total(sums.attempts))
    if kind == "price":
        usd = sums.input_tokens * plan.input_usd + sums.output_tokens * plan.output_usd
        tokens = total(sums.input_tokens + sums.output_tokens) / 1e6
        return _over(total(usd), tokens), _over(total(sums.usd), tokens)
    if kind == "speed":
        longer = divided(sums.output_tokens, sums.attempts) - plan.output_tokens
        same_length = plan.latency_ms + np.nan_to_num(longer * plan.ms_per_token)
        return (
            _over(total(same_length * sums.latency_n) / 1e3, total(sums.latency_n)),
            _over(total(sums.latency_ms) / 1e3, total(sums.latency_n)),
        )
    if kind == "quality":
        return _over(total(plan.quality * sums.scores), total(sums.scores)), _over(
            total(sums.score_total), total(sums.scores)
        )
    if kind == "routing":
        left = total(np.where(ledger.planned, 0.0, sums.requests))
        return 0.0, _over(left, total(sums.requests))
    classes = np.unique(ledger.group[chosen])
    return float(plan.share[classes].sum()), _over(total(sums.requests), sums.total)


def _over(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator > 0 else None
