"""What a run is to do: prompts, models, limits. It is the first line of the ledger, so that a run resumes from it alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from analytics.errors import UsageError

MOST_PROMPTS = 100_000
LARGEST_OUTPUT = 200_000


@dataclass(frozen=True)
class Prompt:
    """A prompt and what is known of it; `models` are those it is meant for, all when empty."""

    prompt_id: str
    text: str
    use_case: str | None = None
    complexity: float | None = None
    expected: str | None = None
    inclusion_probability: float | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """A run: each prompt goes to each model, at most `max_output_tokens` come back, at most `max_usd` are spent.

    check: how answers are scored ('' by hand or judge only) with its argument; metric: the name their scores get;
    judge: the model that grades answers by `rubric`, '' for none; endpoints: names of those that may be asked.
    """

    prompts: tuple[Prompt, ...]
    models: tuple[str, ...]
    endpoints: tuple[str, ...] = ()
    max_output_tokens: int = 1024
    max_usd: float | None = None
    check: str = ""
    check_argument: str = ""
    metric: str = ""
    judge: str = ""
    rubric: str = ""

    def __post_init__(self) -> None:
        ids = [one.prompt_id for one in self.prompts]
        if not ids or not self.models:
            raise UsageError("A run needs at least one prompt and one model.")
        if len(set(ids)) < len(ids):
            raise UsageError("Two prompts have the same prompt_id: give each its own.")
        if len(ids) > MOST_PROMPTS:
            raise UsageError(f"A run has {MOST_PROMPTS:,} prompts at most: make it smaller.")
        if not 1 <= self.max_output_tokens <= LARGEST_OUTPUT:
            raise UsageError(f"The most output tokens must be between 1 and {LARGEST_OUTPUT:,}.")
        if self.max_usd is not None and not 0 < self.max_usd < 1e9:
            raise UsageError("The cap must be an amount above 0.")

    def pairs(self) -> list[tuple[Prompt, str]]:
        """Prompts and models, one model after the other on each prompt, so that a run that stops early has whole prompts."""
        return [(prompt, model) for prompt in self.prompts for model in self.models_of(prompt)]

    def models_of(self, prompt: Prompt) -> tuple[str, ...]:
        """The models a prompt goes to: those it names; a model that no prompt names goes to all."""
        return tuple(
            model for model in self.models if not prompt.models or model in prompt.models or model not in self._named
        )

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset(model for prompt in self.prompts for model in prompt.models)


def order_record(order: Order) -> dict[str, Any]:
    """The order as the ledger keeps it."""
    return asdict(order)


def order_of(record: Mapping[str, Any]) -> Order:
    """The order that a ledger keeps."""
    names = Order.__dataclass_fields__
    values = {name: _tuple(value) for name, value in record.items() if name in names and name != "prompts"}
    prompts = tuple(Prompt(**{name: _tuple(value) for name, value in one.items()}) for one in record["prompts"])
    return Order(prompts, **values)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
