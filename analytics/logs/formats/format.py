"""What a log format declares about itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Format:
    """How the records of one source become canonical rows.

    `signature`: columns that together give the format away. `record`: the columns to read and their DuckDB types, the
    same from every container (`JSON` for nested ones; empty: as they come). `rows`: SQL over `file_rows` that makes one row per call where a record holds several
    or wraps them. `calls`: a condition for rows that are model calls; others (agent steps, tool spans) are counted as
    ignored. `columns`: canonical name -> SQL over the row. The declared semantics are
    applied in one place: where `input_includes_cache` is false the cache counts are added to the input, where
    `output_includes_reasoning` is false the reasoning count is added to the output; money is multiplied by
    `usd_per_unit`. `source`: which source the rows belong to where several formats export the same calls (default: the
    format's name). `holds`: scores are no calls, they attach to requests that are loaded already; totals sum up many calls.
    """

    name: str
    signature: frozenset[str]
    input_includes_cache: bool
    output_includes_reasoning: bool
    usd_per_unit: float = 1.0
    record: Mapping[str, str] = field(default_factory=dict)
    rows: str = ""
    calls: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    holds: Literal["calls", "scores", "totals"] = "calls"
