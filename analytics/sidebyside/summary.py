"""What the side-by-side outcomes of a database say: each model on each kind of request, and which is best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics.prices import price_usd, prices_of
from analytics.store import Store

if TYPE_CHECKING:
    import polars as pl

Z = 1.959963984540054
# Within so much of the best, the cheaper model is as good for most purposes.
AS_GOOD = 0.02
# A mean of fewer answers names no winner.
LEAST_ANSWERS = 20


@dataclass(frozen=True)
class Cell:
    """A model on a use case: weighted mean quality with its 95% interval, mean list cost and latency (None unknown)."""

    use_case: str
    model: str
    prompts: int
    quality: float
    low: float
    high: float
    cost_usd: float | None
    latency_ms: float | None


@dataclass(frozen=True)
class Summary:
    """Prompts that several models answered, on one metric: `overall` per model, `cells` per use case and model."""

    metric: str | None
    metrics: tuple[str, ...]
    prompts: int
    overall: tuple[Cell, ...]
    cells: tuple[Cell, ...]


def summarise(store: Store, metric: str | None = None) -> Summary:
    """All outcomes of the metric (default: the one most scored), the best model first."""
    metrics = tuple(
        row[0] for row in store.rows("SELECT quality_metric FROM outcomes GROUP BY 1 ORDER BY count(*) DESC, 1")
    )
    chosen = metric if metric in metrics else next(iter(metrics), None)
    if chosen is None:
        return Summary(None, (), 0, (), ())
    prompts = store.rows("SELECT count(DISTINCT prompt_id) FROM outcomes WHERE quality_metric = $m", {"m": chosen})[0][
        0
    ]
    overall = _cells(store, chosen, "''")
    cells = _cells(store, chosen, "coalesce(use_case, '')")
    best_first = sorted(overall, key=lambda one: -one.quality)
    return Summary(chosen, metrics, prompts, tuple(best_first), tuple(cells))


def _cells(store: Store, metric: str, use_case: str) -> list[Cell]:
    # A prompt that was drawn with probability p stands for 1/p of them; the variance is that of a ratio (Hajek).
    rows = store.rows(
        f"""WITH weighted AS (SELECT {use_case} AS use_case, model, quality, input_tokens, output_tokens, latency_ms,
            1 / coalesce(inclusion_probability, 1) AS w FROM outcomes WHERE quality_metric = $metric),
        means AS (SELECT use_case, model, sum(w * quality) / sum(w) AS mean FROM weighted GROUP BY ALL)
        SELECT use_case, model, count(*), any_value(mean), sqrt(sum((w * (quality - mean)) ** 2)) / sum(w),
            avg(input_tokens), avg(output_tokens), sum(w * latency_ms) / sum(w) FILTER (latency_ms IS NOT NULL), sum(w) ** 2 / sum(w * w)
        FROM weighted JOIN means USING (use_case, model) GROUP BY use_case, model ORDER BY use_case, model""",
        {"metric": metric},
    )
    prices = prices_of(store, sorted({row[1] for row in rows}))
    return [_cell(row, prices[row[1]]) for row in rows]


def _cell(row: tuple[Any, ...], prices: Sequence[Any]) -> Cell:
    use_case, model, prompts, mean, error, given, made, latency, effective = row
    low, high = _interval(mean, error, effective)
    current = [one for one in prices if one.above_tokens == 0 and one.valid_to is None] or list(prices)
    known = current and given is not None and made is not None
    cost = float(price_usd(current[0], given, made)) if known else None
    return Cell(use_case, model, int(prompts), mean, low, high, cost, latency)


def _interval(mean: float, error: float, effective: float) -> tuple[float, float]:
    """Wilson's where every answer got the same score, so that the spread says nothing; else normal, within [0, 1]."""
    if error > 0:
        return max(0.0, mean - Z * error), min(1.0, mean + Z * error)
    room = Z * Z / (effective + Z * Z)
    return max(0.0, mean - mean * room), min(1.0, mean + (1 - mean) * room)


def winners(summary: Summary) -> list[tuple[Cell, Cell]]:
    """Per use case: the best model, and the cheapest one that is as good (within two points; maybe the best itself)."""
    found = []
    for use_case in dict.fromkeys(one.use_case for one in summary.cells):
        mine = [one for one in summary.cells if one.use_case == use_case and one.prompts >= LEAST_ANSWERS]
        if len(mine) > 1:
            best = max(mine, key=lambda one: one.quality)
            good = [one for one in mine if one.quality >= best.quality - AS_GOOD and one.cost_usd is not None]
            found.append((best, min(good, key=lambda one: one.cost_usd or 0.0, default=best)))
    return found


def cells_frame(cells: Sequence[Cell]) -> "pl.DataFrame":
    """Cells as a table for charts: one row each."""
    import polars as pl

    return pl.DataFrame([vars(one) for one in cells])
