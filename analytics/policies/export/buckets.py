"""A split without chance: a request's part is decided by a hash of its id, the same in SQL and in Python.

The first 8 digits of the md5 of `request_id` (UTF-8, lower-case hexadecimal) are uniform; comparing them as text with
a limit is the one form that every database has. 8 digits divide the traffic to 1 in 4 billion.
"""

from analytics.policies.architecture import Split

DIGITS = 8

Parts = tuple[tuple[str, str | None], ...]


def split_parts(split: Split) -> Parts:
    """Each model with the limit its requests' digits lie below (and not below an earlier one); None is the rest."""
    parts: list[tuple[str, str | None]] = []
    reached = 0.0
    for model, weight in split.weights:
        reached += weight
        limit = round(reached * 16**DIGITS)
        parts.append((model, f"{limit:0{DIGITS}x}" if limit < 16**DIGITS else None))
    return (*parts[:-1], (parts[-1][0], None))
