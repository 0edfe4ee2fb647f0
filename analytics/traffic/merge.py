"""Many small segments into few: a log that arrives in pieces is read as fast as one that came at once.

Eight segments of about the same size become one of the next size, up to a quarter of a million calls, so that a call is written again
at most once per size and a log has few segments however small its pieces were (the log-structured merge of O'Neil et al.,
Acta Informatica 1996). Roll-ups are sums, so the roll-up of the whole is the sum of its parts.
"""

from math import log

from analytics.store import Transaction, segments_folder
from analytics.store.segments import segment_columns, table_sql
from analytics.traffic.segment import copy_to, write_scores

ALIKE = 8
LARGEST = 8**6
# The first column of each roll-up that is a sum; those before it say what is summed.
FIRST_SUM = {"rollup": "requests", "classes": "requests", "latency_histogram": "n", "speed_histogram": "n"}


def merge_segments(transaction: Transaction) -> None:
    """Merge segments of about the same size until no eight are left."""
    while True:
        found = transaction.catalogue.execute(
            "SELECT segment, attempts FROM segments ORDER BY load_id, segment"
        ).fetchall()
        sizes: dict[int, list[str]] = {}
        for segment, attempts in found:
            if attempts < LARGEST and _has_requests(transaction, segment):
                sizes.setdefault(int(log(max(attempts, 1), ALIKE)), []).append(segment)
        group = next((segments for _, segments in sorted(sizes.items()) if len(segments) >= ALIKE), None)
        if group is None:
            return
        _merge(transaction, group)


def _has_requests(transaction: Transaction, segment: str) -> bool:
    return (segments_folder(transaction.path) / segment / "requests.parquet").exists()


def _merge(transaction: Transaction, segments: list[str]) -> None:
    connection, folder = transaction.catalogue, transaction.new_segment()
    requests = table_sql(connection, transaction.path, segments, "requests")
    copy_to(connection, f"SELECT * FROM {requests} ORDER BY timestamp", folder / "requests.parquet")
    for table, first in FIRST_SUM.items():
        rows = table_sql(connection, transaction.path, segments, table)
        copy_to(connection, _summed(rows, table, first), folder / f"{table}.parquet")
    # How alike the scores of a session are shows only where all of them are together.
    write_scores(connection, folder / "requests.parquet", folder, "scores")
    transaction.replace_segments(segments, folder)


def _summed(rows: str, table: str, first: str) -> str:
    """A query that sums a roll-up over what its leading columns tell apart, in the order it was written in."""
    columns = segment_columns(table)
    names = list(columns)
    keys, sums = names[: names.index(first)], names[names.index(first) :]
    summed = ", ".join(f"sum({name})::{columns[name]} AS {name}" for name in sums)
    return f"SELECT {', '.join(keys)}, {summed} FROM {rows} GROUP BY ALL ORDER BY {keys[0]}, model, use_case"
