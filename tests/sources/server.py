"""A local HTTP server that replays the documented answers of gateways and services, whole or damaged as a test wants."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = dict[str, Any]
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)


@dataclass
class Call:
    """A request as it came in."""

    path: str
    query: dict[str, list[str]]
    body: Answer
    headers: dict[str, str]

    def one(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Trouble:
    """What comes instead of an answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    cut: bool = False
    slow_seconds: float = 0.0


@dataclass
class Replay:
    """`routes`: path -> what answers it. `troubles` come first, one a call. `calls`: what came in. `ahead`: of our clock."""

    routes: dict[str, Callable[[Call], Answer | Trouble]]
    url: str = ""
    troubles: list[Trouble] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    ahead: timedelta = timedelta()


@contextmanager
def serving(routes: dict[str, Callable[[Call], Answer | Trouble]]) -> Iterator[Replay]:
    """Serve on a free loopback port for the block."""
    replay = Replay(routes)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def answer(self) -> None:
            parts = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(parts.path, parse_qs(parts.query), json.loads(sent) if sent else {}, headers)
            replay.calls.append(call)
            if replay.troubles:
                self.say(replay.troubles.pop(0))
            elif call.path in replay.routes:
                found = replay.routes[call.path](call)
                self.say(found if isinstance(found, Trouble) else Trouble(body=json.dumps(found).encode()))
            else:
                self.say(Trouble(404))

        def say(self, what: Trouble) -> None:
            self.send_response(what.status)
            for name, value in what.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(what.body) + (100 if what.cut else 0)))
            self.end_headers()
            for start in range(0, len(what.body), 1 << 20):
                time.sleep(what.slow_seconds)
                self.wfile.write(what.body[start : start + (1 << 20)])
            self.close_connection = True

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(time.time() + replay.ahead.total_seconds())

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                """The client has hung up."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    replay.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield replay
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def within(text: str, since: str, until: str) -> bool:
    """Whether an ISO time is in [since, until)."""
    at, low, high = (_time(value) for value in (text, since, until))
    return low <= at < high


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def instant(number: int) -> str:
    """A time for the record of a number: one a minute."""
    return (BEGAN + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def by_cursor(records: list[Answer], size: int, cursor: str) -> tuple[list[Answer], str | None]:
    """A page after a cursor and the cursor behind it."""
    start = int(cursor or 0)
    return records[start : start + size], str(start + size) if start + size < len(records) else None
