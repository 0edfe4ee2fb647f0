"""What a projection is made from. Nothing after this reads the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analytics.learning.stored import StoredRouter, read_router
from analytics.outcomes import PairTable, ScoreTable, choose_metric, paired_metrics, read_pairs, read_scores
from analytics.outcomes.arrays import FloatArray, IntArray, StrArray, floats, integers, texts
from analytics.policies import Architecture, Learned
from analytics.prices import PriceRow, prices_of
from analytics.scope import Scope
from analytics.simulation.traffic import Traffic, read_traffic
from analytics.simulation.volume import Span, read_span
from analytics.store import Store
from analytics.store.undated import undated


@dataclass(frozen=True)
class Histogram:
    """How many answers took how long: one row per model, use case and bin of latency (a factor of 1.02 each)."""

    model: StrArray
    use_case: StrArray
    bin: IntArray
    n: FloatArray


@dataclass(frozen=True)
class Inputs:
    """`traffic` is the scope's, routed by every architecture; `background` the same scope's whatever the model.

    evidence_key: equal for equal evidence, so that the outcome model is fitted once; None fits every time.
    """

    traffic: Traffic
    background: Traffic
    scores: ScoreTable
    pairs: PairTable
    metric: str | None
    histogram: Histogram
    span: Span
    prices: Mapping[str, Sequence[PriceRow]]
    routers: Mapping[str, StoredRouter]
    evidence_key: tuple[object, ...] | None = None


def read_inputs(
    store: Store, architectures: Sequence[Architecture], scope: Scope, metric: str | None, seed: int
) -> Inputs:
    """Read traffic, evidence, speeds and prices of the log in `scope`."""
    traffic = read_traffic(store, architectures, scope)
    wide_scope = replace(scope, models=())
    background = read_traffic(store, (), wide_scope) if scope.models else traffic
    scores = read_scores(store, wide_scope)
    chosen = choose_metric(scores, paired_metrics(store), metric or scope.metric)
    pairs = read_pairs(store, chosen, seed)
    wanted = {plan.router for one in architectures for plan in one.plans if isinstance(plan, Learned)}
    routers = {reference: read_router(store, reference) for reference in wanted}
    named = {model for one in architectures for model in one.models}
    models = sorted({*map(str, background.model), *map(str, scores.model), *pairs.models, *named})
    return Inputs(
        traffic, background, scores, pairs, chosen, _read_histogram(store, wide_scope), read_span(store, scope),
        prices_of(store, models), {reference: router for reference, router in routers.items() if router is not None},
        (store.path, store.version, wide_scope, chosen, seed),
    )  # fmt: skip


def rerouted(store: Store, inputs: Inputs, architectures: Sequence[Architecture], scope: Scope) -> Inputs:
    """The same inputs with the traffic of `scope` routed by these architectures; they must be of the log's models."""
    return replace(inputs, traffic=read_traffic(store, architectures, scope))


def _read_histogram(store: Store, scope: Scope) -> Histogram:
    given, left = undated(store, "latency_histogram", ("model", "use_case", "bin"), ("n",), scope)
    where, values = left.where("day")
    found = store.columns(
        f"""SELECT coalesce(model, '') AS model, coalesce(use_case, '') AS use_case, bin::BIGINT AS bin, sum(n)::DOUBLE AS n
        FROM given WHERE {where} GROUP BY ALL ORDER BY ALL""",
        values,
        given,
    )
    return Histogram(texts(found["model"]), texts(found["use_case"]), integers(found["bin"]), floats(found["n"]))
