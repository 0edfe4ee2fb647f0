"""What people keep: architectures, scenarios and comparisons, with versions, notes and authors, in the database."""

from analytics.saved.compare import difference
from analytics.saved.content import (
    Comparison,
    comparison_of,
    comparison_text,
    readable_content,
    scenario_of,
    scenario_text,
)
from analytics.saved.items import (
    Kind,
    Saved,
    delete_item,
    duplicate_item,
    list_saved,
    read_saved,
    restore_item,
    save_item,
    versions_of,
)

__all__ = [
    "Comparison",
    "Kind",
    "Saved",
    "comparison_of",
    "comparison_text",
    "delete_item",
    "difference",
    "duplicate_item",
    "list_saved",
    "read_saved",
    "readable_content",
    "restore_item",
    "save_item",
    "scenario_of",
    "scenario_text",
    "versions_of",
]
