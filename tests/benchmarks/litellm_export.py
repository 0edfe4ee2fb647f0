"""A real LiteLLM proxy, started with the exported configuration as it is, in front of an upstream that records every call.

1,000 requests of the demo log go through it; each must reach the model that the policy's SQL names for it. LiteLLM is no
dependency: install `litellm[proxy]` anywhere and put it on the PATH, or name the program in ROUTECAST_LITELLM.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import httpx
from scipy.stats import chisquare

from analytics import settings
from analytics.logs.demo import build_demo
from analytics.policies import Architecture, Split, load_architecture, models_of, parse_architecture, route_sql
from analytics.policies.export import export_architecture
from analytics.store import open_store
from analytics.traffic import complexity_sql

REQUESTS = 1_000
KEY = {"Authorization": "Bearer sk-local"}
COLUMNS = ("request_id", "use_case", "complexity", "input_tokens", "team", "environment")
SPLITS = """
name = "Splits in rules"

[[route]]
when = "use_case = 'chat' or input_tokens > 1500"
split = { "claude-haiku-4-5" = 0.7, "gemini-2.5-flash" = 0.2, "our-llama" = 0.1 }

[[route]]
when = "complexity >= 0.5 and not (team = 'growth')"
cascade = ["claude-haiku-4-5", "claude-opus-4-1"]
verifier = { true_accept = 0.95, false_accept = 0.15 }

[default]
use = "claude-sonnet-4-5"
"""
SHARES = 'name = "Shares"\n[default]\nsplit = { "claude-haiku-4-5" = 0.75, "claude-opus-4-1" = 0.25 }\n'


def main(folder: Path) -> None:
    """Run every architecture through the proxy and compare; without LiteLLM say so."""
    program = os.environ.get("ROUTECAST_LITELLM") or shutil.which("litellm")
    if program is None:
        print("skipped: litellm is not installed (pip install 'litellm[proxy]', or name it in ROUTECAST_LITELLM)")
        return
    shipped = settings.home / "data" / "architectures"
    requests = _requests(folder)
    for architecture in (
        load_architecture(shipped / "multi-model.toml"),
        load_architecture(shipped / "single-opus.toml"),
        load_architecture(shipped / "cascade.toml"),
        parse_architecture(SPLITS),
        parse_architecture(SHARES),
    ):
        _run(program, folder / architecture.name.replace(" ", "-"), architecture, requests)
    _fall(program, folder / "fall", load_architecture(shipped / "cascade.toml"), requests)
    _protocols(program, folder / "protocols", load_architecture(shipped / "multi-model.toml"))


def _requests(folder: Path) -> list[dict[str, Any]]:
    """Requests of the demo log; every second one does not say its complexity, so the rule must give it."""
    demo = settings.demo_database()
    if not demo.exists():
        demo = folder / "demo.duckdb"
        build_demo(demo, requests=20_000)
    query = f"SELECT {', '.join(COLUMNS)} FROM requests ORDER BY hash(request_id) LIMIT {REQUESTS}"
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in open_store(demo).rows(query)]
    return [row | ({"complexity": None} if number % 2 else {}) for number, row in enumerate(rows)]


def _through(
    program: str, folder: Path, architecture: Architecture, requests: list[dict[str, Any]], failing: str = ""
) -> tuple[list[str], list[tuple[str, str]], float]:
    """The models that answered, every call that reached the upstream, and the seconds it took."""
    _write(folder, architecture)
    with _upstream(failing) as (upstream, calls), _proxy(program, folder, upstream) as proxy:
        started = time.perf_counter()
        with httpx.Client(timeout=60) as client, ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda request: _ask(client, proxy, request), requests))
        return answers, calls, time.perf_counter() - started


def _write(folder: Path, architecture: Architecture) -> None:
    folder.mkdir(parents=True)
    for name, text in export_architecture(architecture, "litellm").files:
        (folder / name).write_text(text, encoding="utf-8")


def _fall(program: str, folder: Path, architecture: Architecture, requests: list[dict[str, Any]]) -> None:
    """While the first model of a cascade fails, the next one answers."""
    cascade = models_of(architecture.default)
    some = [request for request in requests if request["use_case"] == "chat"][:20]
    answers, _, _ = _through(program, folder, architecture, some, failing=cascade[0])
    print(f"{architecture.name} while {cascade[0]} fails: {len(some)} requests, {dict(Counter(answers))}")
    assert answers == [cascade[1]] * len(some)


def _protocols(program: str, folder: Path, architecture: Architecture) -> None:
    """Anthropic's and OpenAI's other endpoints are routed too, by metadata or by tags, whatever model they ask for."""
    _write(folder, architecture)
    message = [{"role": "user", "content": "id=1"}]
    summary, moderation = {"use_case": "summarization"}, {"use_case": "moderation", "complexity": "0.1"}
    bodies = [
        ("messages", {"max_tokens": 9, "messages": message, "metadata": moderation}, "claude-haiku-4-5"),
        ("messages", {"max_tokens": 9, "messages": message, "litellm_metadata": summary}, "gemini-2.5-flash"),
        ("responses", {"input": "id=1", "metadata": summary}, "gemini-2.5-flash"),
        (
            "chat/completions",
            {"messages": message, "metadata": {"tags": ["task:complex_reasoning"]}},
            "claude-opus-4-1",
        ),
    ]
    with _upstream() as (upstream, calls), _proxy(program, folder, upstream) as proxy:
        for place, body, _ in bodies:
            response = httpx.post(f"{proxy}/v1/{place}", json={"model": "any", **body}, headers=KEY, timeout=60)
            assert response.status_code == 200, response.text[:500]
    print(f"{architecture.name} by other endpoints: {[model for _, model in calls]}")
    assert [model for _, model in calls] == [model for _, _, model in bodies]


def _run(program: str, folder: Path, architecture: Architecture, requests: list[dict[str, Any]]) -> None:
    answers, calls, took = _through(program, folder, architecture, requests)
    reached = dict(calls)
    assert len(calls) == len(reached) == len(requests), f"{len(calls)} calls for {len(requests)} requests"
    assert answers == [reached[request["request_id"]] for request in requests], "an answer is not the upstream's"
    shares = Counter(answers)
    print(f"{architecture.name}: {len(requests)} requests in {took:.1f} s, {dict(shares.most_common())}")
    if isinstance(architecture.default, Split) and not architecture.routes:
        weights = dict(architecture.default.weights)
        fit = chisquare([shares[model] for model in weights], [part * len(requests) for part in weights.values()])
        print(f"  shares by chance, as announced: {weights}, chi-square p = {fit.pvalue:.2f}")
        assert fit.pvalue > 0.001
        return
    by_sql, by_query = _expected(architecture, requests), _exported(architecture, requests)
    for what, expected in (("the simulation's route SQL", by_sql), ("the exported query", by_query)):
        wrong = sum(answer not in names for answer, names in zip(answers, expected, strict=True))
        print(f"  {len(requests) - wrong} of {len(requests)} as {what} says")
        assert wrong == 0


def _expected(architecture: Architecture, requests: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """The models a request may go to by the route that the simulation's SQL gives it; of a cascade the first."""
    plans = architecture.plans
    with duckdb.connect() as connection:
        _table(connection, requests)
        rule = complexity_sql("use_case", "input_tokens")
        routes = connection.execute(
            f"SELECT {route_sql(architecture)} FROM (SELECT * REPLACE (coalesce(complexity, {rule}) AS complexity) "
            "FROM requests) ORDER BY place"
        ).fetchall()
    return [
        models_of(plan) if isinstance(plan, Split) else models_of(plan)[:1]
        for plan in (plans[row[0]] for row in routes)
    ]


def _exported(architecture: Architecture, requests: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    with duckdb.connect() as connection:
        _table(connection, requests)
        query = export_architecture(architecture, "sql").text.rstrip().removesuffix(";")
        return connection.execute(f"SELECT routed_model FROM ({query}\n) ORDER BY place").fetchall()


def _table(connection: duckdb.DuckDBPyConnection, requests: list[dict[str, Any]]) -> None:
    connection.execute(
        "CREATE TABLE requests (place INT, request_id TEXT, use_case TEXT, complexity DOUBLE, input_tokens BIGINT, team TEXT, environment TEXT)"
    )
    rows = [[place, *request.values()] for place, request in enumerate(requests)]
    connection.executemany("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def _ask(client: httpx.Client, proxy: str, request: dict[str, Any]) -> str:
    """The model that answered: the upstream writes its name as the answer."""
    body = {
        "model": "claude-opus-4-1",
        "messages": [{"role": "user", "content": f"id={request['request_id']}"}],
        "metadata": {name: value for name, value in request.items() if value is not None},
    }
    response = client.post(f"{proxy}/v1/chat/completions", json=body, headers=KEY)
    assert response.status_code == 200, response.text[:500]
    return str(response.json()["choices"][0]["message"]["content"])


@contextmanager
def _upstream(failing: str = "") -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """OpenAI's, Anthropic's and Gemini's chat protocols on one port, and the (request_id, model) of every call; `failing` answers 500."""
    calls: list[tuple[str, str]] = []

    class Upstream(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            body = json.loads(text)
            gemini = ":generateContent" in self.path
            model = self.path.rsplit("/", 1)[-1].split(":")[0] if gemini else body["model"]
            calls.append((text.split("id=", 1)[1].split('"', 1)[0], model))
            answer = _gemini(model) if gemini else _anthropic(model) if "/messages" in self.path else _openai(model)
            content = json.dumps(answer).encode()
            self.send_response(500 if model == failing else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", calls
    finally:
        server.shutdown()
        server.server_close()


def _openai(model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": model}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    usage = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": model, "choices": choices, "usage": usage}


def _anthropic(model: str) -> dict[str, Any]:
    content = [{"type": "text", "text": model}]
    usage = {"input_tokens": 5, "output_tokens": 1}
    return {"id": "m", "type": "message", "role": "assistant", "model": model, "content": content,
            "stop_reason": "end_turn", "stop_sequence": None, "usage": usage}  # fmt: skip


def _gemini(model: str) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": [{"text": model}]}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 1, "totalTokenCount": 6}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model}


@contextmanager
def _proxy(program: str, folder: Path, upstream: str) -> Iterator[str]:
    """The proxy on a free port, its providers' addresses and keys given by the environment only."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = {"ANTHROPIC_API_BASE": upstream, "GEMINI_API_BASE": upstream, "OUR_LLAMA_API_BASE": upstream}
    keys = dict.fromkeys(("ANTHROPIC_API_KEY", "GEMINI_API_KEY", "OUR_LLAMA_API_KEY"), "none")
    quiet = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "LITELLM_MASTER_KEY": "sk-local"}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | places | keys | quiet
    with (folder / "proxy.log").open("w") as log:
        proxy = subprocess.Popen(
            [program, "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            yield _ready(f"http://127.0.0.1:{port}", proxy, folder / "proxy.log")
        finally:
            proxy.terminate()
            proxy.wait(30)


def _ready(proxy: str, process: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(240):
        assert process.poll() is None, log.read_text(encoding="utf-8")[-2000:]
        try:
            if httpx.get(f"{proxy}/health/liveliness", timeout=2).status_code == 200:
                return proxy
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError(f"the proxy did not start: {log.read_text(encoding='utf-8')[-2000:]}")
