"""DuckDB connections with the settings that every use of it here needs."""

from pathlib import Path

import duckdb

from analytics.errors import StoreError
from analytics.store.segments import allowed_sql, quoted, segments_folder


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
    confine(connection, path)
    connection.execute("SET GLOBAL lock_configuration = true")


def shut_out(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on no file can be opened, and no setting can be changed."""
    connection.execute("SET GLOBAL enable_external_access = false")
    connection.execute("SET GLOBAL lock_configuration = true")


def confine(connection: duckdb.DuckDBPyConnection, path: Path, *files: Path) -> None:
    """From here on only the database's own segments and these files can be read or written."""
    connection.execute(f"SET GLOBAL allowed_directories = {allowed_sql(segments_folder(path))}")
    connection.execute(f"SET GLOBAL allowed_paths = {allowed_sql(*files)}")
    connection.execute("SET GLOBAL enable_external_access = false")


def unreadable(path: Path) -> StoreError:
    """The error for a file that DuckDB will not open."""
    return StoreError(
        f"{path} is not a Routecast database or is damaged: restore it from a backup, or name another file with --db."
    )


def damaged_segment(path: Path, what: str) -> StoreError:
    """The error for Parquet files of a database that are not there or cannot be read."""
    return StoreError(
        f"{path}: {what}. Restore the database from a backup with `routecast restore FILE --replace --db {path}`."
    )


def explained(path: Path, error: duckdb.Error) -> StoreError | None:
    """What an error of DuckDB says of the database at `path`; None when it is the query's own fault."""
    if known := of_database(path, error):
        return known
    if isinstance(error, duckdb.OutOfMemoryException):
        return StoreError(f"{path}: memory or temporary disk space ran out: free some, or choose less at once.")
    # Parquet's own complaints come as the base class, those of a damaged catalogue as one of the others.
    if type(error) is duckdb.Error:
        return damaged_segment(path, f"a file of its segments is damaged ({_first_line(error)})")
    damage = duckdb.IOException, duckdb.FatalException, duckdb.InternalException, duckdb.SerializationException
    return unreadable(path) if isinstance(error, damage) else None


def of_database(path: Path, error: duckdb.Error) -> StoreError | None:
    """The same where other files are read too: only what surely is about the database or its disk."""
    if "No space left on device" in str(error) or "Could not write" in str(error):
        why = _first_line(error).rpartition(": ")[2]
        return StoreError(f"{path} could not be written ({why}): free space or choose another place.")
    if segments_folder(path).name in str(error):
        return damaged_segment(path, f"a file of its segments is missing or damaged ({_first_line(error)})")
    return None


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
