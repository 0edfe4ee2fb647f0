"""Texts that repeat (models, use cases, teams) as enums while a load runs.

Grouping by them and writing them to Parquet then costs a third; Parquet keeps them as text either way.
"""

import duckdb

from analytics.logs.fields import REQUEST_FIELDS, field_sql

MOST_DISTINCT = 5_000
STATUS = "ENUM('error', 'ok')"
_columns = ("use_case", "team", "environment", "quality_metric")


def create_repeated(connection: duckdb.DuckDBPyConnection, types: dict[str, str]) -> dict[str, str]:
    """Create the temporary enum types of `source_rows` and `resolved_prices`; returns the type of each column.

    A column with more than 5,000 different texts does not repeat: its type stays VARCHAR.
    """
    fields = {field.name: field_sql(field, types) for field in REQUEST_FIELDS if field.name in types}
    queries = {name: f"SELECT {fields[name]} AS text FROM source_rows" for name in _columns if name in fields}
    queries["model"] = "SELECT unnest([model_logged, canonical]) AS text FROM resolved_prices"
    queries["provider"] = "SELECT unnest([provider_logged, canonical_provider]) AS text FROM resolved_prices"
    return {"status": STATUS} | {name: _enum(connection, name, query) for name, query in queries.items()}


def _enum(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> str:
    texts = f"SELECT DISTINCT text FROM ({query}) WHERE text IS NOT NULL ORDER BY text LIMIT {MOST_DISTINCT + 1}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE repeated_{name} AS {texts}")
    if connection.execute(f"SELECT count(*) FROM repeated_{name}").fetchall()[0][0] > MOST_DISTINCT:
        return "VARCHAR"
    connection.execute(f"DROP TYPE IF EXISTS {name}_text")
    connection.execute(f"CREATE TEMP TYPE {name}_text AS ENUM (SELECT text FROM repeated_{name} ORDER BY text)")
    return f"{name}_text"
