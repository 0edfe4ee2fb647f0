"""Asynchronous work from synchronous code, with and without a running event loop."""

import asyncio

import pytest

from analytics.waiting import wait_for


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


def test_plainly() -> None:
    assert wait_for(answer()) == 42


def test_inside_a_running_loop() -> None:
    async def outer() -> int:
        return wait_for(answer())

    assert asyncio.run(outer()) == 42


def test_errors_come_through() -> None:
    async def fails() -> None:
        raise ValueError("told")

    async def outer() -> None:
        wait_for(fails())

    with pytest.raises(ValueError, match="told"):
        asyncio.run(outer())
