"""One short file per log format; each declares what its numbers mean."""

from analytics.errors import UsageError
from analytics.logs.formats import canonical, litellm
from analytics.logs.formats.format import Format

FORMATS: tuple[Format, ...] = (litellm.payload, canonical.requests)

__all__ = ["FORMATS", "Format", "format_named"]


def format_named(name: str) -> Format:
    """The format of that name; raises UsageError naming the known ones."""
    for known in FORMATS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in FORMATS)
    raise UsageError(f"There is no log format named '{name}': use one of {names}.")
