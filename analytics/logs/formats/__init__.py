"""One short file per log format; each declares what its numbers mean."""

from analytics.errors import UsageError
from analytics.logs.formats import canonical, litellm, mlflow, openinference, opik, otel
from analytics.logs.formats.format import Format

FORMATS: tuple[Format, ...] = (
    litellm.payload,
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
    canonical.requests,
)

__all__ = ["FORMATS", "Format", "format_named"]


def format_named(name: str) -> Format:
    """The format of that name; raises UsageError naming the known ones."""
    for known in FORMATS:
        if known.name == name:
            return known
    names = ", ".join(dict.fromkeys(known.name for known in FORMATS))
    raise UsageError(f"There is no log format named '{name}': use one of {names}.")
