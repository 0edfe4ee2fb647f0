"""Backtest: hide all but one answer per prompt, project, and compare with the truth that the file knows."""

from analytics.backtest.full_information import FullInformation, read_full_information
from analytics.backtest.logging import BEHAVIOURS, Behaviour, behaviours_named
from analytics.backtest.run import Verdict, run_backtest

__all__ = [
    "BEHAVIOURS",
    "Behaviour",
    "FullInformation",
    "Verdict",
    "behaviours_named",
    "read_full_information",
    "run_backtest",
]
