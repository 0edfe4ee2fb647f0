"""Forgetting the texts of prompts that are old, while every number stays: lengths, hashes, complexity, tokens, scores.

Texts leave the disk, not only the tables: segments that hold some are written anew and the old ones deleted at once, and the
catalogue is written to a fresh file, because a changed DuckDB file keeps what was deleted in blocks it no longer uses.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from analytics.logs.texts import error_sql, tags_sql
from analytics.store import Store, Transaction, open_store, segments_folder, write_transaction
from analytics.store.catalogue import Kind
from analytics.store.segments import quoted, table_sql
from analytics.traffic.segment import copy_to, link

# Rows that are old and still say something; a prompt alone is cheap to look for, tags are not.
_OLD_REQUESTS = "timestamp < $before AND (prompt IS NOT NULL OR ($tags AND tags IS DISTINCT FROM {clean}))"
_OLD_PROMPTS = (
    "prompt IS NOT NULL AND coalesce((SELECT kept_at FROM prompts_kept WHERE prompts_kept.prompt_id = outcomes.prompt_id), "
    # Kept before such times were noted: as old as the oldest load.
    "(SELECT min(loaded_at) FROM loads WHERE kind = 'outcomes'), to_timestamp(0)) < $before"
)
_OLD_ROWS = "raw <> '' AND load_id IN (SELECT load_id FROM loads WHERE loaded_at < $before)"
_OLD_WORDS = "trained_at < $before AND json_extract(findings, '$.words') NOT IN ('{}', 'null')"


@dataclass(frozen=True)
class Forgotten:
    """How many texts are gone: prompts of requests and of side-by-side outcomes, refused rows, words of routers."""

    requests: int = 0
    outcomes: int = 0
    refused_rows: int = 0
    routers: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.requests + self.outcomes + self.refused_rows + self.routers


def forget_in_database(database: Path, before: datetime, thorough: bool = True) -> Forgotten:
    """Forget the texts from before an instant in a database; nothing is written when there are none.

    thorough: also look through the tags of requests without a prompt, in which older loads kept texts.
    """
    store = open_store(database)
    segments = _segments(store, before, thorough)
    found = Forgotten(
        sum(count for _, count in segments), _count(store, "outcomes", _OLD_PROMPTS, before),
        _count(store, "rejections", _OLD_ROWS, before), _count(store, "routers", _OLD_WORDS, before),
    )  # fmt: skip
    if not found.total:
        return found
    kind: Kind = "demo" if store.kind == "demo" else "own"
    with write_transaction(database, kind, "forget prompts") as transaction:
        transaction.detail = f"from before {before:%Y-%m-%d}: {found.total:,} texts"
        transaction.rebuilt = True
        for segment, _ in segments:
            _rewrite(transaction, segment, before)
        _forget_in_catalogue(transaction.catalogue, before)
        known = set(transaction.segments())
        folder = segments_folder(transaction.path)
        # What a write that was killed left behind is no longer needed either: this write holds the lock.
        orphans = [one for one in folder.iterdir() if one.name not in known] if folder.is_dir() else []
        transaction.superseded += orphans
    return found


def _count(store: Store, table: str, condition: str, before: datetime) -> int:
    return int(store.rows(f"SELECT count(*) FROM {table} WHERE {condition}", {"before": before})[0][0])


def _segments(store: Store, before: datetime, thorough: bool) -> list[tuple[str, int]]:
    """Segments that hold old texts, and of how many requests."""
    condition = _OLD_REQUESTS.format(clean=tags_sql("tags"))
    found = []
    for (segment,) in store.rows(
        "SELECT segment FROM segments WHERE first_at < $before AND segment NOT IN (SELECT segment FROM warehouse_segments) "
        "ORDER BY load_id",
        {"before": before},
    ):
        rows = table_sql(store.connection, store.path, [segment], "requests")
        count = store.rows(f"SELECT count(*) FROM {rows} WHERE {condition}", {"before": before, "tags": thorough})[0][0]
        if count:
            found.append((segment, int(count)))
    return found


def _rewrite(transaction: Transaction, segment: str, before: datetime) -> None:
    """The segment without its old texts, in place of itself."""
    old = segments_folder(transaction.path) / segment
    folder = transaction.new_segment()
    is_old = f"timestamp < TIMESTAMPTZ {quoted(before.isoformat())}"
    cleaned = {"prompt": "NULL", "error": error_sql("error", "prompt"), "tags": tags_sql("tags")}
    replaced = ", ".join(
        f"CASE WHEN {is_old} THEN {value} ELSE {name} END AS {name}" for name, value in cleaned.items()
    )
    rows = table_sql(transaction.catalogue, transaction.path, [segment], "requests")
    copy_to(transaction.catalogue, f"SELECT * REPLACE ({replaced}) FROM {rows}", folder / "requests.parquet")
    for file in old.iterdir():
        if file.name != "requests.parquet":
            link(file, folder / file.name)
    transaction.replace_segments([segment], folder)


def _forget_in_catalogue(connection: duckdb.DuckDBPyConnection, before: datetime) -> None:
    values = {"before": before}
    connection.execute(f"UPDATE outcomes SET prompt = NULL WHERE {_OLD_PROMPTS}", values)
    connection.execute("DELETE FROM prompts_kept WHERE kept_at < $before", values)
    connection.execute(f"UPDATE rejections SET raw = '' WHERE {_OLD_ROWS}", values)
    connection.execute(
        f"""UPDATE routers SET findings = json_merge_patch(findings, '{{"words": null}}') WHERE {_OLD_WORDS}""", values
    )
