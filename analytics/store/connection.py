"""DuckDB connections with the settings that every use of it here needs."""

from pathlib import Path

import duckdb

from analytics.errors import StoreError
from analytics.store.segments import quoted, segments_folder


def connect_memory(temporary: Path | None = None, memory_limit: str | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB in UTC that fetches no extension and reads no Python variable."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if temporary is not None:
        config["temp_directory"] = str(temporary)
    if memory_limit is not None:
        config["memory_limit"] = memory_limit
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET GLOBAL timezone = 'UTC'")
    connection.execute("SET GLOBAL python_enable_replacements = false")
    return connection


def attach_catalogue(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Attach the catalogue at `path` read-only as `catalogue`."""
    try:
        connection.execute(f"ATTACH {quoted(path)} AS catalogue (READ_ONLY)")
    except duckdb.Error as error:
        raise unreadable(path) from error


def lock_down(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """From here on only the database's own segments can be read, and no setting can be changed."""
    connection.execute(f"SET GLOBAL allowed_directories = [{quoted(segments_folder(path))}]")
    connection.execute("SET GLOBAL enable_external_access = false")
    connection.execute("SET GLOBAL lock_configuration = true")


def unreadable(path: Path) -> StoreError:
    """The error for a file that DuckDB will not open."""
    return StoreError(
        f"{path} is not a Routecast database or is damaged: restore it from a backup, or name another file with --db."
    )
