"""Makes the Opik samples: spans that Opik's SDK sends, completed as its server documents, written as Opik exports them.

Run from the top of the repository with `python -m tests.logs.samples.opik.make` (pip install opik openai). A stand-in
for the server takes what the SDK sends and adds duration, cost and score; the records then pass through the SDK's own
models and the writers of `opik export`. Writes spans.jsonl, page.json (a page of the REST API), trace.json and trace.csv.
"""

import gzip
import json
import os
import threading
from collections import defaultdict
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

received: dict[str, dict[str, dict[str, object]]] = {"spans": defaultdict(dict), "traces": defaultdict(dict)}


class Backend(BaseHTTPRequestHandler):
    """Keeps spans and traces, says yes to everything."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        for kind, kept in received.items():
            for record in json.loads(body).get(kind, []) if f"/{kind}/batch" in self.path else []:
                kept[record["id"]] |= record
        self._answer()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_PUT = do_PATCH = do_POST

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> None:
    """Serve, call, complete, export."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ |= {"OPIK_URL_OVERRIDE": f"http://127.0.0.1:{server.server_port}/api", "OPIK_SENTRY_ENABLE": "false"}
    trace()
    server.shutdown()
    export()


def trace() -> None:
    """Instrumented calls, and an agent around a framework's span around a call."""
    import opik
    from openai import OpenAI
    from opik.integrations.openai import track_openai
    from opik.llm_usage.opik_usage import OpikUsage

    from tests.logs.samples.calls import make_calls
    from tests.logs.samples.upstream import upstream

    @opik.track(type="llm", name="ChatModel")
    def framework(client: OpenAI, number: int) -> str:
        ask = [{"role": "user", "content": f"Plan {number}"}]
        answer = client.chat.completions.create(model="gpt-4o", messages=ask)
        opik.opik_context.update_current_span(model="gpt-4o", provider="openai", usage=answer.usage.model_dump())
        return str(answer.choices[0].message.content)

    @opik.track(type="tool")
    def search(client: OpenAI, number: int) -> None:
        raw = {
            "input_tokens": 400 + number,
            "cache_read_input_tokens": 300,
            "cache_creation_input_tokens": 200,
            "output_tokens": 80,
        }
        usage = OpikUsage.from_anthropic_dict(raw).to_backend_compatible_full_usage_dict()
        with opik.start_as_current_span("priced", type="llm", model="claude-haiku-4-5", provider="anthropic"):
            opik.opik_context.update_current_span(usage=usage)

    @opik.track(metadata={"use_case": "planning"})
    def agent(client: OpenAI, number: int) -> str:
        answer = framework(client, number)
        search(client, number)
        return answer

    with upstream() as url:
        client = track_openai(OpenAI(base_url=url, api_key="none", max_retries=0), project_name="shop")
        make_calls(client, 4)
        for number in range(3):
            agent(client, number)
    opik.flush_tracker()


def export() -> None:
    """What the server adds, then Opik's own writers."""
    from opik.cli.exports.utils import trace_to_csv_rows, write_csv_data, write_json_data
    from opik.rest_api.types.span_page_public import SpanPagePublic
    from opik.rest_api.types.span_public import SpanPublic
    from opik.rest_api.types.trace_public import TracePublic

    from tests.logs.samples.calls import clean

    folder = Path(__file__).parent
    spans = [SpanPublic(**completed(number, span)) for number, span in enumerate(received["spans"].values())]
    (folder / "spans.jsonl").write_text("".join(span.json() + "\n" for span in spans), encoding="utf-8")
    page = SpanPagePublic(page=1, size=len(spans), total=len(spans), content=spans)
    (folder / "page.json").write_text(page.json(), encoding="utf-8")
    of_agent = next(span.trace_id for span in spans if span.name == "priced")
    whole = {
        "trace": TracePublic(**received["traces"][of_agent]).model_dump(),
        "spans": [span.model_dump() for span in spans if span.trace_id == of_agent],
    }
    write_json_data(whole, folder / "trace.json")
    single = next(span for span in spans if span.type == "llm" and not span.parent_span_id and span.usage)
    whole = {"trace": TracePublic(**received["traces"][single.trace_id]).model_dump(), "spans": [single.model_dump()]}
    write_csv_data(whole, folder / "trace.csv", trace_to_csv_rows)
    for file in (*folder.glob("*.json*"), folder / "trace.csv"):
        clean(file)


def completed(number: int, span: dict[str, object]) -> dict[str, object]:
    """Duration in milliseconds, a cost where the model has a price, a score for some."""
    start, end = (datetime.fromisoformat(str(span[name])) for name in ("start_time", "end_time"))
    added: dict[str, object] = {
        "duration": (end - start).total_seconds() * 1000,
        "project_name": "shop",
        "environment": "prod",
    }
    if span.get("usage"):
        added["total_estimated_cost"] = 0.001 + number / 1e6
    if number % 4 == 0:
        added["feedback_scores"] = [{"name": "correctness", "value": number / 40, "source": "sdk"}]
    return span | added


if __name__ == "__main__":
    main()
