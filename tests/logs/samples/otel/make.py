"""Makes the OTLP JSON samples; run from the top of the repository with `python -m tests.logs.samples.otel.make NAMES`.

`new` (semantic conventions of 2026; pip install opentelemetry-sdk opentelemetry-exporter-otlp-json-file
opentelemetry-exporter-otlp-proto-common opentelemetry-instrumentation-genai-openai openai) writes new.jsonl and the same
spans as snake_case.jsonl; `old` (OpenLLMetry; pip install opentelemetry-sdk opentelemetry-exporter-otlp-json-file
opentelemetry-instrumentation-openai openai, in an environment of its own) writes old.jsonl.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental")
os.environ.setdefault("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")

from openai import OpenAI
from opentelemetry.exporter.otlp.json.file import FileSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.logs.samples.calls import make_calls
from tests.logs.samples.upstream import upstream

FOLDER = Path(__file__).parent
ROUNDS = 6


def provider(name: str) -> TracerProvider:
    """A tracer provider that writes OTLP JSON to `name` beside this script."""
    (FOLDER / name).unlink(missing_ok=True)
    about = {"service.name": "shop-assistant", "deployment.environment.name": "prod", "service.version": "3.2"}
    tracing = TracerProvider(resource=Resource(about))
    tracing.add_span_processor(BatchSpanProcessor(FileSpanExporter(FOLDER / name), max_export_batch_size=16))
    return tracing


def new() -> None:
    """The official instrumentation, plus a workflow of two agents written with its own utilities."""
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    tracing = provider("new.jsonl")
    kept = InMemorySpanExporter()
    tracing.add_span_processor(SimpleSpanProcessor(kept))
    OpenAIInstrumentor().instrument(tracer_provider=tracing)
    with upstream() as url:
        client = OpenAI(base_url=url, api_key="none", max_retries=0)
        make_calls(client, ROUNDS)
        agents(tracing, client)
    tracing.shutdown()
    as_protobuf_json(encode_spans(kept.get_finished_spans()))


def agents(tracing: TracerProvider, client: OpenAI) -> None:
    """Nested spans: the workflow and the agent repeat what their calls used, a tool stands between."""
    from opentelemetry.util.genai.handler import TelemetryHandler

    handler = TelemetryHandler(tracer_provider=tracing)
    for number in range(3):
        ask = [{"role": "user", "content": f"Plan {number}"}]
        with handler.workflow(name="plan_trip"), handler.invoke_local_agent(request_model="gpt-4o") as agent:
            answer = client.chat.completions.create(model="gpt-4o", messages=ask)
            with handler.tool("search"):
                client.chat.completions.create(model="gpt-4o-mini", messages=ask)
            agent.input_tokens, agent.output_tokens = answer.usage.prompt_tokens, answer.usage.completion_tokens
        with handler.inference("anthropic", request_model="claude-haiku-4-5", conversation_id=f"talk-{number}") as call:
            call.input_tokens, call.output_tokens = 900 + number, 90
            call.cache_read_input_tokens, call.cache_write_input_tokens = 300, 200
            call.data.usage_reasoning_output_tokens = 30
        framework(tracing, client, ask, number)


def framework(tracing: TracerProvider, client: OpenAI, ask: list[dict[str, str]], number: int) -> None:
    """A framework that reports the call once more around the client's span, and a judge's score as an event of a call."""
    about = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
    with tracing.get_tracer("framework").start_as_current_span("chat gpt-4o", attributes=about) as outer:
        with tracing.get_tracer("http").start_as_current_span("POST"):
            answer = client.chat.completions.create(model="gpt-4o", messages=ask)
        outer.set_attribute("gen_ai.usage.input_tokens", answer.usage.prompt_tokens)
        outer.set_attribute("gen_ai.usage.output_tokens", answer.usage.completion_tokens)
    used = {
        "gen_ai.usage.input_tokens": 700 + number,
        "gen_ai.usage.output_tokens": 70,
        "gen_ai.usage.cost": 0.002 + number / 1e6,
    }
    with tracing.get_tracer("own").start_as_current_span("chat judged", attributes=about | used) as judged:
        score = {
            "gen_ai.evaluation.name": "relevance",
            "gen_ai.evaluation.score.value": number / 4,
            "gen_ai.evaluation.score.label": "ok",
        }
        judged.add_event("gen_ai.evaluation.result", score)


def as_protobuf_json(request) -> None:  # type: ignore[no-untyped-def]
    """The same spans as Protobuf's own JSON with the names of the .proto file, one request on one line."""
    import json

    from google.protobuf.json_format import MessageToDict

    text = json.dumps(MessageToDict(request, preserving_proto_field_name=True))
    (FOLDER / "snake_case.jsonl").write_text(text + "\n", encoding="utf-8")


def old() -> None:
    """OpenLLMetry, whose names are those of 2024 where it can."""
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    tracing = provider("old.jsonl")
    OpenAIInstrumentor().instrument(tracer_provider=tracing)
    with upstream() as url:
        make_calls(OpenAI(base_url=url, api_key="none", max_retries=0), ROUNDS)
    tracing.shutdown()


if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        {"new": new, "old": old}[wanted]()
