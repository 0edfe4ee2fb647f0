"""An architecture for where it runs: a LiteLLM configuration, a Python function, a query for the warehouse."""

from analytics.errors import ExportError
from analytics.policies.architecture import Architecture
from analytics.policies.export.dialects import DIALECTS
from analytics.policies.export.litellm import litellm_export
from analytics.policies.export.python import python_export
from analytics.policies.export.result import Export
from analytics.policies.export.sql import sql_export

TARGETS = ("litellm", "python", "sql")

__all__ = ["DIALECTS", "TARGETS", "Export", "export_architecture"]


def export_architecture(architecture: Architecture, target: str, dialect: str = "duckdb") -> Export:
    """The architecture for `target`; `dialect` is SQL's. Raises ExportError when the target is unknown or cannot hold it."""
    if target == "litellm":
        return litellm_export(architecture)
    if target == "python":
        return python_export(architecture)
    if target == "sql":
        return sql_export(architecture, dialect)
    raise ExportError(f"There is no export to '{target}': choose one of {', '.join(TARGETS)}.")
