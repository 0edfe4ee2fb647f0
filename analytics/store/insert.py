"""Many rows into a table in one statement: DuckDB's executemany takes a millisecond a row."""

from collections.abc import Sequence

import duckdb


def insert_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert `rows`, each in the order of the table's columns."""
    if not rows:
        return
    described = connection.execute(f"DESCRIBE {table}").fetchall()
    columns = {f"c{number}": [row[number] for row in rows] for number in range(len(described))}
    unnested = ", ".join(f"unnest(${name}::{column[1]}[])" for name, column in zip(columns, described, strict=True))
    connection.execute(f"INSERT INTO {table} SELECT {unnested}", columns)
