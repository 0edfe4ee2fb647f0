"""Logs that stay in a warehouse: only their sums come here.

The warehouse itself checks, prices and sums up its rows, by the same SQL as a load; what comes back are segments without
rows. Questions about single requests go to the warehouse (`analytics.engines.rows`).
"""

from analytics.warehouse.address import check_engine_address
from analytics.warehouse.plan import Warehouse
from analytics.warehouse.read import WarehouseResult, sync_warehouse

__all__ = ["Warehouse", "WarehouseResult", "check_engine_address", "sync_warehouse"]
