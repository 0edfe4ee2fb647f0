"""A provider on loopback: OpenAI's, Anthropic's and Gemini's streams, with a ledger of its own and the faults of real ones.

Token counts are told from the prompt, so that anybody can compute them; the ledger says what this provider would bill.
"""

import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What becomes of the nth time (from 1) a prompt is sent to a model.
Fault = Callable[[str, str, int], str]


def no_fault(model: str, prompt: str, nth: int) -> str:
    """Everything works."""
    return "ok"


def tokens_of(prompt: str) -> dict[str, int]:
    """Totals and their parts: input, output, cached (part of input), reasoning (part of output)."""
    number = zlib.crc32(prompt.encode()) % 1000
    return {
        "input": 200 + number,
        "output": 40 + number % 60,
        "cached": 64 * (number % 3),
        "reasoning": 5 * (number % 4),
    }


@dataclass
class Upstream:
    """`calls` in order: model, prompt, status ('complete', 'cut', 'refused') and tokens; `keys` that were sent."""

    url: str = ""
    fault: Fault = no_fault
    answer: Callable[[str, str], str] = lambda model, prompt: f"Answer to {prompt[:40]} by {model}"
    calls: list[dict[str, object]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    running: int = 0
    most_running: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    times: Counter[tuple[str, str]] = field(default_factory=Counter)

    def note(self, model: str, prompt: str, status: str) -> None:
        """Enter a call into the ledger."""
        with self.lock:
            self.calls.append(
                {"model": model, "prompt": prompt, "status": status, "at": time.time(), **tokens_of(prompt)}
            )

    def of(self, status: str) -> list[dict[str, object]]:
        """Calls of a status."""
        return [one for one in self.calls if one["status"] == status]


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            with upstream.lock:
                upstream.running += 1
                upstream.most_running = max(upstream.most_running, upstream.running)
            try:
                self.answer()
            except (BrokenPipeError, ConnectionResetError):
                pass
            finally:
                with upstream.lock:
                    upstream.running -= 1

        def answer(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            given = (self.headers.get(name, "") for name in ("Authorization", "x-api-key", "x-goog-api-key"))
            upstream.keys.update(one.removeprefix("Bearer ") for one in given if one)
            kind, model, prompt = _asked(self.path, asked)
            with upstream.lock:
                upstream.times[model, prompt] += 1
                nth = upstream.times[model, prompt]
            fault = upstream.fault(model, prompt, nth)
            if fault in ("429", "500", "503", "400", "401", "302"):
                upstream.note(model, prompt, "refused")
                return self.refuse(int(fault))
            self.stream(kind, model, prompt, fault)

        def stream(self, kind: str, model: str, prompt: str, fault: str) -> None:
            events = {"openai": _openai, "anthropic": _anthropic, "gemini": _gemini}[kind](
                model, upstream.answer(model, prompt), tokens_of(prompt)
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            # Chunked, as real providers do: whoever reads can tell an end from a break.
            self.close_connection = fault in ("cut", "hang")
            # What was generated is billed, whether or not somebody is there to read it.
            upstream.note(model, prompt, "cut" if fault in ("cut", "hang") else "complete")
            for number, event in enumerate(events):
                if fault == "cut" and number == 2:
                    return
                if fault == "hang" and number == 2:
                    time.sleep(3)
                    return
                if fault == "huge" and number == 1:
                    self.chunk(b"data: " + b"x" * 9_000_000)
                if fault == "slow":
                    time.sleep(0.02)
                self.chunk(event.encode())
            self.chunk(b"")

        def chunk(self, content: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
            self.wfile.flush()

        def refuse(self, code: int) -> None:
            key = self.headers.get("Authorization", "")
            body = json.dumps({"error": {"message": f"no: {key}", "type": "error"}}).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if code == 429:
                self.send_header("Retry-After", "0")
            if code == 302:
                self.send_header("Location", "http://example.com/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def _asked(path: str, body: dict[str, object]) -> tuple[str, str, str]:
    if "streamGenerateContent" in path:
        return "gemini", path.split("/models/")[1].split(":")[0], body["contents"][0]["parts"][0]["text"]  # type: ignore[index]
    content = body["messages"][-1]["content"]  # type: ignore[index]
    text = content if isinstance(content, str) else "".join(part["text"] for part in content)
    return ("anthropic" if path.endswith("/messages") else "openai"), str(body["model"]), text


def _pieces(text: str) -> list[str]:
    return [text[:5], text[5:]]


def _openai(model: str, text: str, tokens: dict[str, int]) -> list[str]:
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": model}
    chunks = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]}]
    chunks += [{"choices": [{"index": 0, "delta": {"content": one}, "finish_reason": None}]} for one in _pieces(text)]
    chunks += [{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
    usage = {
        "prompt_tokens": tokens["input"], "completion_tokens": tokens["output"],
        "total_tokens": tokens["input"] + tokens["output"],
        "prompt_tokens_details": {"cached_tokens": tokens["cached"]},
        "completion_tokens_details": {"reasoning_tokens": tokens["reasoning"]},
    }  # fmt: skip
    chunks += [{"choices": [], "usage": usage}]  # type: ignore[list-item]
    return [f"data: {json.dumps(head | one)}\n\n" for one in chunks] + ["data: [DONE]\n\n"]


def _anthropic(model: str, text: str, tokens: dict[str, int]) -> list[str]:
    start = {
        "input_tokens": tokens["input"] - tokens["cached"], "cache_read_input_tokens": tokens["cached"],
        "cache_creation_input_tokens": 0, "output_tokens": 1,
    }  # fmt: skip
    message = {"id": "m1", "type": "message", "role": "assistant", "model": model, "content": [], "usage": start}
    events = [{"type": "message_start", "message": message}]
    events += [{"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}]
    events += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": one}}
        for one in _pieces(text)
    ]
    events += [{"type": "content_block_stop", "index": 0}]
    events += [
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": tokens["output"]}}
    ]
    events += [{"type": "message_stop"}]
    return [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events]


def _gemini(model: str, text: str, tokens: dict[str, int]) -> list[str]:
    usage = {
        "promptTokenCount": tokens["input"], "cachedContentTokenCount": tokens["cached"],
        "candidatesTokenCount": tokens["output"] - tokens["reasoning"], "thoughtsTokenCount": tokens["reasoning"],
    }  # fmt: skip
    events = [{"candidates": [{"content": {"parts": [{"text": "hmm", "thought": True}]}}]}]
    events += [{"candidates": [{"content": {"parts": [{"text": one}]}}]} for one in _pieces(text)]
    events += [{"candidates": [{"content": {"parts": []}, "finishReason": "STOP"}], "usageMetadata": usage}]  # type: ignore[dict-item]
    return [f"data: {json.dumps(one)}\r\n\r\n" for one in events]


@contextmanager
def serve(fault: Fault = no_fault, port: int = 0) -> Iterator[Upstream]:
    """Serve until the block ends."""
    upstream = Upstream(fault=fault)
    ThreadingHTTPServer.request_queue_size = 256
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(upstream))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    upstream.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
