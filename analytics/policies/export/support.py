"""What exported Python modules need: each function is copied into them as it stands here, when it is needed.

Standard library only, no name of this package; `analytics.policies.export.python` says which imports they need.
"""

import hashlib
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from analytics.traffic.complexity import DEMAND_BY_WORD, LARGEST_TOKENS, OTHER_DEMAND, SMALLEST_TOKENS


class Decision(NamedTuple):
    """`models` in the order to call them: one, or those of a cascade. `route` is the rule that decided.

    In a cascade an answer is kept when the verifier accepts it, or its score reaches `accept_at`.
    """

    route: str
    models: tuple[str, ...]
    accept_at: float | None = None


def split(request_id: Any, parts: tuple[tuple[str, str | None], ...]) -> str:
    """The model that the hash of `request_id` falls to; the same request always gets the same one."""
    if request_id is None:
        return parts[-1][0]
    digits = hashlib.md5(str(request_id).encode(), usedforsecurity=False).hexdigest()[:8]
    return next(model for model, limit in parts if limit is None or digits < limit)


def choose(
    models: tuple[str, ...],
    quality: Mapping[str, float],
    cost_usd: Mapping[str, float],
    min_quality: float | None = None,
    worth_usd: float | None = None,
) -> str:
    """The cheapest model predicted to reach `min_quality`, else the one predicted best; or the largest worth minus cost.

    `quality` in [0, 1] and `cost_usd` of this request by model; only models
    with a prediction are chosen; without any it is the last of `models`, the one to rely on.
    """
    known = [model for model in models if quality.get(model) is not None]
    if not known:
        return models[-1]
    if worth_usd is not None:
        return max(known, key=lambda model: quality[model] * worth_usd - cost_usd[model])
    enough = [model for model in known if quality[model] >= (min_quality or 0.0)]
    if enough:
        return min(enough, key=lambda model: cost_usd[model])
    return max(known, key=lambda model: quality[model])


def answer(
    decision: Decision, call: Callable[[str], Any], verify: Callable[[Any], float | bool] | None = None
) -> tuple[str, Any]:
    """Call the models of `decision` in order; returns the first model whose answer is kept, and the answer.

    `verify(answer)` returns a score where `accept_at` is set, else whether the answer is accepted; the last model's
    answer is always kept.
    """
    for model in decision.models[:-1]:
        found = call(model)
        if verify is None:
            raise TypeError("a cascade needs verify(answer)")
        verdict = verify(found)
        if verdict >= decision.accept_at if decision.accept_at is not None else verdict:
            return model, found
    return decision.models[-1], call(decision.models[-1])


def rule_complexity(use_case: str | None, input_tokens: float | None) -> float:
    """Complexity in [0, 1] from the use case's name and the size of the input, for requests that do not give theirs."""
    name = (use_case or "").lower()
    demand = next((demand for demand, words in DEMAND_BY_WORD if any(word in name for word in words)), OTHER_DEMAND)
    span = math.log(LARGEST_TOKENS) - math.log(SMALLEST_TOKENS)
    size = (math.log(max(input_tokens or 0, 1)) - math.log(SMALLEST_TOKENS)) / span
    value = round(0.6 * demand, 3) + 0.4 * max(0.0, min(1.0, size))
    return math.floor(value * 1000 + 0.5) / 1000


def like(text: str, pattern: str, ignore_case: bool = False) -> bool:
    """SQL's LIKE: % is any text, _ any character."""
    signs = {"%": ".*", "_": "."}
    expression = "".join(signs.get(sign) or re.escape(sign) for sign in pattern)
    return re.fullmatch(expression, text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def divide(dividend: float, divisor: float) -> float:
    """Division as in the simulation: by zero it is infinite, and 0 / 0 is no number."""
    above, below = float(dividend), float(divisor)
    if below:
        return above / below
    return math.copysign(math.inf, above) * math.copysign(1.0, below) if above and above == above else math.nan


def order(left: float, right: float) -> int:
    """-1, 0 or 1 as left is smaller, equal or larger; no number is larger than any number and equals itself."""
    if left != left or right != right:
        return int(left != left) - int(right != right)
    return int(left > right) - int(left < right)


def utc(time: datetime | str | None) -> datetime | None:
    """A time as UTC without an offset; text is ISO 8601, and a time without an offset is UTC."""
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
    return time.astimezone(UTC).replace(tzinfo=None) if time is not None and time.tzinfo else time
