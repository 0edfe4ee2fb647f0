"""Makes the MLflow samples with a real tracking store on disk.

Run from the top of the repository with `python -m tests.logs.samples.mlflow.make` (pip install mlflow openai). Writes
traces.jsonl (`Trace.to_json`, one a line), traces.json (an array of `Trace.to_dict`), and the frame that
`mlflow.search_traces` returns: frame.jsonl and frame.csv.
"""

import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false")

import mlflow
from mlflow.entities import SpanType
from openai import OpenAI

from tests.logs.samples.calls import clean, make_calls
from tests.logs.samples.upstream import upstream

FOLDER = Path(__file__).parent


def main() -> None:
    """Trace, score, export."""
    with tempfile.TemporaryDirectory() as folder:
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        experiment = mlflow.create_experiment("shop", artifact_location=f"file://{folder}/artifacts")
        mlflow.set_experiment("shop")
        mlflow.openai.autolog()
        with upstream() as url:
            client = OpenAI(base_url=url, api_key="none", max_retries=0)
            make_calls(client, 2)
            for number in range(3):
                agent(client, number)
        export(experiment)
        for file in FOLDER.glob("*.[jc]s*"):
            clean(file, folder)


@mlflow.trace(span_type=SpanType.AGENT)
def agent(client: OpenAI, number: int) -> str:
    """An agent and a framework's model span around one call, both repeating its usage; a call with its own price."""
    ask = [{"role": "user", "content": f"Plan {number}"}]
    mlflow.update_current_trace(
        metadata={"mlflow.trace.session": "talk-1", "mlflow.trace.user": "user-1"}, tags={"use_case": "planning"}
    )
    with mlflow.start_span("ChatModel", span_type=SpanType.CHAT_MODEL) as model:
        answer = client.chat.completions.create(model="gpt-4o", messages=ask)
        used = {"input_tokens": answer.usage.prompt_tokens, "output_tokens": answer.usage.completion_tokens}
        model.set_attribute("mlflow.chat.tokenUsage", used | {"total_tokens": answer.usage.total_tokens})
    mlflow.get_current_active_span().set_attribute("mlflow.chat.tokenUsage", used)
    with (
        mlflow.start_span("search", span_type=SpanType.TOOL),
        mlflow.start_span("priced", span_type=SpanType.LLM) as priced,
    ):
        used = {"input_tokens": 900 + number, "output_tokens": 80, "total_tokens": 980 + number}
        used |= {"cache_read_input_tokens": 300, "cache_creation_input_tokens": 200}
        priced.set_attribute("mlflow.chat.tokenUsage", used)
        priced.set_attribute("mlflow.llm.model", "claude-haiku-4-5")
        priced.set_attribute("mlflow.llm.provider", "anthropic")
        cost = {"input_cost": 0.0006 + number / 1e6, "output_cost": 0.0004, "total_cost": 0.001 + number / 1e6}
        priced.set_attribute("mlflow.llm.cost", cost)
    return str(answer.choices[0].message.content)


def export(experiment: str) -> None:
    """Everything that `search_traces` gives, in the files people make of it."""
    found = mlflow.search_traces(locations=[experiment], return_type="list")
    for number, trace in enumerate(found[:4]):
        mlflow.log_feedback(trace_id=trace.info.trace_id, name="correctness", value=number / 4)
    traces = mlflow.search_traces(locations=[experiment], return_type="list")
    (FOLDER / "traces.jsonl").write_text("".join(trace.to_json() + "\n" for trace in traces), encoding="utf-8")
    (FOLDER / "traces.json").write_text(json.dumps([trace.to_dict() for trace in traces], indent=1), encoding="utf-8")
    frame = mlflow.search_traces(locations=[experiment])
    frame.to_json(FOLDER / "frame.jsonl", orient="records", lines=True)
    frame.to_csv(FOLDER / "frame.csv", index=False)


if __name__ == "__main__":
    main()
