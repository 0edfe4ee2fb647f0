"""The one door to DuckDB.

A database is a small DuckDB file, the *catalogue*, and immutable Parquet *segments* in a folder beside it named
`PATH.segments`. A write prepares new segments and a new catalogue under a lock and then swaps the catalogue in one
rename. Readers therefore never wait, never see half a load, and never hold a lock that a writer needs.
"""

from analytics.store.catalogue import SCHEMA_VERSION, Transaction, write_transaction
from analytics.store.changes import file_change, list_changes
from analytics.store.patience import ask_while_waiting
from analytics.store.reader import Store, open_store
from analytics.store.segments import SEGMENT_TABLES, segments_folder

__all__ = [
    "SCHEMA_VERSION",
    "SEGMENT_TABLES",
    "Store",
    "Transaction",
    "ask_while_waiting",
    "file_change",
    "list_changes",
    "open_store",
    "segments_folder",
    "write_transaction",
]
