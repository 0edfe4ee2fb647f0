"""What spend can be divided by, and which table answers: the roll-up, the classes, or the raw log."""

from dataclasses import dataclass
from typing import Literal

from analytics.currency import Rates
from analytics.errors import UsageError
from analytics.scope import Scope, TimeColumn

Dimension = Literal[
    "model", "provider", "use_case", "team", "environment", "prompt_version", "source", "origin", "batch", "complexity",
    "user_id", "session_id",
]  # fmt: skip
DIMENSIONS: tuple[Dimension, ...] = (
    "model", "provider", "use_case", "team", "environment", "prompt_version", "source", "origin", "batch", "complexity",
    "user_id", "session_id",
)  # fmt: skip
ROLLUP_DIMENSIONS = frozenset(DIMENSIONS[:9])
CLASS_DIMENSIONS = frozenset({"model", "provider", "use_case", "team", "environment", "batch", "complexity"})

# User traffic is told from the calls that a router, a judge or a shadow test made.
USERS = "user requests"
_NAMES = {
    "origin": f"coalesce(origin, '{USERS}')",
    "batch": "CASE WHEN batch THEN 'batch' WHEN NOT batch THEN 'live' END",
    "complexity": "format('{:.1f} to {:.1f}', least(complexity_bin // 10, 9) / 10, (least(complexity_bin // 10, 9) + 1) / 10)",
}

# One row of the raw log under the roll-up's names.
_RAW = """(SELECT *, is_request::INTEGER AS requests, 1 AS attempts, cost_usd AS billed_cost_usd,
    (list_cost_usd IS NULL)::INTEGER AS unpriced FROM requests)"""


@dataclass(frozen=True)
class Source:
    """A relation with the roll-up's measures, and the column that says when."""

    relation: str
    time: TimeColumn

    @property
    def step_sql(self) -> str:
        """When, in the steps of the roll-up: summing by these first spares most conversions to local time."""
        return "time_bucket(INTERVAL 15 MINUTE, timestamp)" if self.time == "timestamp" else self.time

    def local_sql(self, column: str) -> str:
        """A column of `step_sql` as naive local timestamps in the zone $zone; the classes know UTC days only."""
        return f"{column}::TIMESTAMP" if self.time == "day" else f"({column} AT TIME ZONE $zone)"

    def instant_sql(self, name: str) -> str:
        """The parameter `name`, a naive local timestamp, as a value that `time` is compared with."""
        return f"${name}" if self.time == "day" else f"(${name}::TIMESTAMP AT TIME ZONE $zone)"

    def log(self, scope: Scope, rates: Rates) -> tuple[str, dict[str, object]]:
        """The relation with a column `per_usd`, units of the scope's currency per USD on the row's day, and its values."""
        factor, values = rates.factor_sql(scope.currency, self.time, None if self.time == "day" else scope.time_zone)
        return f"(SELECT *, {factor} AS per_usd FROM {self.relation})", values

    def where(self, scope: Scope) -> tuple[str, dict[str, object]]:
        """The scope over this relation; the values include $zone where the other methods need it."""
        text, values = scope.where(self.time)
        return text, values if self.time == "day" else values | {"zone": scope.time_zone}


ROLLUP, RAW = Source("rollup", "bucket"), Source(_RAW, "timestamp")


def source_of(*dimensions: str) -> Source:
    """The smallest table that has all of these. Raises UsageError for one that does not exist."""
    for dimension in dimensions:
        if dimension not in DIMENSIONS:
            raise UsageError(f"There is no dimension '{dimension}': use one of {', '.join(DIMENSIONS)}.")
    if ROLLUP_DIMENSIONS.issuperset(dimensions):
        return ROLLUP
    if CLASS_DIMENSIONS.issuperset(dimensions):
        return Source("classes", "day")
    return RAW


def reads_raw_log(*dimensions: str) -> bool:
    """Whether only a pass over the raw log can tell."""
    return source_of(*dimensions).time == "timestamp"


def name_sql(dimension: str) -> str:
    """The value of a dimension as text, 'unknown' where the log does not say."""
    return f"coalesce({_NAMES.get(dimension, dimension)}, 'unknown')"
