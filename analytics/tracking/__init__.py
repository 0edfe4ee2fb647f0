"""Did it come true? What was adopted, what it was expected to do, and what happened since."""

from analytics.tracking.adoptions import Adoption, adopt, adoptions, find_adoption, remove_adoption
from analytics.tracking.causes import Cause
from analytics.tracking.demo import SecondMonth, add_second_month
from analytics.tracking.periods import MEASURES, Comparison, Measure, Period
from analytics.tracking.rollout import Rollout, Stage, plan_rollout, rollout_of
from analytics.tracking.track import Alarm, Tracking, track

__all__ = [
    "MEASURES",
    "Adoption",
    "Alarm",
    "Cause",
    "Comparison",
    "Measure",
    "Period",
    "Rollout",
    "SecondMonth",
    "Stage",
    "Tracking",
    "add_second_month",
    "adopt",
    "adoptions",
    "find_adoption",
    "plan_rollout",
    "remove_adoption",
    "rollout_of",
    "track",
]
