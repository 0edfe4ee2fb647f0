"""One short file per log format; each declares what its numbers mean."""

from collections.abc import Sequence

from analytics.errors import UsageError
from analytics.logs.formats import (
    canonical,
    helicone,
    langfuse,
    litellm,
    mlflow,
    openinference,
    openrouter,
    opik,
    otel,
    portkey,
    scores,
    tensorzero,
)
from analytics.logs.formats.format import Format

CANONICAL = canonical.requests

# Where one signature contains another, the one that tells more comes first.
FORMATS: tuple[Format, ...] = (
    litellm.payload,
    litellm.spend,
    langfuse.observations,
    langfuse.export,
    helicone.rows,
    openrouter.generation,
    openrouter.activity,
    openrouter.daily,
    portkey.rows,
    tensorzero.rows,
    otel.camel_case,
    otel.snake_case,
    openinference.records,
    openinference.frame,
    mlflow.records,
    mlflow.frame,
    opik.records,
    opik.exported,
    opik.exported_table,
    opik.page,
    CANONICAL,
    scores.langfuse,
    scores.langfuse_export,
    scores.canonical,
)

__all__ = ["CANONICAL", "FORMATS", "Format", "format_named"]


def format_named(name: str, more: Sequence[Format] = ()) -> Format:
    """The format of that name, built in or among `more`; raises UsageError naming the known ones."""
    for known in (*FORMATS, *more):
        if known.name == name:
            return known
    names = ", ".join(dict.fromkeys(known.name for known in (*FORMATS, *more)))
    raise UsageError(f"There is no log format named '{name}': use one of {names}.")
