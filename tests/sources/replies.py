"""Answers in the schema that each service documents, for records numbered 0, 1, 2, ...

Tokens of record n: 100 + n in, 10 out; cost of record n: 0.001 x (n + 1) USD.
"""

from collections.abc import Callable

from tests.sources.server import Answer, Call, Trouble, by_cursor, instant, within

Routes = dict[str, Callable[[Call], Answer | Trouble]]


def litellm(records: list[Answer]) -> Routes:
    def logs(call: Call) -> Answer:
        found = [one for one in records if within(one["startTime"], call.one("start_date"), call.one("end_date"))]
        found.sort(key=lambda one: one["startTime"], reverse=True)
        page, size = int(call.one("page")), int(call.one("page_size"))
        pages = -(-len(found) // size)
        rows = found[(page - 1) * size : page * size]
        return {"data": rows, "total": len(found), "page": page, "page_size": size, "total_pages": pages}

    return {"/spend/logs/v2": logs}


def spend_log(number: int) -> Answer:
    start = instant(number)
    return {
        "request_id": f"chatcmpl-{number}", "call_type": "acompletion", "api_key": "0" * 64, "spend": 0.001 * (number + 1),
        "total_tokens": 110 + number, "prompt_tokens": 100 + number, "completion_tokens": 10, "startTime": start, "endTime": start,
        "completionStartTime": start, "model": "gpt-4o", "model_group": "gpt-4o", "custom_llm_provider": "openai", "status": "success",
        "request_duration_ms": 900, "metadata": {"user_api_key_team_alias": "growth"}, "request_tags": ["task:chat"], "cache_hit": "False",
    }  # fmt: skip


def langfuse(records: list[Answer], scores: list[Answer]) -> Routes:
    def observations(call: Call) -> Answer:
        assert "usage" in call.one("fields")
        since, until = call.one("fromStartTime"), call.one("toStartTime")
        found = [one for one in records if within(one["startTime"], since, until)]
        rows, cursor = by_cursor(found, int(call.one("limit")), call.one("cursor"))
        return {"data": rows, "meta": {"cursor": cursor} if cursor else {}}

    def judged(call: Call) -> Answer:
        assert int(call.one("limit")) <= 100
        since, until = call.one("fromTimestamp"), call.one("toTimestamp")
        found = [one for one in scores if within(one["timestamp"], since, until)]
        rows, cursor = by_cursor(found, int(call.one("limit")), call.one("cursor"))
        return {"data": rows, "meta": {"limit": int(call.one("limit"))} | ({"cursor": cursor} if cursor else {})}

    return {"/api/public/v2/observations": observations, "/api/public/v3/scores": judged}


def observation(number: int, type: str = "GENERATION") -> Answer:
    usage = {"input": 100 + number, "output": 10, "total": 110 + number}
    return {
        "id": f"obs-{number}", "traceId": f"trace-{number}", "projectId": "p", "type": type, "name": "answer", "level": "DEFAULT",
        "startTime": instant(number), "endTime": instant(number), "completionStartTime": None, "parentObservationId": None,
        "providedModelName": "gpt-4o", "internalModelId": "m", "modelParameters": {}, "usageDetails": usage, "inputPrice": "0.0000025",
        "costDetails": {"total": 0.001 * (number + 1)}, "totalCost": 0.001 * (number + 1), "environment": "prod", "latency": 0.9,
        "input": "Hello", "output": "Hi", "metadata": {}, "tags": [],
    }  # fmt: skip


def score(number: int) -> Answer:
    return {
        "id": f"score-{number}", "projectId": "p", "name": "helpful", "value": 0.5, "dataType": "NUMERIC", "source": "API",
        "timestamp": instant(number), "createdAt": instant(number), "updatedAt": instant(number), "environment": "prod",
        "subject": {"kind": "observation", "id": f"obs-{number}", "traceId": f"trace-{number}"},
    }  # fmt: skip


def helicone(records: list[Answer]) -> Routes:
    def query(call: Call) -> Answer:
        bounds = [call.body["filter"][side]["request_response_rmt"]["request_created_at"] for side in ("left", "right")]
        found = [one for one in records if within(one["request_created_at"], bounds[0]["gte"], bounds[1]["lt"])]
        start = call.body["offset"]
        return {"data": found[start : start + call.body["limit"]], "error": None}

    return {"/v1/request/query-clickhouse": query}


def helicone_row(number: int) -> Answer:
    return {
        "response_id": f"r-{number}", "response_created_at": instant(number), "response_status": 200, "response_model": "gpt-4o",
        "request_id": f"req-{number}", "request_created_at": instant(number), "request_model": "gpt-4o", "model_override": None,
        "provider": "OPENAI", "delay_ms": 900, "time_to_first_token": 300, "total_tokens": 110 + number, "prompt_tokens": 100 + number,
        "prompt_cache_write_tokens": 0, "prompt_cache_read_tokens": 0, "completion_tokens": 10, "request_user_id": "u",
        "request_properties": {"team": "growth"}, "scores": {}, "costUSD": 0.001 * (number + 1), "cache_enabled": False,
    }  # fmt: skip


def phoenix(records: list[Answer]) -> Routes:
    def spans(call: Call) -> Answer:
        found = [one for one in records if within(one["start_time"], call.one("start_time"), call.one("end_time"))]
        rows, cursor = by_cursor(found[::-1], int(call.one("limit")), call.one("cursor"))
        return {"data": rows, "next_cursor": cursor}

    return {"/v1/projects/default/spans": spans}


def span(number: int, kind: str = "LLM") -> Answer:
    attributes = {"llm.model_name": "gpt-4o", "llm.token_count.prompt": 100 + number, "llm.token_count.completion": 10}
    return {
        "id": f"S{number}", "name": "chat", "context": {"trace_id": f"{number:032x}", "span_id": f"{number:016x}"},
        "span_kind": kind, "parent_id": None, "start_time": instant(number), "end_time": instant(number), "status_code": "OK",
        "status_message": "", "attributes": attributes | {"llm.cost.total": 0.001 * (number + 1)}, "events": [],
    }  # fmt: skip


def mlflow(records: list[Answer]) -> Routes:
    def search(call: Call) -> Answer:
        (place,) = call.body["locations"]
        assert place["mlflow_experiment"]["experiment_id"] == "7"
        rows, token = by_cursor([one["trace_info"] for one in records], call.body["max_results"], call.body.get("page_token", ""))  # fmt: skip
        return {"traces": rows} | ({"next_page_token": token} if token else {})

    def whole(call: Call) -> Answer:
        return {"traces": [one for one in records if one["trace_info"]["trace_id"] in call.query["trace_ids"]]}

    def artifact(call: Call) -> Answer | Trouble:
        (wanted,) = (one for one in records if one["trace_info"]["trace_id"] == call.one("request_id"))
        spans = wanted.get("artifact", [] if _in_store(wanted) else wanted["spans"])
        return {"spans": spans} if spans else Trouble(404, body=b'{"error_code": "RESOURCE_DOES_NOT_EXIST"}')

    return {
        "/ajax-api/2.0/mlflow/get-trace-artifact": artifact,
        "/api/2.0/mlflow/experiments/get-by-name": lambda call: {"experiment": {"experiment_id": "7", "name": "shop"}},
        "/api/3.0/mlflow/traces/search": search,
        "/api/3.0/mlflow/traces/batchGet": whole,
    }


def _in_store(record: Answer) -> bool:
    return "TRACKING_STORE" in record["trace_info"]["tags"].values()


def trace(number: int) -> Answer:
    def pairs(values: dict[str, Answer]) -> list[Answer]:
        return [{"key": key, "value": value} for key, value in values.items()]

    used = {"input_tokens": {"int_value": 100 + number}, "output_tokens": {"int_value": 10}}
    attributes = {
        "mlflow.spanType": {"string_value": "LLM"},
        "mlflow.llm.model": {"string_value": "gpt-4o"},
        "mlflow.chat.tokenUsage": {"kvlist_value": {"values": pairs(used)}},
        "mlflow.llm.cost": {"kvlist_value": {"values": pairs({"total_cost": {"double_value": 0.001 * (number + 1)}})}},
        "mlflow.spanOutputs": {"array_value": {"values": [{"int_value": 1}, {}, {"string_value": "x"}]}},
    }
    start = 1_790_000_000_000_000_000 + number * 60_000_000_000
    call = {
        "trace_id": "AAAA", "span_id": f"span{number}", "name": "call", "start_time_unix_nano": start,
        "end_time_unix_nano": start + 900_000_000, "attributes": pairs(attributes), "status": {"code": "STATUS_CODE_OK"},
    }  # fmt: skip
    info = {
        "trace_id": f"tr-{number}",
        "request_time": instant(number),
        "state": "OK",
        "trace_metadata": {},
        "tags": {"mlflow.trace.spansLocation": "TRACKING_STORE"},
    }
    return {"trace_info": info, "spans": [call]}


def openai(days: list[Answer]) -> Routes:
    def costs(call: Call) -> Answer:
        found = [one for one in days if int(call.one("start_time")) <= one["start_time"] < int(call.one("end_time"))]
        rows, cursor = by_cursor(found, int(call.one("limit")), call.one("page"))
        return {"object": "page", "data": rows, "has_more": cursor is not None, "next_page": cursor}

    return {"/v1/organization/costs": costs}


def anthropic(days: list[Answer]) -> Routes:
    def costs(call: Call) -> Answer:
        assert call.headers["anthropic-version"]
        found = [one for one in days if within(one["starting_at"], call.one("starting_at"), call.one("ending_at"))]
        rows, cursor = by_cursor(found, int(call.one("limit")), call.one("page"))
        return {"data": rows, "has_more": cursor is not None, "next_page": cursor}

    return {"/v1/organizations/cost_report": costs}


def openrouter(days: list[Answer]) -> Routes:
    return {"/api/v1/activity": lambda call: {"data": days}}
