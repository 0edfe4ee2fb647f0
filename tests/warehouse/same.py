"""Whether two databases say the same: every roll-up row by row, found by its key, with numbers held against each other."""

from pathlib import Path

import duckdb

from analytics.store import open_store
from analytics.traffic.segment import ROLLUPS

KEYS = {
    "rollup": 10,
    "classes": 9,
    "class_scores": 11,
    "score_clusters": 1,
    "latency_histogram": 6,
    "speed_histogram": 7,
}


def deviations(one: Path, other: Path) -> dict[str, tuple[int, float]]:
    """Per roll-up its rows and the largest relative deviation of a sum. Raises AssertionError: keys, counts or NULLs differ."""
    return {name: _deviation(name, one, other) for name in ROLLUPS}


def _deviation(name: str, one: Path, other: Path) -> tuple[int, float]:
    frames = [open_store(path).frame(f"SELECT * FROM {name}") for path in (one, other)]
    columns = frames[0].columns
    keys, sums = columns[: KEYS[name]], columns[KEYS[name] :]
    counts = [column for column in sums if frames[0][column].dtype.is_integer()]
    numbers = [column for column in sums if column not in counts]
    with duckdb.connect() as here:
        for place, frame in enumerate(frames):
            here.register(f"raw_{place}", frame)
            # Segments split a key by day only where they cut the log; then its parts add up.
            parts = ", ".join(f"sum({column}) AS {column}" for column in sums)
            here.execute(f"CREATE TABLE t{place} AS SELECT {', '.join(keys)}, {parts} FROM raw_{place} GROUP BY ALL")
        found = here.execute("SELECT (SELECT count(*) FROM t0), (SELECT count(*) FROM t1)").fetchall()[0]
        assert found[0] == found[1], f"{name}: {found} rows"
        on = " AND ".join(f"t0.{key} IS NOT DISTINCT FROM t1.{key}" for key in keys)
        same = " AND ".join(f"t0.{column} IS NOT DISTINCT FROM t1.{column}" for column in counts) or "true"
        known = " AND ".join(f"(t0.{column} IS NULL) = (t1.{column} IS NULL)" for column in numbers) or "true"
        matched, equal = here.execute(
            f"SELECT count(*), count(*) FILTER ({same} AND {known}) FROM t0 JOIN t1 ON {on}"
        ).fetchall()[0]
        assert matched == equal == found[0], (
            f"{name}: {matched} of {found[0]} keys are found, {equal} with the same counts"
        )
        far = [
            f"max(coalesce(abs(t0.{column} - t1.{column}) / nullif(greatest(abs(t0.{column}), abs(t1.{column})), 0), 0))"
            for column in numbers
        ]
        worst = here.execute(f"SELECT greatest(0, {', '.join(far) or '0'}) FROM t0 JOIN t1 ON {on}").fetchall()[0][0]
        return found[0], float(worst or 0.0)
