"""A long query ends when it is not wanted any more, and others do not wait for it."""

import threading
import time
from pathlib import Path

import duckdb
import pytest

from analytics.store import Store, ask_while_waiting, open_store, patience, write_transaction

FOREVER = "SELECT count(*) FROM range(1000000000000) r(i) WHERE hash(i) = 1"


class GoneError(BaseException):
    """As what Streamlit raises, it is no Exception."""


@pytest.fixture
def store(database: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(patience, "FIRST_SECONDS", 0.1)
    monkeypatch.setattr(patience, "THEN_SECONDS", 0.02)
    with write_transaction(database, "own", "a test"):
        pass
    return open_store(database)


@pytest.mark.parametrize("ask", ["rows", "columns", "frame"])
def test_a_query_that_nobody_wants_is_interrupted(ask: str, store: Store) -> None:
    threads: list[threading.Thread] = []

    def still_wanted() -> None:
        threads.append(threading.current_thread())
        if len(threads) == 3:
            raise GoneError

    start = time.monotonic()
    with ask_while_waiting(still_wanted), pytest.raises(GoneError):
        getattr(store, ask)(FOREVER)
    assert time.monotonic() - start < 30
    # Streamlit can stop a run only on the run's own thread.
    assert set(threads) == {threading.current_thread()}
    assert store.rows("SELECT 1") == [(1,)]


def test_a_quick_query_is_not_asked_about(store: Store) -> None:
    def never() -> None:
        raise GoneError

    with ask_while_waiting(never):
        assert store.rows("SELECT 7") == [(7,)]
        with pytest.raises(duckdb.BinderException):
            store.rows("SELECT nothing")


def test_others_go_on_while_one_is_heavy_and_when_it_ends(store: Store) -> None:
    stop = threading.Event()
    ended: list[str] = []

    def still_wanted() -> None:
        if stop.is_set():
            raise GoneError

    def heavy() -> None:
        try:
            with ask_while_waiting(still_wanted):
                store.rows(FOREVER)
        except GoneError:
            ended.append("given up")

    thread = threading.Thread(target=heavy)
    thread.start()
    time.sleep(0.3)
    with ask_while_waiting(lambda: None):
        for number in range(20):
            assert store.rows("SELECT sum(i)::BIGINT FROM range($n) r(i)", {"n": number + 1}) == [(number * (number + 1) // 2,)]  # fmt: skip
    assert thread.is_alive()
    stop.set()
    thread.join(30)
    assert ended == ["given up"]
