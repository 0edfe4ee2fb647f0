"""What the store knows of outcomes, read as arrays: scores of the log and side-by-side answers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analytics.errors import SimulationError
from analytics.outcomes.arrays import BoolArray, FloatArray, IntArray, StrArray, floats, integers, texts
from analytics.scope import Scope
from analytics.store import Store
from analytics.store.undated import undated

if TYPE_CHECKING:
    import polars as pl

FOLDS = 5
SCORE_SUMS = (
    "n", "quality", "quality_squares", "inverse_propensity", "weighted_quality", "inverse_propensity_squares",
)  # fmt: skip
_TENTH = "least(coalesce(complexity_bin, 0) // 10, 9)::BIGINT"


@dataclass(frozen=True)
class ScoreTable:
    """Scores of the log summed per metric, kind, model, use case and tenth of complexity (one row each).

    n, Σq and Σq² count rows alike, all three divided by the design effect of sessions, so that n is the effective number; the
    last three weigh by 1/propensity and are 0 for logged rows.
    """

    metric: StrArray
    explored: BoolArray
    model: StrArray
    use_case: StrArray
    tenth: IntArray
    n: FloatArray
    quality: FloatArray
    quality_squares: FloatArray
    inverse_propensity: FloatArray
    weighted_quality: FloatArray
    inverse_propensity_squares: FloatArray


@dataclass(frozen=True)
class PairTable:
    """Side-by-side answers: one row per prompt, one column per model of `models`, NaN where unknown.

    `half` is 0 or 1 by a hash of the prompt: what is tuned on one half is judged on the other. `weight` is
    1 / inclusion probability, on average 1 over the prompts that have one, and 1 for the others: a stratified sample counts
    as much as a uniform one of the same size, whichever is the rarer.
    """

    models: tuple[str, ...]
    prompt_id: StrArray
    use_case: StrArray
    tenth: IntArray
    half: IntArray
    weight: FloatArray
    quality: FloatArray
    judge: FloatArray
    input_tokens: FloatArray
    output_tokens: FloatArray
    latency_ms: FloatArray


def read_scores(store: Store, scope: Scope) -> ScoreTable:
    """All scores of the log in `scope`, every metric."""
    given, left = undated_scores(store, scope)
    where, values = left.where("day")
    found = store.columns(
        f"""SELECT coalesce(metric, 'quality') AS metric, explored, coalesce(model, '') AS model,
            coalesce(use_case, '') AS use_case, {_TENTH} AS tenth,
            sum(n)::DOUBLE AS n, sum(quality)::DOUBLE AS quality, sum(quality_squares)::DOUBLE AS quality_squares,
            coalesce(sum(inverse_propensity), 0)::DOUBLE AS inverse_propensity, coalesce(sum(weighted_quality), 0)::DOUBLE AS weighted_quality,
            coalesce(sum(inverse_propensity_squares), 0)::DOUBLE AS inverse_propensity_squares
        FROM given WHERE {where} GROUP BY ALL ORDER BY ALL""",
        values,
        given,
    )
    named = ("metric", "explored", "model", "use_case", "tenth")
    sums = {name: floats(column) for name, column in found.items() if name not in named}
    effects = design_effects(store)
    effect = np.array([effects.get(str(metric), 1.0) for metric in texts(found["metric"])])
    for name in ("n", "quality", "quality_squares"):
        sums[name] = sums[name] / effect
    explored = np.asarray(found["explored"]).astype(np.bool_)
    return ScoreTable(
        texts(found["metric"]),
        explored,
        texts(found["model"]),
        texts(found["use_case"]),
        integers(found["tenth"]),
        **sums,
    )


def undated_scores(store: Store, scope: Scope) -> "tuple[pl.DataFrame, Scope]":
    """The class scores of `scope` without their days but for a `fold` of them, 0 to 4; and what is left to filter."""
    keys = ("metric", "explored", "model", "use_case", "complexity_bin", f"(day - DATE '2000-01-01') % {FOLDS} AS fold")
    return undated(store, "class_scores", keys, SCORE_SUMS, scope)


def design_effects(store: Store) -> dict[str, float]:
    """How many scores of the log are worth one independent score, by metric; 1 where sessions do not matter or are unknown.

    The variance of a mean of scores clustered by session over that of as many independent ones. An effect that chance alone
    would show (two standard errors above 1) counts as 1.
    """
    rows = store.rows(
        "SELECT metric, sum(sessions)::DOUBLE, sum(squares), sum(cluster_squares) FROM score_clusters GROUP BY metric ORDER BY metric"
    )
    found = {}
    for metric, sessions, squares, cluster_squares in rows:
        effect = cluster_squares / squares if squares else 1.0
        found[str(metric)] = effect if effect > 1.0 + 2.0 * (2.0 / sessions) ** 0.5 else 1.0
    return found


def paired_metrics(store: Store) -> dict[str, int]:
    """How many side-by-side answers are scored, by metric."""
    rows = store.rows(
        "SELECT coalesce(quality_metric, 'quality'), count(*) FROM outcomes WHERE quality IS NOT NULL GROUP BY ALL ORDER BY 1"
    )
    return {str(metric): int(n) for metric, n in rows}


def choose_metric(scores: ScoreTable, paired: dict[str, int], wanted: str | None) -> str | None:
    """The metric of a projection: the wanted one, else the one most scored in both log and pairs; None if none is.

    Raises SimulationError when the wanted metric was never scored.
    """
    names, position = np.unique(scores.metric, return_inverse=True)
    logged = {str(name): float(scores.n[position == at].sum()) for at, name in enumerate(names)}
    known = sorted(logged.keys() | paired.keys())
    if wanted is not None:
        if wanted not in known:
            offered = ", ".join(known) or "none, because nothing is scored yet"
            raise SimulationError(f"No score uses the metric '{wanted}': choose one of those available ({offered}).")
        return wanted
    if not known:
        return None
    return max(known, key=lambda name: (*sorted((logged.get(name, 0.0), float(paired.get(name, 0)))), name))


def read_pairs(store: Store, metric: str | None, seed: int) -> PairTable:
    """All side-by-side answers; `quality` in `metric`, the rest whatever the metric."""
    models = tuple(
        str(row[0]) for row in store.rows("SELECT DISTINCT model FROM outcomes WHERE model <> '' ORDER BY 1")
    )
    values: dict[str, object] = {"metric": metric or "", "seed": seed}
    parts: list[str] = []
    for index, model in enumerate(models):
        values[f"model_{index}"] = model
        same = f"model = $model_{index}"
        parts.append(
            f"coalesce(avg(quality) FILTER ({same} AND coalesce(quality_metric, 'quality') = $metric), 'NaN'::DOUBLE) AS quality_{index}, "
            f"coalesce(avg(judge_score) FILTER ({same}), 'NaN'::DOUBLE) AS judge_{index}, "
            f"coalesce(avg(input_tokens) FILTER ({same}), 'NaN'::DOUBLE) AS input_tokens_{index}, "
            f"coalesce(avg(output_tokens) FILTER ({same}), 'NaN'::DOUBLE) AS output_tokens_{index}, "
            f"coalesce(avg(latency_ms) FILTER ({same}), 'NaN'::DOUBLE) AS latency_ms_{index}"
        )
    if not parts:
        return _no_pairs()
    found = store.columns(
        f"""SELECT prompt_id, coalesce(min(use_case), '') AS use_case, least(coalesce(min(complexity_bin), 0) // 10, 9)::BIGINT AS tenth,
            (hash(prompt_id || '/' || $seed::TEXT) % 2)::BIGINT AS half,
            coalesce((1 / min(inclusion_probability)) / avg(1 / min(inclusion_probability)) OVER (), 1)::DOUBLE AS weight, {", ".join(parts)}
        FROM outcomes GROUP BY prompt_id ORDER BY prompt_id""",
        values,
    )

    def by_model(name: str) -> FloatArray:
        return np.stack([floats(found[f"{name}_{index}"]) for index in range(len(models))], axis=1)

    return PairTable(
        models, texts(found["prompt_id"]), texts(found["use_case"]), integers(found["tenth"]), integers(found["half"]), floats(found["weight"]),
        by_model("quality"), by_model("judge"), by_model("input_tokens"), by_model("output_tokens"), by_model("latency_ms"),
    )  # fmt: skip


def _no_pairs() -> PairTable:
    none, whole, table = np.empty(0), np.empty(0, dtype=np.int64), np.empty((0, 0))
    name = np.empty(0, dtype=np.str_)
    return PairTable((), name, name, whole, whole, none, table, table, table, table, table)
