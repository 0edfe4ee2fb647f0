"""Backtest: hide all but one answer per prompt, project, and compare with the truth that the file knows."""

from analytics.backtest.full_information import FullInformation, full_information_of, read_full_information
from analytics.backtest.logging import BEHAVIOURS, Behaviour, behaviours_named
from analytics.backtest.run import Replayed, Verdict, replay_once, run_backtest

__all__ = [
    "BEHAVIOURS",
    "Behaviour",
    "FullInformation",
    "Replayed",
    "Verdict",
    "behaviours_named",
    "full_information_of",
    "read_full_information",
    "replay_once",
    "run_backtest",
]
