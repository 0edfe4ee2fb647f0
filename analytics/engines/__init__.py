"""Logs that stay in the engine of a company: DuckDB's SQL put to Spark, Postgres and others, unchanged in meaning.

`kinds` lists the engines and what differs between them, `translate` writes their SQL, `connection` runs it through Ibis,
and `rows` answers questions about single requests where they are.
"""

from analytics.engines.connection import Address
from analytics.engines.kinds import ENGINES, Engine, engine_of
from analytics.engines.rows import RemoteRows, Window

__all__ = ["ENGINES", "Address", "Engine", "RemoteRows", "Window", "engine_of"]
