"""Learned routing: which model is good enough for a request, told from what is known before the answer."""

from analytics.learning.features import Asked
from analytics.learning.findings import Findings, read_findings
from analytics.learning.router import Router, fit_calibration, fit_router
from analytics.learning.train import train_router

__all__ = ["Asked", "Findings", "Router", "fit_calibration", "fit_router", "read_findings", "train_router"]
