"""What is loaded, in words."""

from typing import TYPE_CHECKING

from analytics.audit.loaded import Loaded
from analytics.charts.format import count

if TYPE_CHECKING:
    import polars as pl

# Names of formats that say nothing to whoever did not write them.
FORMAT_WORDS = {"canonical": "plain columns", "outcomes": "side-by-side outcomes", "side_by_side": "side by side"}


def loaded_answer(loaded: Loaded, demo: bool) -> str:
    """What the database holds, in one sentence."""
    if not loaded.requests:
        return "No request is loaded yet: begin with a log of them."
    requests = f"{count(loaded.requests)} {'generated ' if demo else ''}request{'' if loaded.requests == 1 else 's'}"
    models = f"{loaded.models} model{'' if loaded.models == 1 else 's'}"
    days = f"on {loaded.first}" if loaded.first == loaded.last else f"from {loaded.first} to {loaded.last}"
    return f"{requests} of {models} {days}; {_prompts(loaded.prompts)}."


def _prompts(prompts: int) -> str:
    if not prompts:
        return "no prompt was answered by several models"
    return f"{count(prompts)} {'prompt was' if prompts == 1 else 'prompts were'} answered by several models"


def loads_table(history: "pl.DataFrame") -> "pl.DataFrame":
    """Every load, the file and what came of it first, formats and sources by the words above."""
    columns = ("file", "loaded", "read", "duplicates", "rejected", "loaded_at", "format", "source")
    return named_sources(history.select(columns), "format", "source")


def in_words(frame: "pl.DataFrame", **dimensions: str) -> "pl.DataFrame":
    """Values by the words above in the columns that hold sources; `dimensions`: what each column holds."""
    columns = [column for column, dimension in dimensions.items() if dimension == "source"]
    return named_sources(frame, *columns) if columns else frame


def named_sources(frame: "pl.DataFrame", *columns: str) -> "pl.DataFrame":
    """Formats or sources by the words above, in `columns` or in "source"."""
    import polars as pl

    return frame.with_columns(pl.col(*(columns or ("source",))).replace(FORMAT_WORDS))
