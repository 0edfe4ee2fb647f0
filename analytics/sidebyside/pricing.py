"""What a call costs at list prices (the user's own first), and the most it can cost before it is made."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from analytics.prices import OwnPrices, PriceRow, own_prices_of, price_usd, resolve_prices
from analytics.sidebyside.protocols import Usage

# What a chat template adds to a prompt.
TEMPLATE_TOKENS = 32
CHARACTERS_PER_TOKEN = 4


class PriceList:
    """Prices of models as they are now; models are named as the endpoint names them."""

    def __init__(self, database: Path, at: datetime | None = None) -> None:
        self._own: OwnPrices | None = own_prices_of(database)
        self._at = at or datetime.now(UTC)
        self._rows: dict[str, list[PriceRow]] = {}

    def canonical(self, model: str) -> str:
        """The model's name in the log's terms."""
        return resolve_prices([(model, None)], self._own)[0].model

    def row(self, model: str, input_tokens: int) -> PriceRow | None:
        """The price for a call of that input; None for an unpriced model."""
        if model not in self._rows:
            rows = resolve_prices([(model, None)], self._own)[0].rows
            valid = [
                row
                for row in rows
                if (row.valid_from is None or row.valid_from <= self._at)
                and (row.valid_to is None or self._at < row.valid_to)
            ]
            self._rows[model] = valid or list(rows)
        found = self._rows[model]
        tiers = [row for row in found if row.above_tokens == 0 or input_tokens > row.above_tokens]
        return max(tiers, key=lambda row: row.above_tokens, default=None)

    def cost_usd(self, model: str, usage: Usage) -> float | None:
        """List price of a call's tokens; None for an unpriced model."""
        row = self.row(model, usage.input_tokens)
        if row is None:
            return None
        return float(
            price_usd(
                row, usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens,
                usage.reasoning_tokens,
            )
        )  # fmt: skip

    def most_usd(self, model: str, prompt: str, max_output_tokens: int) -> float | None:
        """The most a call can cost: no token is shorter than a byte, no answer longer than its limit, nothing is cheap."""
        return self.most_usd_of(model, len(prompt.encode("utf-8", "replace")), max_output_tokens)

    def most_usd_of(self, model: str, prompt_bytes: int, max_output_tokens: int) -> float | None:
        """`most_usd` of a prompt of that size."""
        tokens = prompt_bytes + TEMPLATE_TOKENS
        row = self.row(model, tokens)
        if row is None:
            return None
        dearest_input = max(row.input_usd_per_mtok, row.cache_write_usd_per_mtok or 0.0)
        dearest_output = max(row.output_usd_per_mtok, row.reasoning_usd_per_mtok or 0.0)
        return (tokens * dearest_input + max_output_tokens * dearest_output) / 1e6 + (row.request_usd or 0.0)

    def unpriced(self, models: Sequence[str]) -> list[str]:
        """Models without a price."""
        return [model for model in models if self.row(model, 0) is None]
