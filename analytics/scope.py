"""The part of the log a view looks at: one frozen value, made in one place, passed as an argument."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

TimeColumn = Literal["day", "bucket", "timestamp"]


@dataclass(frozen=True)
class Scope:
    """A selection of the log; an empty tuple or None means "all".

    `start` and `end` are calendar days, both included, in `time_zone` (an IANA name).
    """

    start: date | None = None
    end: date | None = None
    use_cases: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    metric: str | None = None
    time_zone: str = "UTC"
    currency: str = "USD"

    def where(self, time: TimeColumn = "bucket") -> tuple[str, dict[str, object]]:
        """The selection as SQL text over `time` and the scope dimensions, and the values of its parameters.

        The classes are kept per UTC day: there ("day") the zone cannot be honoured and is left out. Elsewhere the days
        become two instants, so that Parquet files and row groups outside them are not read.
        """
        midnight = "{}" if time == "day" else "({}::TIMESTAMP AT TIME ZONE $scope_time_zone)"
        terms: list[str] = []
        values: dict[str, object] = {}
        if self.start is not None:
            terms.append(f"{time} >= {midnight.format('$scope_start')}")
            values["scope_start"] = self.start
        if self.end is not None:
            terms.append(f"{time} < {midnight.format('($scope_end + INTERVAL 1 DAY)')}")
            values["scope_end"] = self.end
        if terms and time != "day":
            values["scope_time_zone"] = self.time_zone
        for column, chosen in (
            ("use_case", self.use_cases),
            ("model", self.models),
            ("team", self.teams),
            ("environment", self.environments),
        ):
            if chosen:
                terms.append(f"list_contains($scope_{column}, {column})")
                values[f"scope_{column}"] = list(chosen)
        return " AND ".join(terms) or "true", values
