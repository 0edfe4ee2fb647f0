"""MLflow: search the traces of an experiment, then fetch them whole, `Trace.to_dict` by `Trace.to_dict`.

The server gives spans in OTLP's form; here their attributes become JSON texts, as MLflow's own client writes them. Traces of
older clients lie among the artifacts, in that form already, and are fetched one by one. Spans can be missing at MLflow: its
client sends each span and the trace by themselves and drops what fails (a `/version` that takes 3 s is enough), so that
spans are held against the number that the trace says it has.
https://mlflow.org/docs/latest/api_reference/rest-api.html
"""

import json
from typing import Any

from analytics.sources.api import Api, JsonObject, RefusedError
from analytics.sources.page import Ask, Page, records_of, text_of

_API = "/api/3.0/mlflow/traces"
_ARTIFACT = "/ajax-api/2.0/mlflow/get-trace-artifact"
_MAX_NESTED = 64


async def traces(api: Api, ask: Ask) -> Page:
    """One page of traces with their spans, the oldest first."""
    since, until = (int(at.timestamp() * 1000) for at in (ask.since, ask.until))
    place = {"experiment_id": await _experiment(api, ask.project)}
    body: JsonObject = {
        "locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": place}],
        "filter": f"timestamp_ms >= {since} AND timestamp_ms < {until}",
        "order_by": ["timestamp_ms ASC"],
        "max_results": ask.size,
    }
    answer = await api.post(f"{_API}/search", body | ({"page_token": ask.at} if ask.at else {}))
    found = [one for one in records_of(answer, "traces") if one.get("trace_id")] if "traces" in answer else []
    whole = await _whole(api, [str(one["trace_id"]) for one in found if not _in_artifacts(one)])
    records = [await _with_spans(api, one, whole.get(str(one["trace_id"]))) for one in found]
    incomplete = tuple(said for said in map(_missing, records) if said)
    return Page(records, text_of(answer, "next_page_token"), incomplete=incomplete)


def _in_artifacts(info: JsonObject) -> bool:
    tags = info.get("tags")
    return not isinstance(tags, dict) or tags.get("mlflow.trace.spansLocation") != "TRACKING_STORE"


async def _whole(api: Api, ids: list[str]) -> dict[str, JsonObject]:
    """Traces whose spans are in the tracking store, by their ids."""
    if not ids:
        return {}
    answer = await api.get(f"{_API}/batchGet", {"trace_ids": ids})
    traces = map(_trace, records_of(answer, "traces"))
    return {str(one["info"].get("trace_id")): one for one in traces if isinstance(one["info"], dict)}


async def _with_spans(api: Api, info: JsonObject, stored: JsonObject | None) -> JsonObject:
    """The trace from where it has the most of its spans."""
    if stored and not _missing(stored):
        return stored
    kept = await _artifact(api, info)
    return stored if stored and len(stored["data"]["spans"]) >= len(kept["data"]["spans"]) else kept


async def _artifact(api: Api, info: JsonObject) -> JsonObject:
    """A trace whose spans are a file; without spans where the file is gone."""
    try:
        found = await api.get(_ARTIFACT, {"request_id": str(info["trace_id"])})
    except RefusedError as error:
        if error.status != 404:
            raise
        found = {"spans": []}
    return {"info": info, "data": {"spans": records_of(found, "spans")}}


def _missing(trace: JsonObject) -> str | None:
    """What a trace that is done lacks, in words; None when it is whole, or still going on."""
    info, spans = trace["info"], len(trace["data"]["spans"])
    if info.get("state") == "IN_PROGRESS":
        return None
    wanted = _number_of_spans(info)
    if spans >= (wanted or 1):
        return None
    return (
        f"trace {info['trace_id']} has {spans} of {wanted} spans"
        if wanted
        else f"trace {info['trace_id']} has no spans"
    )


def _number_of_spans(info: JsonObject) -> int | None:
    """How many spans a trace says it has; None where its client was too old to say."""
    metadata = info.get("trace_metadata")
    try:
        number = json.loads(metadata["mlflow.trace.sizeStats"])["num_spans"] if isinstance(metadata, dict) else None
    except (KeyError, TypeError, ValueError):
        return None
    return number if isinstance(number, int) else None


async def _experiment(api: Api, project: str) -> str:
    """The number of an experiment; a name is looked up."""
    if project.isdigit():
        return project
    found = await api.get("/api/2.0/mlflow/experiments/get-by-name", {"experiment_name": project or "Default"})
    return text_of(found, "experiment", "experiment_id") or project


def _trace(trace: JsonObject) -> JsonObject:
    spans = trace.get("spans")
    return {
        "info": trace.get("trace_info"),
        "data": {"spans": [_span(one) for one in spans if isinstance(one, dict)] if isinstance(spans, list) else []},
    }


def _span(span: JsonObject) -> JsonObject:
    attributes = span.get("attributes")
    if not isinstance(attributes, list):
        return span
    texts = {str(one.get("key")): json.dumps(_plain(one.get("value"))) for one in attributes if isinstance(one, dict)}
    return span | {"attributes": texts}


def _plain(value: Any, depth: int = 0) -> Any:
    """OTLP's AnyValue as the value it stands for."""
    if not isinstance(value, dict) or not value or depth > _MAX_NESTED:
        return None
    (kind, held), *_ = value.items()
    if kind in ("array_value", "arrayValue"):
        return [_plain(one, depth + 1) for one in _values(held)]
    if kind in ("kvlist_value", "kvlistValue"):
        pairs = [one for one in _values(held) if isinstance(one, dict)]
        return {str(one.get("key")): _plain(one.get("value"), depth + 1) for one in pairs}
    if kind in ("int_value", "intValue"):
        return int(held) if isinstance(held, str) and held.lstrip("-").isdigit() else held
    return held


def _values(held: Any) -> list[Any]:
    found = held.get("values") if isinstance(held, dict) else None
    return found if isinstance(found, list) else []
