"""Syncing from real Phoenix and MLflow servers: all spans arrive, a second sync adds nothing, kills lose nothing.

Needs the programs `phoenix` (arize-phoenix) and `mlflow` on the path, in any environment; what is missing is skipped.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from analytics import settings
from analytics.sources import Source, save_sources, sync_sources
from analytics.store import open_store

SPANS, TRACES = 5_000, 600
KILLS = 6
PAGE, BATCH = 100, 200
DAY = 24 * 60  # the second sync reads everything again
INPUT, OUTPUT = 100, 10
SYNC = f"""import sys, analytics.sources.sync as engine
engine.BATCH_RECORDS = {BATCH}
from analytics.cli import main
sys.exit(main(["sync", "--json", "--db", sys.argv[1]]))"""
# `old`: as a client that cannot send spans by themselves, so that they lie among the artifacts.
TRACE = f"""import sys, mlflow
from mlflow.entities import SpanType
from mlflow.store.tracking.rest_store import RestStore
url, first, last, how = sys.argv[1:]
if how == "old":
    RestStore._get_server_version = staticmethod(lambda creds: None)
mlflow.set_tracking_uri(url); mlflow.set_experiment("shop")
for number in range(int(first), int(last)):
    with mlflow.start_span("chain", span_type=SpanType.CHAIN), mlflow.start_span("call", span_type=SpanType.LLM) as call:
        call.set_attribute("mlflow.chat.tokenUsage", {{"input_tokens": {INPUT} + number, "output_tokens": {OUTPUT}}})
        call.set_attribute("mlflow.llm.model", "gpt-4o")"""


def main(folder: Path) -> None:
    """Both servers, each from nothing."""
    for name, check in (("phoenix", _phoenix), ("mlflow", _mlflow)):
        program = shutil.which(name)
        if program is None:
            print(f"{name}: skipped, there is no program '{name}' on the path")
            continue
        place = folder / name
        place.mkdir()
        check(program, place)


def _phoenix(program: str, place: Path) -> None:
    port, other = _port(), _port()
    about = {"PHOENIX_WORKING_DIR": str(place), "PHOENIX_PORT": str(port), "PHOENIX_GRPC_PORT": str(other), "PHOENIX_HOST": "127.0.0.1"}  # fmt: skip
    with _served([program, "serve"], about, f"http://127.0.0.1:{port}/healthz", place):
        url = f"http://127.0.0.1:{port}"
        # Phoenix makes a project with its first span.
        for start in range(0, SPANS, 500):
            spans = [_span(number) for number in range(start, min(start + 500, SPANS))]
            httpx.post(f"{url}/v1/projects/shop/spans", json={"data": spans}, timeout=60).raise_for_status()
        _wait_for(lambda: _newest(url) == SPANS, "Phoenix to insert its spans")
        _check(
            Source("spans", "phoenix", url, project="shop", allow_private=True, page_size=PAGE, overlap_minutes=DAY),
            place,
            SPANS,
        )


def _span(number: int) -> dict[str, object]:
    began = datetime.now(UTC) - timedelta(hours=20) + timedelta(seconds=number)
    attributes = {"llm.model_name": "gpt-4o", "llm.token_count.prompt": INPUT + number, "llm.token_count.completion": OUTPUT}  # fmt: skip
    return {
        "name": "call", "context": {"trace_id": f"{number + 1:032x}", "span_id": f"{number + 1:016x}"}, "span_kind": "LLM", "status_code": "OK",
        "start_time": began.isoformat(), "end_time": (began + timedelta(seconds=1)).isoformat(), "attributes": attributes,
    }  # fmt: skip


def _newest(url: str) -> int:
    """How many spans there are, counted page by page."""
    count, query = 0, {"limit": "1000"}
    while True:
        answer = httpx.get(f"{url}/v1/projects/shop/spans", params=query, timeout=60).json()
        count += len(answer.get("data", []))
        if not answer.get("next_cursor"):
            return count
        query["cursor"] = answer["next_cursor"]


def _mlflow(program: str, place: Path) -> None:
    port = _port()
    url = f"http://127.0.0.1:{port}"
    serve = [program, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--backend-store-uri", f"sqlite:///{place}/m.db"]  # fmt: skip
    python = str(Path(program).parent / "python")
    # Sent one by one: in the background, MLflow's client loses spans when the server is slow to start.
    environment = os.environ | {"MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false"}
    with _served(serve, {}, f"{url}/health", place):
        for first, how in ((0, "new"), (TRACES // 2, "old")):
            made = [python, "-c", TRACE, url, str(first), str(first + TRACES // 2), how]
            subprocess.run(made, check=True, capture_output=True, env=environment)
        files = sorted(place.rglob("traces.json"))
        assert len(files) == TRACES // 2, len(files)
        source = Source("traces", "mlflow", url, project="shop", allow_private=True, page_size=PAGE, overlap_minutes=DAY)  # fmt: skip
        _check(source, place, TRACES)
        files[0].unlink()
        after = place / "after.duckdb"
        save_sources(after, (source,))
        (lacking,) = sync_sources(after)
        assert (lacking.error, lacking.counts.loaded, lacking.incomplete) == (None, TRACES - 1, 1)
        print(f"mlflow: with one artifact gone: {lacking.counts.loaded} loaded; {lacking.warning}")


def _check(source: Source, place: Path, count: int) -> None:
    """A sync in one go, a second one, and one that is killed again and again: all have the same sums."""
    wanted = (count, INPUT * count + count * (count - 1) // 2, OUTPUT * count)
    whole, killed = place / "whole.duckdb", place / "killed.duckdb"
    for database in (whole, killed):
        save_sources(database, (source,))
    time.sleep(1.1)  # a sync reads up to the last whole second
    started = time.perf_counter()
    (first,) = sync_sources(whole)
    took = time.perf_counter() - started
    assert first.error is None, first.error
    assert _sums(whole) == wanted, (_sums(whole), wanted)
    (second,) = sync_sources(whole)
    assert (second.error, second.counts.loaded, _sums(whole)) == (None, 0, wanted)
    kept = [_killed_sync(killed) for _ in range(KILLS)]
    last = subprocess.run([sys.executable, "-c", SYNC, str(killed)], env=_environment(), capture_output=True, text=True)
    (done,) = json.loads(last.stdout)["sources"]
    assert done["error"] is None
    assert _sums(killed) == wanted, (_sums(killed), wanted)
    print(
        f"{source.kind}: {count:,} calls in {first.counts.pages} pages and {took:.1f} s ({count / took:,.0f}/s); second sync: {second.counts.read:,} read, "
        f"{second.counts.loaded} loaded; killed {KILLS} times with {', '.join(f'{one:,}' for one in kept)} calls kept, the last sync "
        f"loaded {done['loaded']:,} and dropped {done['duplicates']:,} duplicates: all {count:,} there once"
    )


def _killed_sync(database: Path) -> int:
    """Start a sync, kill it (SIGKILL) at a random moment after it has loaded something, and count what is there."""
    process = subprocess.Popen([sys.executable, "-c", SYNC, str(database)], env=_environment(), stdout=subprocess.DEVNULL)  # fmt: skip
    before = _version(database)
    while process.poll() is None and _version(database) == before:
        time.sleep(0.01)
    time.sleep(random.uniform(0.0, 0.5))
    process.send_signal(signal.SIGKILL)
    process.wait()
    return _sums(database)[0] if database.exists() else 0


def _version(database: Path) -> int:
    """Another number after each load, which renames a new catalogue into place."""
    return database.stat().st_ino if database.exists() else 0


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(settings.home)}


def _sums(database: Path) -> tuple[int, int, int]:
    row = open_store(database).rows("SELECT count(*), coalesce(sum(input_tokens), 0)::BIGINT, coalesce(sum(output_tokens), 0)::BIGINT FROM requests")[0]  # fmt: skip
    return row[0], row[1], row[2]


@contextmanager
def _served(command: list[str], about: dict[str, str], health: str, place: Path) -> Iterator[None]:
    """A server in a process group of its own until the block ends."""
    server = subprocess.Popen(
        command,
        cwd=place,
        env=os.environ | about,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(lambda: httpx.get(health, timeout=5).is_success, f"{command[0]} to start")
        yield
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _wait_for(done: Callable[[], bool], what: str) -> None:
    for _ in range(180):
        try:
            if done():
                return
        except (httpx.TransportError, ValueError):
            pass
        time.sleep(1)
    raise SystemExit(f"waited in vain for {what}")


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
