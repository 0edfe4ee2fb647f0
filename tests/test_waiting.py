"""Asynchronous work from synchronous code, with and without a running event loop."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from analytics.waiting import wait_for


def in_a_loop(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """In a loop of its own thread: a browser test before may have left one running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


def test_plainly() -> None:
    assert wait_for(answer()) == 42


def test_inside_a_running_loop() -> None:
    async def outer() -> int:
        return wait_for(answer())

    assert in_a_loop(outer) == 42


def test_errors_come_through() -> None:
    async def fails() -> int:
        raise ValueError("told")

    async def outer() -> int:
        return wait_for(fails())

    with pytest.raises(ValueError, match="told"):
        in_a_loop(outer)
