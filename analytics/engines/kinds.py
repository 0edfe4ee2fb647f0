"""The engines a log can stay in, and what differs between them.

What only sqlglot or `common.py` rewrites is the same everywhere and is proved on the engines that run; `differs` lists what
is left: each entry is a function of `dialects.py`, named for the construct it writes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.errors import SourceError


@dataclass(frozen=True)
class Engine:
    """`dialect`: sqlglot's name. `package`: what pip installs for it. `secret`: the argument of Ibis that takes the password ('':
    the engine has its own way to know who asks). `start`: statements that every session begins with. `keep`: the statement that keeps a query's rows for one session ('': none), and `drop` lets go of it.
    `casts`: whether a wrong value in a text column can be found row by row. `collation`: how texts sort by their bytes.
    """

    title: str
    dialect: str
    package: str
    secret: str = "password"
    start: tuple[str, ...] = ()
    keep: str = ""
    drop: tuple[str, ...] = ("DROP TABLE IF EXISTS {name}",)
    casts: bool = True
    collation: str = ""
    differs: tuple[str, ...] = ()


_TEMPORARY = "CREATE TEMPORARY TABLE {name} AS {query}"

ENGINES: Mapping[str, Engine] = {
    "duckdb": Engine(
        "Parquet lake (DuckDB)", "duckdb", "ibis-framework[duckdb]", secret="", start=("SET timezone = 'UTC'",), keep=_TEMPORARY,
    ),
    "postgres": Engine(
        "Postgres", "postgres", "ibis-framework[postgres]", keep=_TEMPORARY, casts=False, collation="C",
        differs=("epoch", "bucket", "part", "seconds_between", "remainder"),
    ),
    "pyspark": Engine(
        "Spark", "spark", "ibis-framework[pyspark]", secret="",
        # What its optimizer infers of a query with many derived columns grows without bound, and with it the driver's memory.
        start=("SET spark.sql.session.timeZone = UTC", "SET spark.sql.constraintPropagation.enabled = false"),
        keep="CACHE TABLE {name} AS {query}",
        drop=("UNCACHE TABLE IF EXISTS {name}", "DROP VIEW IF EXISTS {name}"),
        differs=("epoch", "bucket", "part", "seconds_between", "days_between"),
    ),
    "clickhouse": Engine(
        "ClickHouse", "clickhouse", "ibis-framework[clickhouse]", keep=_TEMPORARY, casts=False,
        differs=("epoch", "bucket", "local_time", "part", "any_true", "seconds_between", "days_between"),
    ),
    "bigquery": Engine(
        "BigQuery", "bigquery", "ibis-framework[bigquery]", secret="",
        differs=("epoch", "bucket", "local_time", "part", "seconds_between", "days_between", "narrow_integer"),
    ),
    "snowflake": Engine(
        "Snowflake", "snowflake", "ibis-framework[snowflake]", keep=_TEMPORARY, casts=False,
        differs=("epoch", "bucket", "local_time", "part", "seconds_between", "narrow_integer"),
    ),
    "trino": Engine(
        "Trino", "trino", "ibis-framework[trino]", secret="auth",
        differs=("epoch", "bucket", "local_time", "part", "seconds_between", "days_between"),
    ),
}  # fmt: skip


def engine_of(url: str) -> str:
    """The key of ENGINES that a URL speaks of. Raises SourceError."""
    scheme = url.split("://", 1)[0].lower()
    name = "postgres" if scheme == "postgresql" else scheme
    if "://" not in url or name not in ENGINES:
        raise SourceError(
            f"The address '{url[:60]}' names no engine: begin it with one of {', '.join(f'{one}://' for one in ENGINES)}."
        )
    return name
