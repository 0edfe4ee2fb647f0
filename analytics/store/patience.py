"""Long queries can be given up: while one runs, whoever waits for it is asked whether it is still wanted.

A query that ends within a second is let be: what it found is kept for whoever asks next.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import duckdb

Result = TypeVar("Result")

FIRST_SECONDS, THEN_SECONDS = 1.0, 0.1
# More than run at once: a query must never wait for a thread.
_threads = ThreadPoolExecutor(256, "query")
_still_wanted: ContextVar[Callable[[], object] | None] = ContextVar("still_wanted", default=None)


@contextmanager
def ask_while_waiting(still_wanted: Callable[[], object]) -> Iterator[None]:
    """Within the block, `still_wanted` is called on this thread while a query runs long; what it raises ends the query."""
    token = _still_wanted.set(still_wanted)
    try:
        yield
    finally:
        _still_wanted.reset(token)


def patiently(cursor: duckdb.DuckDBPyConnection, query: Callable[[], Result]) -> Result:
    """The result of `query`, which runs on `cursor`; interrupted when it is not wanted any more."""
    still_wanted = _still_wanted.get()
    if still_wanted is None:
        return query()
    running: Future[Result] = _threads.submit(query)
    seconds = FIRST_SECONDS
    while not wait([running], seconds).done:
        try:
            still_wanted()
        except BaseException:
            cursor.interrupt()
            wait([running])
            raise
        seconds = THEN_SECONDS
    return running.result()
