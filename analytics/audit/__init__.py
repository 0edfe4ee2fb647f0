"""What the log says: totals, spend, speed, quality. Everything reads the roll-ups; only spend by user or session looks
at the raw log, once.
"""

from analytics.audit.dimensions import DIMENSIONS, USERS, Dimension, reads_raw_log
from analytics.audit.lines import CostLines, Line, cost_lines
from analytics.audit.periods import Comparison
from analytics.audit.quality import (
    QUALITY_DIMENSIONS,
    Drift,
    QualityDimension,
    Score,
    drift,
    metrics,
    overall,
    quality_by,
    quality_over_time,
    weekly,
)
from analytics.audit.speed import (
    MEASURES,
    SPEED_DIMENSIONS,
    Measure,
    SpeedDimension,
    distribution,
    percentiles_by,
    percentiles_over_time,
    rates_by,
    rates_over_time,
)
from analytics.audit.spend import Spend, Step, spend_by, spend_by_pair, spend_over_time
from analytics.audit.totals import (
    Totals,
    audit_totals,
    free_models,
    load_history,
    log_totals,
    rejected_rows,
    scope_options,
    unpriced_models,
)

__all__ = [
    "DIMENSIONS",
    "MEASURES",
    "QUALITY_DIMENSIONS",
    "SPEED_DIMENSIONS",
    "USERS",
    "Comparison",
    "CostLines",
    "Dimension",
    "Drift",
    "Line",
    "Measure",
    "QualityDimension",
    "Score",
    "SpeedDimension",
    "Spend",
    "Step",
    "Totals",
    "audit_totals",
    "cost_lines",
    "distribution",
    "drift",
    "free_models",
    "load_history",
    "log_totals",
    "metrics",
    "overall",
    "percentiles_by",
    "percentiles_over_time",
    "quality_by",
    "quality_over_time",
    "rates_by",
    "rates_over_time",
    "reads_raw_log",
    "rejected_rows",
    "scope_options",
    "spend_by",
    "spend_by_pair",
    "spend_over_time",
    "unpriced_models",
    "weekly",
]
