"""What really happened after an adoption: the later log by local day, traffic class and model.

Classes are kept per UTC day and decide most policies; another time zone, or a condition that they do not know, costs one
pass over the raw requests since the adoption.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from analytics.outcomes.arrays import FloatArray, IntArray, StrArray, floats, integers, texts
from analytics.policies import route_sql
from analytics.store import Store
from analytics.tracking.adoptions import Adoption

MEASURES = (
    "requests", "attempts", "input_tokens", "output_tokens", "usd", "usd_squares", "unpriced", "latency_n", "latency_ms",
    "latency_squares",
)  # fmt: skip
SCORES = ("scores", "score_total", "score_squares")
_KEY = """coalesce(use_case, '') AS use_case, least(coalesce(complexity_bin, 0) // 10, 9)::BIGINT AS tenth,
    coalesce(model, '') AS model"""

_CLASSES = "(SELECT *, complexity_bin / 100.0 AS complexity FROM classes)"
_FROM_CLASSES = """sum(requests) AS requests, sum(attempts) AS attempts, sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens, sum(list_cost_usd) AS usd, sum(list_cost_squares) AS usd_squares,
    sum(unpriced) AS unpriced, sum(latency_n) AS latency_n, sum(latency_ms) AS latency_ms,
    sum(latency_squares) AS latency_squares"""
_CLASS_SCORES = "(SELECT *, complexity_bin / 100.0 AS complexity FROM class_scores WHERE metric = $metric)"
_FROM_CLASS_SCORES = "sum(n) AS scores, sum(quality) AS score_total, sum(quality_squares) AS score_squares"

# As in traffic/classes.sql: what the gateway's own cache answered has no tokens to pay for.
_REQUESTS = """(SELECT * REPLACE (
        CASE WHEN cache_hit THEN 0 ELSE input_tokens END AS input_tokens,
        CASE WHEN cache_hit THEN 0 ELSE output_tokens END AS output_tokens
    ), (timestamp AT TIME ZONE $zone)::DATE AS day, CASE WHEN is_request AND status = 'ok' THEN request_latency_ms END AS answer_ms
    FROM requests WHERE origin IS NULL)"""
_FROM_REQUESTS = """count(*) FILTER (is_request) AS requests, count(*) AS attempts, sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens, sum(list_cost_usd) AS usd, sum(list_cost_usd * list_cost_usd) AS usd_squares,
    count(*) FILTER (list_cost_usd IS NULL) AS unpriced, count(answer_ms) AS latency_n, sum(answer_ms) AS latency_ms,
    sum(answer_ms * answer_ms) AS latency_squares"""
_SCORED = """(SELECT *, (timestamp AT TIME ZONE $zone)::DATE AS day FROM scored_requests
    WHERE quality IS NOT NULL AND origin IS NULL AND coalesce(quality_metric, 'quality') = $metric)"""
_FROM_SCORED = "count(*) AS scores, sum(quality) AS score_total, sum(quality * quality) AS score_squares"


@dataclass(frozen=True)
class Actual:
    """One row per local day, class (route, use case, tenth) and model, each (rows,): sums of MEASURES, then of SCORES.

    `starts` is the adoption's first local day, from which `day` counts. usd: at list price. scores: of the adoption's metric. A class may have rows
    of scores and rows of requests.
    """

    starts: date
    day: IntArray
    route: IntArray
    use_case: StrArray
    tenth: IntArray
    model: StrArray
    sums: dict[str, FloatArray]

    def __len__(self) -> int:
        return len(self.day)


def read_actual(store: Store, adoption: Adoption, time_zone: str = "UTC", until: date | None = None) -> Actual:
    """The requests of the adoption's scope from its first moment on, up to and including the day `until`."""
    raw = {time_zone, adoption.scope.time_zone} != {"UTC"} or not adoption.architecture.on_classes
    starts = local_start(adoption, time_zone)
    scope = replace(adoption.scope, start=adoption.starts, end=None)
    if raw:
        asked = ((_REQUESTS, _FROM_REQUESTS, MEASURES), (_SCORED, _FROM_SCORED, SCORES))
    else:
        asked = ((_CLASSES, _FROM_CLASSES, MEASURES), (_CLASS_SCORES, _FROM_CLASS_SCORES, SCORES))
    where, values = scope.where("timestamp" if raw else "day")
    values |= {"starts": starts, "until": until} | ({"zone": time_zone} if raw else {})
    parts = [_read(store, adoption, where, values, *one) for one in asked]
    day, route, tenth = (np.concatenate([integers(part[name]) for part in parts]) for name in ("day", "route", "tenth"))
    use_case, model = (np.concatenate([texts(part[name]) for part in parts]) for name in ("use_case", "model"))
    sums = {
        name: np.concatenate(
            [np.nan_to_num(floats(part[name])) if name in part else np.zeros(len(part["day"])) for part in parts]
        )
        for name in MEASURES + SCORES
    }
    return Actual(starts, day, route, use_case, tenth, model, sums)


def local_start(adoption: Adoption, time_zone: str) -> date:
    """The day in `time_zone` on which the adoption's first day began where it was adopted."""
    begins = datetime.combine(adoption.starts, time(), ZoneInfo(adoption.scope.time_zone))
    return begins.astimezone(ZoneInfo(time_zone)).date()


def _read(
    store: Store,
    adoption: Adoption,
    where: str,
    values: dict[str, object],
    table: str,
    sums: str,
    names: tuple[str, ...],
) -> dict[str, Any]:
    more: dict[str, object] = {"metric": adoption.metric or ""} if names == SCORES else {}
    return store.columns(
        f"""SELECT (day - $starts)::BIGINT AS day, ({route_sql(adoption.architecture)})::BIGINT AS route, {_KEY}, {sums}
        FROM {table} WHERE {where} AND ($until::DATE IS NULL OR day <= $until::DATE) GROUP BY ALL ORDER BY ALL""",
        values | more,
    )
