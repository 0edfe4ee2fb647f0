"""How many requests a month: from the log's days, or as the scenario says."""

from dataclasses import dataclass
from datetime import UTC, datetime

from analytics.outcomes.arrays import floats, group_sums, integers
from analytics.scope import Scope
from analytics.settings import MONTH_DAYS
from analytics.simulation.results import Scenario
from analytics.store import Store


@dataclass(frozen=True)
class Span:
    """How long the log is: `days` of traffic, and its last quarter of an hour (UTC)."""

    days: float
    last: datetime


def read_span(store: Store, scope: Scope) -> Span:
    """Days from the first to the last request, with the first and last day counted by how much of them is there.

    A partial day counts for the share of the log's usual day (its profile over 96 quarters of an hour) that lies within
    it: half a day of round-the-clock traffic is 0.5, a nine-to-five log that starts at nine is 1. Days without requests
    in between count. A log within one day is one day.
    """
    where, values = scope.where("day")
    table = "rollup" if where == "true" else "(SELECT *, bucket::DATE AS day FROM rollup)"
    found = store.columns(
        f"SELECT epoch_us(bucket) AS instant, sum(requests)::DOUBLE AS requests FROM {table} WHERE {where} GROUP BY ALL ORDER BY instant",
        values,
    )
    requests = floats(found["requests"])
    seconds = integers(found["instant"])[requests > 0] // 1_000_000
    if not len(seconds):
        return Span(1.0, datetime.now(UTC))
    profile = group_sums(seconds % 86400 // 900, requests[requests > 0], 96)
    profile /= profile.sum()
    first, last = int(seconds[0]), int(seconds[-1])
    whole = last // 86400 - first // 86400 + 1
    missed = profile[: first % 86400 // 900].sum() + profile[last % 86400 // 900 + 1 :].sum()
    days = 1.0 if whole == 1 else max(1.0, whole - float(missed))
    return Span(days, datetime.fromtimestamp(last, UTC))


def monthly_requests(scenario: Scenario, requests: float, span: Span) -> float:
    """Requests per month: the scenario's, else the log's daily mean times 365.25 / 12; grown by the scenario's growth."""
    base = scenario.requests_per_month
    if base is None:
        base = requests / span.days * MONTH_DAYS
    return base * (1.0 + scenario.growth)
