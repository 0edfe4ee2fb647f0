"""Gateways and services whose logs, scores and costs load themselves: fetched as they are, read by the log adapters."""

from analytics.sources.config import Source, add_source, environment_keys, read_sources, save_sources, sources_file
from analytics.sources.cursor import Counts, LastSync, last_syncs
from analytics.sources.describe import describe_sources, remove_source
from analytics.sources.kinds import KINDS, WAREHOUSE
from analytics.sources.sync import SyncResult, sync_sources

__all__ = [
    "KINDS",
    "WAREHOUSE",
    "Counts",
    "LastSync",
    "Source",
    "SyncResult",
    "add_source",
    "describe_sources",
    "environment_keys",
    "last_syncs",
    "read_sources",
    "remove_source",
    "save_sources",
    "sources_file",
    "sync_sources",
]
