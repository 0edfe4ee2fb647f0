"""Routing policies: parse, check, compile to SQL, put into words."""

from analytics.policies.architecture import (
    Architecture,
    Cascade,
    Learned,
    Overhead,
    Plan,
    Predicate,
    Route,
    Split,
    Use,
    Verifier,
    models_of,
    single_model,
)
from analytics.policies.compile import architecture_toml, route_sql
from analytics.policies.describe import assumed_checker, describe, kept_by_checkers
from analytics.policies.parse import load_architecture, parse_architecture

__all__ = [
    "Architecture",
    "Cascade",
    "Learned",
    "Overhead",
    "Plan",
    "Predicate",
    "Route",
    "Split",
    "Use",
    "Verifier",
    "architecture_toml",
    "assumed_checker",
    "describe",
    "kept_by_checkers",
    "load_architecture",
    "models_of",
    "parse_architecture",
    "route_sql",
    "single_model",
]
