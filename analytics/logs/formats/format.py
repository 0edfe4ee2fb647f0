"""What a log format declares about itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Format:
    """How the records of one source become canonical rows.

    `signature`: columns that together give the format away. `record`: DuckDB types of the nested columns to read
    from JSON (empty: as they come). `rows`: SQL over `file_rows` that makes one row per call where a record holds several
    or wraps them. `calls`: a condition for rows that are model calls; others (agent steps, tool spans) are counted as
    ignored. `columns`: canonical name -> SQL over the row. The declared semantics are
    applied in one place: where `input_includes_cache` is false the cache counts are added to the input, where
    `output_includes_reasoning` is false the reasoning count is added to the output; money is multiplied by
    `usd_per_unit`.
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
