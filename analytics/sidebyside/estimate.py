"""What a run will cost, before it is paid: list prices, the prompts' sizes, and how long answers are in the log."""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.prices import price_usd
from analytics.sidebyside.judge import JUDGE_OUTPUT_TOKENS, ORDERS, RUBRIC
from analytics.sidebyside.order import Order
from analytics.sidebyside.pricing import CHARACTERS_PER_TOKEN, TEMPLATE_TOKENS, PriceList
from analytics.store import Store

# Without a log: half of the limit is what an answer is taken to need.
UNKNOWN_SHARE_OF_LIMIT = 0.5
JUDGE_REPLY_TOKENS = 60


@dataclass(frozen=True)
class Price:
    """Expected and greatest USD of a run's calls, of which for the judge; None when a model has no price."""

    calls: int
    expected_usd: float | None
    most_usd: float | None
    judge_usd: float
    unpriced: tuple[str, ...]


def usual_output(store: Store | None) -> dict[str, float]:
    """Mean output tokens of an answer by use case, '' for all of the log."""
    if store is None:
        return {}
    rows = store.rows(
        "SELECT coalesce(use_case, ''), sum(output_tokens), sum(attempts - failed_attempts) FROM rollup "
        "WHERE origin IS NULL GROUP BY 1 HAVING sum(attempts - failed_attempts) > 0"
    )
    found = {name: tokens / attempts for name, tokens, attempts in rows if tokens is not None}
    attempts = sum(row[2] for row in rows)
    return found | ({"": sum(row[1] or 0.0 for row in rows) / attempts} if attempts else {})


def price_run(order: Order, prices: PriceList, usual: Mapping[str, float]) -> Price:
    """The price of all of a run's calls, nothing of it done yet."""
    asked = [*order.models, *([order.judge] if order.judge else [])]
    unpriced = tuple(prices.unpriced(list(dict.fromkeys(asked))))
    pairs = order.pairs()
    calls = len(pairs) + (len(ORDERS) * len(order.prompts) if order.judge else 0)
    if unpriced:
        return Price(calls, None, None, 0.0, unpriced)
    expected = most = 0.0
    outputs: dict[str, float] = {}
    for prompt, model in pairs:
        output = usual.get(prompt.use_case or "", usual.get("", UNKNOWN_SHARE_OF_LIMIT * order.max_output_tokens))
        output = min(output, order.max_output_tokens)
        outputs[prompt.prompt_id] = outputs.get(prompt.prompt_id, 0.0) + output
        expected += _usd(prices, model, _tokens(prompt.text), output)
        most += prices.most_usd(model, prompt.text, order.max_output_tokens) or 0.0
    judge = _judge(order, prices, outputs) if order.judge else (0.0, 0.0)
    return Price(calls, expected + judge[0], most + judge[1], judge[0], ())


def _judge(order: Order, prices: PriceList, outputs: Mapping[str, float]) -> tuple[float, float]:
    expected = most = 0.0
    instructions = _tokens(order.rubric or RUBRIC) + 2 * TEMPLATE_TOKENS
    for prompt in order.prompts:
        given = _tokens(prompt.text) + instructions + outputs.get(prompt.prompt_id, 0.0)
        expected += len(ORDERS) * _usd(prices, order.judge, given, JUDGE_REPLY_TOKENS)
        answers = order.max_output_tokens * CHARACTERS_PER_TOKEN * len(order.models_of(prompt))
        size = len(prompt.text.encode("utf-8", "replace")) + answers
        most += len(ORDERS) * (prices.most_usd_of(order.judge, size, JUDGE_OUTPUT_TOKENS) or 0.0)
    return expected, most


def _usd(prices: PriceList, model: str, input_tokens: float, output_tokens: float) -> float:
    row = prices.row(model, int(input_tokens))
    return 0.0 if row is None else float(price_usd(row, input_tokens, output_tokens))


def _tokens(text: str) -> float:
    return len(text) / CHARACTERS_PER_TOKEN + TEMPLATE_TOKENS
