"""What a router learns from: scored requests of the log and side-by-side prompts, with what was known before the answer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.learning.features import Asked
from analytics.outcomes.arrays import FloatArray, IntArray, StrArray, floats, integers, texts
from analytics.store import Store

FOLDS = 5
MOST_LOGGED = 100_000
CHUNK = 200_000
LEAST_WITH_PROMPT = 0.5
_FOLD = f"(hash(coalesce(prompt_hash, {{id}})) % {FOLDS})::BIGINT"


@dataclass(frozen=True)
class Lessons:
    """Training rows: `quality` (rows, models), NaN where a model was not scored; equal prompts share a `fold`.

    `prompt_id` names side-by-side prompts and is empty for rows of the log.
    """

    asked: Asked
    models: tuple[str, ...]
    quality: FloatArray
    importance: FloatArray
    fold: IntArray
    prompt_id: StrArray

    @property
    def paired(self) -> IntArray:
        """Rows that are side-by-side prompts."""
        return np.flatnonzero(self.prompt_id != "")


def uses_prompts(store: Store) -> bool:
    """Whether the log keeps the prompts of most requests: words learned elsewhere would be of no use otherwise."""
    kept, all_requests = store.rows("SELECT count(prompt), count(*) FROM requests WHERE is_request")[0]
    return bool(kept > LEAST_WITH_PROMPT * all_requests)


def scored_models(store: Store, metric: str) -> tuple[str, ...]:
    """Models with 30 scores or more in `metric`, in the log or side by side."""
    return tuple(str(row[0]) for row in store.rows(_MODELS, {"metric": metric}))


def read_lessons(store: Store, models: tuple[str, ...], metric: str, with_prompts: bool) -> Lessons:
    """Side-by-side prompts and up to 100,000 scored requests of the log, those with the smallest hash of their id."""
    prompt = "coalesce({0}, '')" if with_prompts else "''"
    pairs = store.columns(
        f"""SELECT prompt_id, coalesce(min(use_case), '') AS use_case, avg(complexity)::DOUBLE AS complexity,
            coalesce(avg(input_tokens), avg(prompt_chars) / 4, 0)::DOUBLE AS input_tokens, {prompt.format("min(prompt)")} AS prompt,
            '' AS tags, (hash(coalesce(min(prompt_hash), prompt_id)) % {FOLDS})::BIGINT AS fold,
            coalesce(1 / min(inclusion_probability), 1)::DOUBLE AS importance, {_qualities(len(models))}
        FROM outcomes GROUP BY prompt_id ORDER BY prompt_id""",
        _named(models, metric),
    )
    logged = store.columns(
        f"""SELECT '' AS prompt_id, coalesce(use_case, '') AS use_case, complexity::DOUBLE AS complexity,
            input_tokens::DOUBLE AS input_tokens, {prompt.format("prompt")} AS prompt, coalesce(tags::VARCHAR, '') AS tags,
            {_FOLD.format(id="request_id")} AS fold, 1::DOUBLE AS importance, {_qualities(len(models), plain=True)}
        FROM scored_requests WHERE coalesce(quality_metric, 'quality') = $metric
        ORDER BY hash(request_id) LIMIT {MOST_LOGGED}""",
        _named(models, metric),
    )
    both = {name: np.concatenate([np.ma.getdata(part[name]) for part in (pairs, logged)]) for name in pairs}
    quality = np.stack([floats(both[f"quality_{m}"]) for m in range(len(models))], axis=1)
    return Lessons(
        _asked(both), models, quality, floats(both["importance"]), integers(both["fold"]), texts(both["prompt_id"])
    )


def read_traffic_to_score(store: Store, with_prompts: bool) -> Iterator[tuple[Asked, IntArray, IntArray, FloatArray]]:
    """All requests in pieces: what is known of them, their fold, their tenth of complexity, and how many each row stands for.

    Without prompts, requests that look alike before the answer (same use case, hundredth of complexity, size within 10%, tags)
    are one row.
    """
    size = (
        "coalesce(prompt, '') AS prompt, input_tokens"
        if with_prompts
        else "'' AS prompt, exp(round(ln(greatest(input_tokens, 1)) * 10) / 10)"
    )
    found = store.columns(
        f"""SELECT use_case, bin / 100.0 AS complexity, input_tokens::DOUBLE AS input_tokens, prompt, tags, fold,
            least(bin // 10, 9)::BIGINT AS tenth, count(*)::DOUBLE AS n
        FROM (SELECT coalesce(use_case, '') AS use_case, coalesce(complexity_bin, 0)::INTEGER AS bin, {size} AS input_tokens,
            coalesce(tags::VARCHAR, '') AS tags, {_FOLD.format(id="request_id") if with_prompts else "0::BIGINT"} AS fold
            FROM requests WHERE is_request)
        GROUP BY ALL ORDER BY ALL"""
    )
    for start in range(0, len(found["n"]), CHUNK):
        part = {name: column[start : start + CHUNK] for name, column in found.items()}
        yield _asked(part), integers(part["fold"]), integers(part["tenth"]), floats(part["n"])


_MODELS = """SELECT model FROM (
    SELECT model, count(*) AS n FROM outcomes WHERE coalesce(quality_metric, 'quality') = $metric GROUP BY model UNION ALL
    SELECT model, sum(n) FROM class_scores WHERE coalesce(metric, 'quality') = $metric GROUP BY model)
WHERE model IS NOT NULL GROUP BY model HAVING sum(n) >= 30 ORDER BY model"""


def _named(models: tuple[str, ...], metric: str) -> dict[str, object]:
    return {"metric": metric, **{f"model_{place}": model for place, model in enumerate(models)}}


def _qualities(models: int, plain: bool = False) -> str:
    if plain:
        return ", ".join(
            f"CASE WHEN model = $model_{m} THEN quality ELSE 'NaN'::DOUBLE END AS quality_{m}" for m in range(models)
        )
    same = "FILTER (model = $model_{0} AND coalesce(quality_metric, 'quality') = $metric)"
    return ", ".join(f"coalesce(avg(quality) {same.format(m)}, 'NaN'::DOUBLE) AS quality_{m}" for m in range(models))


def _asked(columns: dict[str, np.ndarray]) -> Asked:
    tags = [" ".join(sorted(_words(text))) for text in map(str, columns["tags"])]
    prompts = [str(text) for text in columns["prompt"]]
    return Asked(
        texts(columns["use_case"]), floats(columns["complexity"]), floats(columns["input_tokens"]), prompts, tags
    )


def _words(tags: str) -> list[str]:
    import json

    if not tags:
        return []
    return [
        f"{key}={value}".replace(" ", "_")
        for key, value in json.loads(tags).items()
        if isinstance(value, str | int | bool)
    ]
