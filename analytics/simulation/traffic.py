"""The traffic to be replayed: requests grouped by where each architecture would send them.

Strata are (route of every architecture) x logged model x provider x use case x tenth of complexity x batch x context
band. All architectures share them, so that what they have in common cancels in every difference. Routes that the classes
can decide cost no look at the raw log; others cost one pass, which is remembered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.errors import SimulationError
from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, StrArray, floats, integers, texts
from analytics.policies import Architecture, route_sql
from analytics.scope import Scope
from analytics.store import Store
from analytics.store.undated import LOST, undated

if TYPE_CHECKING:
    import polars as pl

MEASURES = (
    "requests", "attempts", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens",
    "input_squares", "output_squares", "input_output", "latency_n", "latency_ms", "latency_squares", "latency_output",
    "latency_output_tokens", "latency_output_squares", "latency_input",
)  # fmt: skip
_FROM_CLASSES = ", ".join(f"coalesce(sum({name}), 0)::DOUBLE AS {name}" for name in MEASURES)
_ANSWER_MS = "CASE WHEN is_request AND status = 'ok' THEN request_latency_ms END"
# As in traffic/classes.sql: what the gateway's own cache answered has no tokens to pay for.
_UNCACHED = ", ".join(f"CASE WHEN cache_hit THEN 0 ELSE {name} END AS {name}" for name in MEASURES[2:7])
_KEYS = ("model", "provider", "use_case", "batch", "complexity_bin", "context_band")
_REQUESTS = f"(SELECT * REPLACE ({_UNCACHED}), timestamp::DATE AS day, {_ANSWER_MS} AS answer_ms FROM requests WHERE origin IS NULL)"
_CLASSES = "(SELECT *, complexity_bin / 100.0 AS complexity FROM {})"
_FROM_REQUESTS = """count(*) FILTER (is_request)::DOUBLE AS requests, count(*)::DOUBLE AS attempts,
    sum(input_tokens)::DOUBLE AS input_tokens, sum(output_tokens)::DOUBLE AS output_tokens,
    sum(cache_read_tokens)::DOUBLE AS cache_read_tokens, sum(cache_write_tokens)::DOUBLE AS cache_write_tokens,
    sum(reasoning_tokens)::DOUBLE AS reasoning_tokens, sum(input_tokens::DOUBLE * input_tokens) AS input_squares,
    sum(output_tokens::DOUBLE * output_tokens) AS output_squares, sum(input_tokens::DOUBLE * output_tokens) AS input_output,
    count(answer_ms)::DOUBLE AS latency_n, sum(answer_ms)::DOUBLE AS latency_ms,
    sum(answer_ms * answer_ms)::DOUBLE AS latency_squares, sum(answer_ms * output_tokens)::DOUBLE AS latency_output,
    (sum(output_tokens) FILTER (answer_ms IS NOT NULL))::DOUBLE AS latency_output_tokens,
    sum(output_tokens::DOUBLE * output_tokens) FILTER (answer_ms IS NOT NULL) AS latency_output_squares,
    sum(answer_ms * input_tokens)::DOUBLE AS latency_input"""


@dataclass(frozen=True)
class Traffic:
    """One row per stratum; `routes` (architectures, strata) is the index of the plan that takes it.

    Token sums run over attempts; latency sums (ms) over answered requests that say how long they took.
    """

    routes: IntArray
    model: StrArray
    provider: StrArray
    use_case: StrArray
    tenth: IntArray
    batch: BoolArray
    context_band: IntArray
    requests: FloatArray
    attempts: FloatArray
    input_tokens: FloatArray
    output_tokens: FloatArray
    cache_read_tokens: FloatArray
    cache_write_tokens: FloatArray
    reasoning_tokens: FloatArray
    input_squares: FloatArray
    output_squares: FloatArray
    input_output: FloatArray
    latency_n: FloatArray
    latency_ms: FloatArray
    latency_squares: FloatArray
    latency_output: FloatArray
    latency_output_tokens: FloatArray
    latency_output_squares: FloatArray
    latency_input: FloatArray


def read_traffic(store: Store, architectures: Sequence[Architecture], scope: Scope) -> Traffic:
    """The traffic of `scope` by stratum. Raises SimulationError when there is none."""
    routes = tuple(route_sql(architecture) for architecture in architectures)
    traffic: Traffic
    if not all(architecture.on_classes for architecture in architectures):
        traffic = store.kept.once(("traffic", routes, scope), lambda: _read_raw(store, routes, scope))
    elif any(architecture.columns & LOST for architecture in architectures):
        traffic = _read(store, routes, scope, _CLASSES.format("classes"), _FROM_CLASSES)
    else:
        given, left = undated(store, "classes", _KEYS, MEASURES, scope)
        traffic = _read(store, routes, left, _CLASSES.format("given"), _FROM_CLASSES, given)
    if not traffic.requests.sum():
        if store.kind == "empty" or scope == Scope():
            raise SimulationError("The log holds no requests: load one with `routecast load FILE` before simulating.")
        raise SimulationError(
            "No request of the log lies in the chosen scope: widen its dates, use cases, models or teams."
        )
    return traffic


def _read_raw(store: Store, routes: tuple[str, ...], scope: Scope) -> Traffic:
    return _read(store, routes, scope, _REQUESTS, _FROM_REQUESTS)


def _read(
    store: Store,
    routes: tuple[str, ...],
    scope: Scope,
    table: str,
    measures: str,
    given: "pl.DataFrame | None" = None,
) -> Traffic:
    where, values = scope.where("day")
    numbered = [f"({sql})::BIGINT AS route_{index}" for index, sql in enumerate(routes)]
    key = [f"route_{index}" for index in range(len(routes))]
    key += [
        "coalesce(model, '') AS model", "coalesce(provider, '') AS provider", "coalesce(use_case, '') AS use_case",
        "least(coalesce(complexity_bin, 0) // 10, 9)::BIGINT AS tenth", "coalesce(batch, false) AS batch",
        "coalesce(context_band, 0)::BIGINT AS context_band",
    ]  # fmt: skip
    routed = f"SELECT {', '.join(['*', *numbered])} FROM {table} WHERE {where}"
    found = store.columns(
        f"SELECT {', '.join(key)}, {measures} FROM ({routed}) AS routed GROUP BY ALL ORDER BY ALL", values, given
    )
    strata = len(found["requests"])
    numbers = [integers(found[f"route_{index}"]) for index in range(len(routes))]
    sums = {name: np.nan_to_num(floats(found[name])) for name in MEASURES}
    return Traffic(
        routes=np.array(numbers, dtype=np.int64).reshape(len(routes), strata),
        model=texts(found["model"]),
        provider=texts(found["provider"]),
        use_case=texts(found["use_case"]),
        tenth=integers(found["tenth"]),
        batch=np.asarray(found["batch"]).astype(np.bool_),
        context_band=integers(found["context_band"]),
        **sums,
    )
