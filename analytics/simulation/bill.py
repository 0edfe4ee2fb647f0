"""What the strata's tokens cost on a model, split into the parts that scale with input, with output, and with neither."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from analytics.outcomes.arrays import BoolArray, FloatArray
from analytics.prices import PriceRow, context_thresholds, price_usd
from analytics.simulation.results import Scenario
from analytics.simulation.traffic import Traffic


@dataclass(frozen=True)
class Bill:
    """USD of every stratum, each (strata,): for its input tokens, its output tokens, and per attempt."""

    input_usd: FloatArray
    output_usd: FloatArray
    fixed_usd: FloatArray


def prices_in_scenario(rows: Sequence[PriceRow], model: str, scenario: Scenario) -> list[PriceRow]:
    """A model's price rows under the scenario: its base rates replaced, its tiers and cache rates scaled alike."""
    for name, input_rate, output_rate in scenario.prices:
        if name == model:
            if not rows:
                return [PriceRow(model, "scenario", None, None, 0, input_rate, output_rate)]
            return [_scaled(row, _base_of(row, rows), input_rate, output_rate) for row in rows]
    return list(rows)


def bill(traffic: Traffic, model: str, rows: Sequence[PriceRow], at: datetime, cache_survival: float) -> Bill | None:
    """The strata's tokens priced on `model` at the time `at`; None when it has no price.

    Where the model is not the logged one, only `cache_survival` of the cached input is still cached, and reasoning tokens
    are priced as other output. Token counts are the logged ones: ratios are for the caller.
    """
    current = [row for row in rows if _valid(row, at)] or list(rows)
    if not current:
        return None
    parts = np.zeros((3, len(traffic.model)))
    stays = traffic.model == model
    kept = np.where(stays, 1.0, cache_survival)
    key = np.stack([np.unique(traffic.provider, return_inverse=True)[1], traffic.batch, traffic.context_band])
    for combination in np.unique(key, axis=1).T:
        chosen: BoolArray = (key == combination[:, None]).all(axis=0)
        row = _row_for(current, str(traffic.provider[chosen][0]), int(combination[2]))
        batch = bool(combination[1])
        read, write = traffic.cache_read_tokens[chosen] * kept[chosen], traffic.cache_write_tokens[chosen]
        reasoning = np.where(stays[chosen], traffic.reasoning_tokens[chosen], 0.0)
        parts[0, chosen] = price_usd(row, traffic.input_tokens[chosen], 0.0, read, write, 0.0, 0.0, batch)
        parts[1, chosen] = price_usd(row, 0.0, traffic.output_tokens[chosen], 0.0, 0.0, reasoning, 0.0, batch)
        parts[2, chosen] = price_usd(row, 0.0, 0.0, 0.0, 0.0, 0.0, traffic.attempts[chosen], batch)
    return Bill(parts[0], parts[1], parts[2])


def _valid(row: PriceRow, at: datetime) -> bool:
    return (row.valid_from is None or row.valid_from <= at) and (row.valid_to is None or at < row.valid_to)


def _row_for(rows: Sequence[PriceRow], provider: str, band: int) -> PriceRow:
    """The row of the provider (else the user's own, else the first) whose context tier holds for the band."""
    own = [row for row in rows if row.source == "own"]
    same = [row for row in own or rows if row.provider == provider]
    first = (own or list(rows))[0].provider
    offered = same or [row for row in own or rows if row.provider == first]
    limit = context_thresholds()[band - 1] if band else 0
    reached = [row for row in offered if row.above_tokens <= limit]
    return max(reached or offered, key=lambda row: row.above_tokens if reached else -row.above_tokens)


def _base_of(row: PriceRow, rows: Sequence[PriceRow]) -> PriceRow:
    same = [other for other in rows if (other.provider, other.valid_from) == (row.provider, row.valid_from)]
    return min(same, key=lambda other: other.above_tokens)


def _scaled(row: PriceRow, base: PriceRow, input_rate: float, output_rate: float) -> PriceRow:
    of_input = input_rate / base.input_usd_per_mtok if base.input_usd_per_mtok else 1.0
    of_output = output_rate / base.output_usd_per_mtok if base.output_usd_per_mtok else 1.0

    def times(rate: float | None, factor: float) -> float | None:
        return None if rate is None else rate * factor

    return replace(
        row,
        input_usd_per_mtok=row.input_usd_per_mtok * of_input if base.input_usd_per_mtok else input_rate,
        output_usd_per_mtok=row.output_usd_per_mtok * of_output if base.output_usd_per_mtok else output_rate,
        cache_read_usd_per_mtok=times(row.cache_read_usd_per_mtok, of_input),
        cache_write_usd_per_mtok=times(row.cache_write_usd_per_mtok, of_input),
        reasoning_usd_per_mtok=times(row.reasoning_usd_per_mtok, of_output),
    )
