"""On a real server: a click somewhere else, or a closed window, ends the query that the page was waiting for."""

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from analytics import settings
from analytics.store import Store, patience, write_transaction
from analytics.waiting import wait_for
from tests.pages.test_pages import start

# The page of `?heavy` asks for what never ends; that of anything else says hello. Both write a diary.
PAGE = """
import streamlit as st
from pathlib import Path
from analytics.store import ask_while_waiting, open_store, patience
patience.FIRST_SECONDS = 0.2
diary = Path({diary!r}).open("a")
with ask_while_waiting(lambda: "anything" in st.session_state):
    if "heavy" not in st.query_params:
        st.write("hello")
    else:
        try:
            print("asked", file=diary, flush=True)
            open_store({database!r}).rows("SELECT count(*) FROM range(1000000000000) r(i) WHERE hash(i) = 1")
        finally:
            print("ended", file=diary, flush=True)
"""


def until(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


@pytest.fixture
def diary(database: Path, tmp_path: Path) -> Path:
    with write_transaction(database, "own", "a test"):
        pass
    file = tmp_path / "diary.txt"
    file.touch()
    (tmp_path / "page.py").write_text(PAGE.format(diary=str(file), database=str(database)))
    return file


@pytest.fixture
def port(diary: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(diary.with_name("page.py")), "--server.port", str(number)]
    more = ["--server.address", "127.0.0.1", "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    environment = os.environ | {"PYTHONPATH": str(settings.home)}
    server = subprocess.Popen([*command, *more], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _healthy(number))
        yield number
    finally:
        server.kill()
        server.wait()


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
            return True
    except OSError:
        return False


def asking(query: str) -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = query
    found: bytes = message.SerializeToString()
    return found


@pytest.mark.parametrize("how", ["another click", "closed"])
def test_the_query_ends_with_the_run(how: str, port: int, diary: Path) -> None:
    async def visit() -> None:
        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        async with websockets.connect(address, subprotocols=["streamlit"]) as browser, asyncio.timeout(60):  # type: ignore[list-item]
            await browser.send(asking("heavy=1"))
            while "asked" not in diary.read_text():
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
            assert "ended" not in diary.read_text()
            if how == "another click":
                await browser.send(asking(""))
                said = b""
                while b"hello" not in said:
                    said = await browser.recv()  # type: ignore[assignment]
                assert ForwardMsg.FromString(said).delta.new_element.markdown.body == "hello"

    wait_for(visit())
    until(lambda: "ended" in diary.read_text())


def test_the_pages_run_like_that(demo_open: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    rows = Store.rows

    def noting(store: Store, *arguments: object) -> object:
        seen.append(patience._still_wanted.get())
        return rows(store, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "rows", noting)
    st.cache_data.clear()  # what an earlier test found asks nothing
    start("audit/data_health.py")
    assert seen
    assert all(callable(one) for one in seen)
