"""Our totals against the provider's bill: read invoices and cost reports, keep them, compare per provider and month."""

from analytics.reconcile.compare import Capture, MonthCheck, reconcile
from analytics.reconcile.keep import InvoiceResult, load_invoices
from analytics.reconcile.read import InvoiceLine, read_invoice

__all__ = [
    "Capture",
    "InvoiceLine",
    "InvoiceResult",
    "MonthCheck",
    "load_invoices",
    "read_invoice",
    "reconcile",
]
