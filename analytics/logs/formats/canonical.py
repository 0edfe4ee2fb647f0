"""Routecast's own log: CSV, Parquet or JSON Lines whose columns carry the canonical names."""

from analytics.logs.formats.format import Format

requests = Format(
    name="canonical",
    signature=frozenset({"request_id", "timestamp", "model", "input_tokens", "output_tokens"}),
    input_includes_cache=True,
    output_includes_reasoning=True,
)
