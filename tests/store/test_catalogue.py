"""The promises of a write: visible whole or not at all, one kind of log per database, clear refusals."""

import threading
from pathlib import Path

import duckdb
import pytest

from analytics.errors import StoreError
from analytics.store import SCHEMA_VERSION, open_store, segments_folder, write_transaction


def set_meta(database: Path, key: str, value: str) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])


def test_a_failed_write_changes_nothing(database: Path) -> None:
    with write_transaction(database, "own", "test"):
        pass
    before = database.read_bytes()

    def fail_half_way() -> None:
        with write_transaction(database, "own", "test") as transaction:
            (transaction.new_segment() / "requests.parquet").write_bytes(b"half")
            transaction.catalogue.execute("DELETE FROM meta")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert database.read_bytes() == before
    assert list(segments_folder(database).iterdir()) == []
    assert not database.with_name("log.duckdb.building").exists()


def test_a_killed_write_is_cleaned_up_by_the_next(database: Path) -> None:
    with write_transaction(database, "own", "test"):
        pass
    database.with_name("log.duckdb.building").write_bytes(b"left over from a kill")
    with write_transaction(database, "own", "test"):
        pass
    assert open_store(database).kind == "own"


def test_readers_see_a_new_version_only_when_it_is_complete(database: Path) -> None:
    with write_transaction(database, "own", "test"):
        pass
    first = open_store(database)
    with write_transaction(database, "own", "test") as transaction:
        transaction.catalogue.execute("INSERT INTO outcomes (prompt_id) VALUES ('p')")
        assert open_store(database).version == first.version
    second = open_store(database)
    assert second.version != first.version
    assert second.rows("SELECT count(*) FROM outcomes") == [(1,)]
    assert first.rows("SELECT count(*) FROM outcomes") == [(0,)]


def test_two_writers_queue(database: Path) -> None:
    def add(prompt: str) -> None:
        with write_transaction(database, "own", "test") as transaction:
            transaction.catalogue.execute("INSERT INTO outcomes (prompt_id) VALUES (?)", [prompt])

    writers = [threading.Thread(target=add, args=(f"p{number}",)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert open_store(database).rows("SELECT count(DISTINCT prompt_id) FROM outcomes") == [(4,)]


def test_demo_and_own_log_never_mix(database: Path) -> None:
    with write_transaction(database, "own", "test"):
        pass
    with pytest.raises(StoreError, match="holds your own log"), write_transaction(database, "demo", "test"):
        pass


def test_a_newer_schema_is_refused(database: Path) -> None:
    with write_transaction(database, "own", "test"):
        pass
    set_meta(database, "schema_version", str(SCHEMA_VERSION + 1))
    with pytest.raises(StoreError, match="newer Routecast"):
        open_store(database)
    with pytest.raises(StoreError, match="newer Routecast"), write_transaction(database, "own", "test"):
        pass


def test_a_damaged_or_foreign_file_is_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.duckdb"
    damaged.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="damaged"):
        open_store(damaged)
    with pytest.raises(StoreError, match="damaged"), write_transaction(damaged, "own", "test"):
        pass
    foreign = tmp_path / "foreign.duckdb"
    with duckdb.connect(str(foreign)) as connection:
        connection.execute("CREATE TABLE theirs (x INTEGER)")
    with pytest.raises(StoreError, match="not Routecast's"):
        open_store(foreign)
    with pytest.raises(StoreError, match="no database"):
        open_store(tmp_path / "missing.duckdb")
    with pytest.raises(StoreError, match="not a regular file"):
        open_store(tmp_path)


def test_queries_reach_nothing_but_the_store(database: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with write_transaction(database, "own", "test"):
        pass
    store = open_store(database)
    for attack in (f"SELECT * FROM read_csv('{secret}')", "SET memory_limit = '1MB'", "ATTACH 'x.duckdb'"):
        with pytest.raises(duckdb.Error):
            store.rows(attack)


def test_many_threads_query_one_store(database: Path) -> None:
    with write_transaction(database, "own", "test"):
        pass
    store = open_store(database)
    failures: list[Exception] = []

    def ask() -> None:
        try:
            for _ in range(50):
                assert store.rows("SELECT sum(i)::BIGINT FROM range(1000) r(i)") == [(499500,)]
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_frames_hold_plain_numbers(database: Path) -> None:
    with write_transaction(database, "own", "test"):
        pass
    frame = open_store(database).frame("SELECT 1.50::DECIMAL(18, 2) AS money, sum(i) AS total FROM range(3) r(i)")
    assert frame.to_dicts() == [{"money": 1.5, "total": 3.0}]
    assert all(kind.is_float() or kind.is_integer() for kind in frame.dtypes)
