"""What another model would have done: quality, tokens and latency by class and model, with their uncertainty."""

from analytics.outcomes.classes import Classes, build_classes
from analytics.outcomes.evidence import Evidence, gather
from analytics.outcomes.grades import Grades, grade_cells
from analytics.outcomes.latency import LatencyModel, TimedAnswers, catalogue_latency, fit_latency
from analytics.outcomes.quality import QualityModel, fit_quality, fit_share, profile, unscored_quality
from analytics.outcomes.ratios import LoggedTokens, TokenRatios, fit_ratios
from analytics.outcomes.tables import (
    PairTable,
    ScoreTable,
    choose_metric,
    paired_metrics,
    read_pairs,
    read_scores,
)

__all__ = [
    "Classes",
    "Evidence",
    "Grades",
    "LatencyModel",
    "LoggedTokens",
    "PairTable",
    "QualityModel",
    "ScoreTable",
    "TimedAnswers",
    "TokenRatios",
    "build_classes",
    "catalogue_latency",
    "choose_metric",
    "fit_latency",
    "fit_quality",
    "fit_ratios",
    "fit_share",
    "gather",
    "grade_cells",
    "paired_metrics",
    "profile",
    "read_pairs",
    "read_scores",
    "unscored_quality",
]
