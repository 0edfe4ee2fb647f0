"""Who changed what: every write notes itself in `changes`, in the transaction that makes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from analytics.people import require_editor
from analytics.store.catalogue import write_transaction
from analytics.store.reader import Store, open_store

if TYPE_CHECKING:
    import polars as pl

MOST_CHANGES = 10_000


@contextmanager
def file_change(database: Path, what: str, detail: str) -> Iterator[None]:
    """Around changing a file beside the database: refused to viewers, and noted like every write.

    A file that comes before the database (a source that is set up first) is not noted: there is no place for it yet.
    """
    require_editor(what)
    if not database.is_file():
        yield
        return
    with write_transaction(database, "demo" if open_store(database).kind == "demo" else "own", what) as transaction:
        transaction.detail = detail
        yield


def list_changes(store: Store, containing: str = "") -> "pl.DataFrame":
    """changed_at, who, what and detail of the writes that contain a text (any case), the latest first."""
    return store.frame(
        "SELECT changed_at, who, what, detail FROM changes "
        "WHERE contains(lower(concat_ws(' ', who, what, detail)), lower($containing)) "
        f"ORDER BY changed_at DESC, what LIMIT {MOST_CHANGES}",
        {"containing": containing.strip()},
    )
