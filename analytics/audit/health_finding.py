"""The words of data health: a finding, and how complete the log is."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["wrong", "missing", "note"]
LEVELS: tuple[Level, ...] = ("wrong", "missing", "note")


@dataclass(frozen=True)
class Finding:
    """Something to mend: a title, one sentence with its numbers (empty where the title has them), the remedy.

    `level`: it makes numbers wrong, it leaves something out, or it is worth knowing. `calls` and `cost`, in the
    currency asked for, say how much it affects; None is not known. `of`: what is counted.
    """

    level: Level
    title: str
    sentence: str
    remedy: str
    calls: int | None = None
    cost: float | None = None
    of: Literal["calls", "requests"] = "calls"


def counted(number: int, one: str, many: str) -> str:
    """1 call, 2,310 calls."""
    return f"{number:,} {one if number == 1 else many}"


@dataclass(frozen=True)
class Completeness:
    """Calls, requests and list cost of the log; calls without a price per model; the share of calls lacking a field."""

    attempts: int
    requests: int
    list_cost: float | None
    unpriced: dict[str, int]
    lacking: dict[str, float]

    @property
    def priced_share(self) -> float | None:
        """Share of calls that have a list price."""
        return 1 - sum(self.unpriced.values()) / self.attempts if self.attempts else None
