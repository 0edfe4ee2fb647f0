"""What differs between two kept texts, line by line."""

from difflib import unified_diff

from analytics.saved.content import readable_content
from analytics.saved.items import Saved


def difference(before: Saved, after: Saved) -> str:
    """A unified diff of the two contents; empty when they are the same."""
    lines = unified_diff(
        readable_content(before).splitlines(), readable_content(after).splitlines(), _title(before), _title(after),
        lineterm="", n=3,
    )  # fmt: skip
    return "\n".join(lines)


def _title(one: Saved) -> str:
    return f"{one.name}, version {one.version}"
