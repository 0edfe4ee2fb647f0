"""Which part of the traffic explains why some days cost more (or less) than usual, and how it moved.

A segment is a value of one dimension or of a pair. It explains its own excess over the whole excess; what makes it a
cause is explaining more than its ordinary share of spend (the "surprise" of Bhagwan et al., Adtributor, NSDI 2014):
production always explains 95% of everything, and nothing by that.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from analytics.scope import Scope
from analytics.store import Store

PARTS = ("model", "use_case", "team", "environment")
GROUPINGS = [*((one,) for one in PARTS), *combinations(PARTS, 2)]
# Explaining a fifth more than its ordinary share is the least that makes a segment a cause.
LEAST_SURPRISE = 0.2

_SEGMENTS = f"""SELECT {", ".join(f"CASE WHEN grouping({one}) = 0 THEN {one} END AS {one}" for one in PARTS)},
    coalesce(sum(usd) FILTER (odd), 0), coalesce(sum(requests) FILTER (odd), 0)::DOUBLE, coalesce(sum(tokens) FILTER (odd), 0),
    coalesce(sum(usd) FILTER (NOT odd), 0), coalesce(sum(requests) FILTER (NOT odd), 0)::DOUBLE, coalesce(sum(tokens) FILTER (NOT odd), 0)
FROM (
    SELECT {", ".join(f"coalesce({one}, 'unknown') AS {one}" for one in PARTS)}, list_cost_usd AS usd, requests,
        input_tokens + output_tokens AS tokens, list_contains($odd_days, (bucket AT TIME ZONE $zone)::DATE) AS odd
    FROM rollup
    WHERE {{where}} AND (list_contains($odd_days, (bucket AT TIME ZONE $zone)::DATE)
        OR list_contains($reference_days, (bucket AT TIME ZONE $zone)::DATE))
)
GROUP BY GROUPING SETS ({", ".join("(" + ", ".join(one) + ")" for one in GROUPINGS)})"""  # fmt: skip


@dataclass(frozen=True)
class Cause:
    """The segment that moved: values of one or two dimensions, and its part of the excess (a day, USD).

    share: its excess over the whole excess, at most 1. The excess splits exactly into more requests (volume), more
    tokens per request (tokens) and dearer tokens by price or mix of models (price); None for a segment that is new or
    gone. The ratios are actual over usual.
    """

    segment: tuple[tuple[str, str], ...]
    share: float
    spend_usd: float
    usual_usd: float
    volume_usd: float | None
    tokens_usd: float | None
    price_usd: float | None
    volume_ratio: float | None
    tokens_ratio: float | None
    price_ratio: float | None


def explain(
    store: Store, scope: Scope, days: Sequence[date], reference: Sequence[date], spend_usd: float, usual_usd: float
) -> Cause | None:
    """Why `days` cost `spend_usd` a day instead of `usual_usd`, against the days of `reference`; None if all moved alike.

    The reference's segments are scaled to sum to `usual_usd`, so that their excesses sum to the whole excess.
    """
    excess = spend_usd - usual_usd
    if not days or not reference or excess == 0:
        return None
    where, values = Scope(
        None, None, scope.use_cases, scope.models, scope.teams, scope.environments
    ).where("bucket")  # fmt: skip
    rows = store.rows(
        _SEGMENTS.format(where=where),
        values | {"odd_days": list(days), "reference_days": list(reference), "zone": scope.time_zone},
    )
    whole = sum(row[7] for row in rows if _dimensions(row) == ("environment",))
    if whole <= 0:
        return None
    scale = usual_usd / whole
    best, surprise = None, LEAST_SURPRISE
    for row in rows:
        actual = [value / len(days) for value in row[4:7]]
        usual = [value * scale for value in row[7:10]]
        share = min((actual[0] - usual[0]) / excess, 1.0)
        # Of two that surprise alike the one with fewer dimensions is the simpler story.
        found = share - usual[0] / usual_usd - 0.02 * len(_dimensions(row))
        if found > surprise:
            best, surprise = (row, share, actual, usual), found
    return None if best is None else _cause(*best)


def _dimensions(row: Sequence[object]) -> tuple[str, ...]:
    return tuple(name for name, value in zip(PARTS, row, strict=False) if value is not None)


def _cause(row: Sequence[str], share: float, actual: Sequence[float], usual: Sequence[float]) -> Cause:
    segment = tuple((name, value) for name, value in zip(PARTS, row, strict=False) if value is not None)
    if min(*actual, *usual) <= 0:
        return Cause(segment, share, actual[0], usual[0], None, None, None, None, None, None)
    volume, tokens = actual[1] / usual[1], actual[2] / actual[1] / (usual[2] / usual[1])
    price = actual[0] / actual[2] / (usual[0] / usual[2])
    # Logarithmic mean Divisia index (Ang 2004): the parts sum to the difference without a remainder.
    change = math.log(actual[0] / usual[0])
    weight = (actual[0] - usual[0]) / change if change else actual[0]
    of_volume, of_tokens, of_price = (weight * math.log(ratio) for ratio in (volume, tokens, price))
    return Cause(segment, share, actual[0], usual[0], of_volume, of_tokens, of_price, volume, tokens, price)
