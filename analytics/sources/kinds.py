"""The kinds of source that sync: where they are, how they are asked, and what they hold."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from analytics.sources import costs, helicone, langfuse, litellm, mlflow, phoenix
from analytics.sources.page import Stream

ANTHROPIC_VERSION = "2023-06-01"
WAREHOUSE = "warehouse"
# Providers correct the costs of the last days.
_SETTLING = timedelta(days=3)


@dataclass(frozen=True)
class Kind:
    """`url`: where a hosted service is ('' where everybody runs their own). `variables`: how the environment variables that
    hold its keys begin. `needs_user`: what the second variable holds, where two are needed. `page_size`: the most that it gives.
    """

    title: str
    url: str
    variables: str
    streams: tuple[Stream, ...]
    page_size: int
    usual_page_size: int
    needs_key: bool = True
    needs_user: str = ""
    project: str = ""
    header: Literal["bearer", "x-api-key"] = "bearer"

    def headers(self, key: str, user: str) -> Mapping[str, str]:
        """What says who is asking; nothing without a key."""
        if user:
            return {"authorization": "Basic " + base64.b64encode(f"{user}:{key}".encode()).decode()}
        if self.header == "x-api-key":
            return {"x-api-key": key, "anthropic-version": ANTHROPIC_VERSION}
        return {"authorization": f"Bearer {key}"} if key else {}


def _costs(page: str) -> tuple[Stream, ...]:
    return (Stream("costs", "costs", getattr(costs, page), _SETTLING, whole_days=True),)


KINDS: Mapping[str, Kind] = {
    "litellm": Kind("LiteLLM", "", "LITELLM", (Stream("requests", "litellm-spend", litellm.spend_logs),), 1000, 500),
    "langfuse": Kind(
        "Langfuse", "https://cloud.langfuse.com", "LANGFUSE",
        (Stream("requests", "langfuse", langfuse.observations), Stream("scores", "langfuse-scores", langfuse.scores)),
        1000, 500, needs_user="the public key",
    ),
    "helicone": Kind("Helicone", "https://api.helicone.ai", "HELICONE", (Stream("requests", "helicone", helicone.requests),), 1000, 500),
    "phoenix": Kind("Phoenix", "", "PHOENIX", (Stream("requests", "openinference", phoenix.spans),), 1000, 500, needs_key=False, project="Project"),
    "mlflow": Kind("MLflow", "", "MLFLOW", (Stream("requests", "mlflow", mlflow.traces),), 100, 50, needs_key=False, project="Experiment"),
    "openrouter": Kind("OpenRouter (daily costs)", "https://openrouter.ai", "OPENROUTER", _costs("openrouter"), 1, 1),
    "openai": Kind("OpenAI (cost report)", "https://api.openai.com", "OPENAI", _costs("openai"), 180, 31),
    WAREHOUSE: Kind("Warehouse", "", "WAREHOUSE", (), 1, 1, needs_key=False),
    "anthropic": Kind("Anthropic (cost report)", "https://api.anthropic.com", "ANTHROPIC", _costs("anthropic"), 31, 31, header="x-api-key"),
}  # fmt: skip
