"""A price as dated rows, and the one formula that turns tokens into dollars, in numpy and in SQL."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class PriceRow:
    """What a model costs in one period and context tier; rates in USD per million tokens.

    The tier holds for the whole request when its input has more than `above_tokens` tokens (the highest such tier).
    A missing cache or reasoning rate means those tokens are billed like other input or output. `batch_factor`
    multiplies the total of batch requests.
    """

    model: str
    provider: str
    valid_from: datetime | None
    valid_to: datetime | None
    above_tokens: int
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    cache_read_usd_per_mtok: float | None = None
    cache_write_usd_per_mtok: float | None = None
    reasoning_usd_per_mtok: float | None = None
    request_usd: float | None = None
    batch_factor: float | None = None
    source: Literal["catalogue", "own"] = "catalogue"


@dataclass(frozen=True)
class ResolvedPrice:
    """A model as the log spells it, its canonical name and provider, and its price rows (none: unpriced)."""

    model_logged: str
    provider_logged: str | None
    model: str
    provider: str | None
    rows: tuple[PriceRow, ...]


def _or(rate: float | None, otherwise: float) -> float:
    return otherwise if rate is None else rate


def price_usd(
    row: PriceRow, input: Any, output: Any, cache_read: Any = 0.0, cache_write: Any = 0.0, reasoning: Any = 0.0,
    requests: Any = 1.0, batch: bool = False,
) -> Any:  # fmt: skip
    """Dollars for token counts or sums of them (numbers or numpy arrays of one shape).

    Input and output are totals; cache and reasoning counts are subsets of them.
    """
    plain = input - cache_read - cache_write
    usd = (
        plain * row.input_usd_per_mtok
        + cache_read * _or(row.cache_read_usd_per_mtok, row.input_usd_per_mtok)
        + cache_write * _or(row.cache_write_usd_per_mtok, row.input_usd_per_mtok)
        + (output - reasoning) * row.output_usd_per_mtok
        + reasoning * _or(row.reasoning_usd_per_mtok, row.output_usd_per_mtok)
    ) / 1e6 + requests * _or(row.request_usd, 0.0)
    return usd * (_or(row.batch_factor, 1.0) if batch else 1.0)


def list_cost_sql(price: str) -> str:
    """`price_usd` of one request as SQL text, over the columns of a request and a price row named `price`."""
    read, write, reasoning = (f"coalesce({name}_tokens, 0)" for name in ("cache_read", "cache_write", "reasoning"))
    return (
        f"(((input_tokens - {read} - {write}) * {price}.input_usd_per_mtok"
        f" + {read} * coalesce({price}.cache_read_usd_per_mtok, {price}.input_usd_per_mtok)"
        f" + {write} * coalesce({price}.cache_write_usd_per_mtok, {price}.input_usd_per_mtok)"
        f" + (output_tokens - {reasoning}) * {price}.output_usd_per_mtok"
        f" + {reasoning} * coalesce({price}.reasoning_usd_per_mtok, {price}.output_usd_per_mtok)) / 1e6"
        f" + coalesce({price}.request_usd, 0))"
        f" * CASE WHEN batch THEN coalesce({price}.batch_factor, 1) ELSE 1 END"
    )


def cache_saving_sql(price: str) -> str:
    """What the prompt cache saved on one request as SQL text, over the same names as `list_cost_sql`; writes cost more."""
    parts = (
        f"coalesce({name}_tokens, 0) * ({price}.input_usd_per_mtok - coalesce({price}.{name}_usd_per_mtok, {price}.input_usd_per_mtok))"
        for name in ("cache_read", "cache_write")
    )
    return f"({' + '.join(parts)}) / 1e6 * CASE WHEN batch THEN coalesce({price}.batch_factor, 1) ELSE 1 END"
