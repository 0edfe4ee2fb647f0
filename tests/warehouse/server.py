"""A Postgres server of Debian's package, started for a test and gone after it."""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

KINDS = {
    "VARCHAR": "text", "DOUBLE": "double precision", "TIMESTAMP WITH TIME ZONE": "timestamptz", "BIGINT": "bigint",
    "INTEGER": "integer", "BOOLEAN": "boolean",
}  # fmt: skip


def binaries() -> Path | None:
    """The newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a server of our own. Raises FileNotFoundError when Postgres is not installed."""
    place = binaries()
    if place is None:
        raise FileNotFoundError("Postgres is not installed: apt-get install postgresql")
    # The server refuses to run as root; Debian's package brings a user for it, who must reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="routecast-postgres-"))
    as_other = (
        ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        if getpass.getuser() == "root"
        else []
    )
    if as_other:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    control = [*as_other, str(place / "pg_ctl"), "-D", str(folder / "data")]

    def run(words: list[str]) -> None:
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd=folder, env=os.environ | {"LC_ALL": "C.UTF-8"})

    run([*as_other, str(place / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "reader", "-E", "UTF8"])
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c work_mem=64MB"
    run([*control, "-l", str(folder / "log"), "-o", options, "-w", "-t", "120", "start"])
    try:
        yield f"postgres://reader@127.0.0.1:{port}/postgres"
    finally:
        run([*control, "-m", "immediate", "stop"])
        shutil.rmtree(folder, ignore_errors=True)


def copy_file(url: str, file: Path, table: str, names: dict[str, str] | None = None) -> None:
    """A Parquet file as a table; `names`: other names for its columns."""
    import psycopg

    text = file.with_suffix(".csv")
    with duckdb.connect() as here:
        here.execute("SET timezone = 'UTC'")
        columns = here.execute(f"DESCRIBE FROM '{file}'").fetchall()
        here.execute(f"COPY (FROM '{file}') TO '{text}' (HEADER false, NULLSTR '\\N')")
    written = ", ".join(f'"{(names or {}).get(row[0], row[0])}" {KINDS[row[1]]}' for row in columns)
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE TABLE {table} ({written})")  # type: ignore[arg-type]
        copying = f"COPY {table} FROM STDIN (FORMAT csv, NULL '\\N')"
        with server.cursor().copy(copying) as target, text.open("rb") as lines:  # type: ignore[arg-type]
            while piece := lines.read(1 << 20):
                target.write(piece)
        server.execute(f"ANALYZE {table}")  # type: ignore[arg-type]
