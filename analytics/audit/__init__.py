"""What the log says: totals, spend over time and by dimension. Everything reads the roll-ups, never raw rows."""

from analytics.audit.spend import DIMENSIONS, Dimension, Step, spend_by, spend_over_time
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
    "Dimension",
    "Step",
    "Totals",
    "audit_totals",
    "free_models",
    "load_history",
    "log_totals",
    "rejected_rows",
    "scope_options",
    "spend_by",
    "spend_over_time",
    "unpriced_models",
]
