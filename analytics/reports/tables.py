"""The report's tables as CSV, with plain numbers, safe to open in a spreadsheet."""

from typing import TYPE_CHECKING

from analytics.exports import csv_bytes
from analytics.reports.facts import Facts

if TYPE_CHECKING:
    import polars as pl


def csv_table(facts: Facts) -> bytes:
    """The table of architectures."""
    return csv_bytes(architectures_frame(facts))


def architectures_frame(facts: Facts) -> "pl.DataFrame":
    """One row per architecture, current first; money a month in the currency of the names, seconds, shares in [0, 1], unknown empty."""
    import polars as pl

    written, code = facts.currency.known_amount, facts.currency.code.lower()
    rows = [
        {
            "architecture": one.name, "grade": one.grade,
            f"monthly_cost_{code}": written(one.monthly_cost_usd.mean), f"monthly_cost_{code}_low": written(one.monthly_cost_usd.low),
            f"monthly_cost_{code}_high": written(one.monthly_cost_usd.high),
            "latency_s": one.latency_s.mean, "latency_s_low": one.latency_s.low, "latency_s_high": one.latency_s.high,
            "latency_s_p95": one.latency_s.p95,
            "quality": one.quality.mean, "quality_low": one.quality.low, "quality_high": one.quality.high,
            f"cost_change_{code}": written(one.vs_current.cost.mean), "quality_change": one.vs_current.quality.mean,
            "latency_change_s": one.vs_current.latency.mean,
            "observed": one.evidence.observed, "pooled": one.evidence.pooled, "assumed": one.evidence.assumed,
            "demo_data": facts.is_demo,
        }
        for one in facts.simulation.projections
    ]  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)
