"""Projections: what the log's traffic would cost, how fast and how good it would be under another architecture."""

from analytics.simulation.results import (
    Change,
    Estimate,
    Evidence,
    Grade,
    Latency,
    Projection,
    Scenario,
    Simulation,
)
from analytics.simulation.simulate import CURRENT, simulate

__all__ = [
    "CURRENT",
    "Change",
    "Estimate",
    "Evidence",
    "Grade",
    "Latency",
    "Projection",
    "Scenario",
    "Simulation",
    "simulate",
]
