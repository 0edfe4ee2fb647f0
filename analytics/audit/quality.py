"""How good the answers are, where nobody knows, and whether that is changing. Scores are kept per UTC day."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from analytics.audit.intervals import Z, mean_interval, variance
from analytics.errors import UsageError
from analytics.scope import Scope
from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

QualityDimension = Literal["model", "use_case", "team", "environment"]
QUALITY_DIMENSIONS: tuple[QualityDimension, ...] = ("model", "use_case", "team", "environment")
FEW_SCORES = 30
_SUMS = "sum(n)::DOUBLE AS n, sum(quality)::DOUBLE AS total, sum(quality_squares)::DOUBLE AS squares"


@dataclass(frozen=True)
class Score:
    """The mean of `n` scores with its 95% interval, and the share of requests that are scored."""

    n: int
    requests: int
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Drift:
    """Mean quality since `since` less that before, at the same mix of use cases, with its 95% interval.

    `largest` is the use case that moved most of it.
    """

    since: date
    change: float
    low: float
    high: float
    largest: str

    @property
    def significant(self) -> bool:
        """Whether the interval excludes no change."""
        return self.low > 0 or self.high < 0


def metrics(store: Store, scope: Scope) -> list[str]:
    """The metrics scored in the scope, the most scored first."""
    where, values = scope.where("day")
    rows = store.rows(f"SELECT metric FROM class_scores WHERE {where} GROUP BY 1 ORDER BY sum(n) DESC, 1", values)
    return [row[0] for row in rows]


def overall(store: Store, scope: Scope, metric: str) -> Score:
    """All scores of `metric` in the scope."""
    where, values = scope.where("day")
    requests = store.rows(f"SELECT coalesce(sum(requests), 0)::BIGINT FROM classes WHERE {where}", values)[0][0]
    row = store.rows(
        f"SELECT {_SUMS} FROM class_scores WHERE metric = $metric AND {where}", values | {"metric": metric}
    )
    n, total, squares = row[0]
    if not n:
        return Score(0, requests, None, None, None)
    low, high = mean_interval(n, total, squares)
    return Score(int(n), requests, total / n, low, high)


def quality_by(store: Store, scope: Scope, metric: str, *dimensions: QualityDimension) -> "pl.DataFrame":
    """Every combination of values that has requests or scores: a column per dimension, then requests, n, scored_share,
    mean, low, high (None where nothing is scored); most requests first.
    """
    for dimension in dimensions:
        if dimension not in QUALITY_DIMENSIONS:
            raise UsageError(f"Quality is not kept by '{dimension}': use one of {', '.join(QUALITY_DIMENSIONS)}.")
    where, values = scope.where("day")
    keys = ", ".join(f"coalesce({one}, 'unknown') AS {one}" for one in dimensions)
    listed = ", ".join(dimensions)
    frame = store.frame(
        f"""WITH asked AS (SELECT {keys}, sum(requests)::BIGINT AS requests FROM classes WHERE {where} GROUP BY ALL),
        scored AS (SELECT {keys}, {_SUMS} FROM class_scores WHERE metric = $metric AND {where} GROUP BY ALL)
        SELECT {listed}, coalesce(requests, 0)::BIGINT AS requests, coalesce(n, 0)::BIGINT AS n, total, squares,
            coalesce(n, 0) / nullif(requests, 0) AS scored_share
        FROM asked FULL JOIN scored USING ({listed}) WHERE requests > 0 OR n > 0 ORDER BY requests DESC NULLS LAST, {listed}""",
        values | {"metric": metric},
    )
    return _with_intervals(frame)


def quality_over_time(store: Store, scope: Scope, metric: str) -> "pl.DataFrame":
    """Per week (Monday, UTC) and use case: week, use_case, n, total, squares (Σq, Σq²)."""
    where, values = scope.where("day")
    return store.frame(
        f"SELECT date_trunc('week', day)::DATE AS week, coalesce(use_case, 'unknown') AS use_case, {_SUMS} "
        f"FROM class_scores WHERE metric = $metric AND {where} GROUP BY ALL ORDER BY 1, 2",
        values | {"metric": metric},
    )


def weekly(weeks: "pl.DataFrame") -> "pl.DataFrame":
    """From `quality_over_time`, all use cases together: week, n, mean, low, high."""
    import polars as pl

    return _with_intervals(weeks.group_by("week", maintain_order=True).agg(pl.col("n", "total", "squares").sum()))


def drift(weeks: "pl.DataFrame", last: int = 2) -> Drift | None:
    """Whether the last weeks differ from those before; None where either side has too few scores to say.

    Use cases are compared with themselves and weighted alike on both sides (direct standardisation), so that a change in
    what is asked does not pass for a change in how well it is answered.
    """
    import polars as pl

    starts = weeks["week"].unique().sort()
    if len(starts) < 2:
        return None
    since = max(starts[-1] - timedelta(weeks=last - 1), starts[1])
    sums = (
        weeks.with_columns(late=pl.col("week") >= since)
        .group_by("use_case", "late")
        .agg(pl.col("n", "total", "squares").sum())
    )
    sides = {(row["use_case"], row["late"]): row for row in sums.iter_rows(named=True)}
    both = sorted(
        name
        for name in sums["use_case"].unique()
        if all((name, late) in sides and sides[name, late]["n"] >= FEW_SCORES for late in (True, False))
    )
    if not both:
        return None
    weight = {name: sides[name, True]["n"] + sides[name, False]["n"] for name in both}
    whole = sum(weight.values())
    moved, doubt = {}, 0.0
    for name in both:
        late, early = sides[name, True], sides[name, False]
        share = weight[name] / whole
        moved[name] = share * (late["total"] / late["n"] - early["total"] / early["n"])
        doubt += share**2 * sum(variance(one["n"], one["total"], one["squares"]) / one["n"] for one in (late, early))
    change = sum(moved.values())
    spread = Z * math.sqrt(doubt)
    return Drift(since, change, change - spread, change + spread, max(both, key=lambda name: abs(moved[name])))


def _with_intervals(frame: "pl.DataFrame") -> "pl.DataFrame":
    """`frame` with mean, low, high in place of total and squares."""
    import polars as pl

    rows = zip(frame["n"], frame["total"], frame["squares"], strict=True)
    found = [(total / n, *mean_interval(n, total, squares)) if n else (None, None, None) for n, total, squares in rows]
    columns = [
        pl.Series(name, [row[place] for row in found], dtype=pl.Float64)
        for place, name in enumerate(("mean", "low", "high"))
    ]
    return frame.drop("total", "squares").with_columns(columns)
