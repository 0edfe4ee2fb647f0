"""Makes the OpenInference samples with a real Phoenix server on loopback.

Run from the top of the repository with `python -m tests.logs.samples.openinference.make` (pip install arize-phoenix
openinference-instrumentation-openai openai opentelemetry-exporter-otlp opentelemetry-exporter-otlp-json-file). Writes
otlp.jsonl (the collector's form) and what Phoenix's client exports of the same spans: spans.jsonl (its REST records),
dataframe.parquet, dataframe.csv and dataframe.jsonl.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from openai import OpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.json.file import FileSpanExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from phoenix.client import Client

from tests.logs.samples.calls import clean, make_calls, without_paths
from tests.logs.samples.upstream import upstream

FOLDER = Path(__file__).parent


def main() -> None:
    """Serve, call, export, stop."""
    with socket.socket() as probe, socket.socket() as other:
        probe.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, grpc = probe.getsockname()[1], other.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        about = {
            "PHOENIX_WORKING_DIR": folder,
            "PHOENIX_PORT": str(port),
            "PHOENIX_GRPC_PORT": str(grpc),
            "PHOENIX_HOST": "127.0.0.1",
        }
        server = subprocess.Popen([sys.executable, "-m", "phoenix.server.main", "serve"], env=os.environ | about)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address)
            trace(address)
            export(Client(base_url=address))
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str) -> None:
    """Until the server answers."""
    for _ in range(120):
        try:
            if httpx.get(f"{address}/healthz").is_success:
                return
        except httpx.TransportError:
            time.sleep(1)
    raise SystemExit("Phoenix did not start")


def trace(address: str) -> None:
    """Instrumented calls, agents around calls that repeat their usage, spans that say their cost and score."""
    (FOLDER / "otlp.jsonl").unlink(missing_ok=True)
    resource = Resource(
        {"service.name": "shop-assistant", "deployment.environment": "prod", "openinference.project.name": "default"}
    )
    tracing = TracerProvider(resource=resource)
    tracing.add_span_processor(BatchSpanProcessor(FileSpanExporter(FOLDER / "otlp.jsonl")))
    tracing.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{address}/v1/traces")))
    OpenAIInstrumentor().instrument(tracer_provider=tracing)
    about = {"session_id": "talk-1", "user_id": "user-1", "tags": ["shop", "beta"]}
    with upstream() as url, using_attributes(**about, metadata={"use_case": "chat"}, prompt_template_version="v2"):
        client = OpenAI(base_url=url, api_key="none", max_retries=0)
        make_calls(client, 6)
        for number in range(3):
            agent(tracing.get_tracer("agent"), client, number)
    tracing.shutdown()
    time.sleep(3)


def agent(tracer, client: OpenAI, number: int) -> None:  # type: ignore[no-untyped-def]
    """An agent and a framework's LLM span that both repeat the usage of the call inside; a call with its own price."""
    kind = "openinference.span.kind"
    ask = [{"role": "user", "content": f"Plan {number}"}]
    with tracer.start_as_current_span("agent", attributes={kind: "AGENT"}) as outer:
        with tracer.start_as_current_span("ChatModel", attributes={kind: "LLM", "llm.model_name": "gpt-4o"}) as model:
            answer = client.chat.completions.create(model="gpt-4o", messages=ask)
            for span in (outer, model):
                span.set_attribute("llm.token_count.prompt", answer.usage.prompt_tokens)
                span.set_attribute("llm.token_count.completion", answer.usage.completion_tokens)
        with tracer.start_as_current_span("search", attributes={kind: "TOOL"}):
            priced = {
                kind: "LLM", "llm.model_name": "claude-haiku-4-5", "llm.provider": "anthropic",
                "llm.token_count.prompt": 900 + number, "llm.token_count.completion": 80, "llm.token_count.total": 980 + number,
                "llm.token_count.prompt_details.cache_read": 300, "llm.token_count.prompt_details.cache_write": 200,
                "llm.token_count.completion_details.reasoning": 20,
                "llm.cost.prompt": 0.0006 + number / 1e6, "llm.cost.completion": 0.0004, "llm.cost.total": 0.001 + number / 1e6,
                "annotations.0.annotation.name": "helpful", "annotations.0.annotation.score": number / 4,
            }  # fmt: skip
            with tracer.start_as_current_span("priced", attributes=priced):
                pass


def export(client: Client) -> None:
    """What the client gives."""
    spans = client.spans.get_spans(project_identifier="default", limit=1000)
    (FOLDER / "spans.jsonl").write_text("".join(json.dumps(span) + "\n" for span in spans), encoding="utf-8")
    frame = client.spans.get_spans_dataframe(project_identifier="default", limit=1000)
    frame["events"] = [json.loads(without_paths(json.dumps(list(events), default=str))) for events in frame["events"]]
    frame.to_parquet(FOLDER / "dataframe.parquet")
    frame.to_csv(FOLDER / "dataframe.csv")
    frame.to_json(FOLDER / "dataframe.jsonl", orient="records", lines=True, date_format="iso", date_unit="us")
    for name in ("otlp.jsonl", "spans.jsonl"):
        clean(FOLDER / name)


if __name__ == "__main__":
    main()
