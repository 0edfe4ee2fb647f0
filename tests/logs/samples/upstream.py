"""A stand-in for a provider: answers OpenAI's protocol on loopback with token counts that vary by request."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

_numbers = count(1)


def usage(number: int) -> dict[str, object]:
    """Counts with a cached part and a reasoning part, both inside the totals."""
    prompt, completion = 1000 + 37 * number, 40 + 3 * number
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 128 * (number % 5)},
        "completion_tokens_details": {"reasoning_tokens": 7 * (number % 3)},
    }


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = next(_numbers)
        if asked["model"] == "overloaded":
            self._send(
                429, {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
            )
        elif self.path.endswith("/embeddings"):
            tokens = {"prompt_tokens": 8 + number, "total_tokens": 8 + number}
            vector = [{"object": "embedding", "index": 0, "embedding": [0.1, 0.2]}]
            self._send(200, {"object": "list", "model": asked["model"], "data": vector, "usage": tokens})
        elif asked.get("stream"):
            self._stream(asked, number)
        else:
            message = {"role": "assistant", "content": f"Answer {number}."}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._send(200, _head(asked, number, "chat.completion") | {"choices": [choice], "usage": usage(number)})

    def _stream(self, asked: dict[str, object], number: int) -> None:
        head = _head(asked, number, "chat.completion.chunk")
        pieces = [{"role": "assistant", "content": "Ans"}, {"content": f"wer {number}."}, {}]
        chunks = [
            head | {"choices": [{"index": 0, "delta": piece, "finish_reason": None if piece else "stop"}]}
            for piece in pieces
        ]
        if asked.get("stream_options"):
            chunks.append(head | {"choices": [], "usage": usage(number)})
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for chunk in [*map(json.dumps, chunks), "[DONE]"]:
            self.wfile.write(f"data: {chunk}\n\n".encode())

    def _send(self, code: int, body: dict[str, object]) -> None:
        content = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _head(asked: dict[str, object], number: int, kind: str) -> dict[str, object]:
    model = {"gpt-4o-mini": "gpt-4o-mini-2024-07-18", "gpt-4o": "gpt-4o-2024-08-06"}.get(
        str(asked["model"]), asked["model"]
    )
    return {"id": f"chatcmpl-{number}", "object": kind, "created": 1_790_000_000 + number, "model": model}


@contextmanager
def upstream() -> Iterator[str]:
    """Serve until the block ends; gives the base URL for an OpenAI client."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
