"""From log files to the store: parse, check, price, load."""

from analytics.logs.load import LoadResult, Rejection, load_log
from analytics.logs.outcomes import load_outcomes

__all__ = ["LoadResult", "Rejection", "load_log", "load_outcomes"]
