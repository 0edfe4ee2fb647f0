"""Every client against its documented schema: all pages once, nothing twice, nothing lost, and clear words when it fails."""

import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from analytics.errors import SourceError
from analytics.sources import last_syncs, sync_sources
from analytics.sources import sync as engine
from analytics.sources.api import Limits
from analytics.sources.cursor import Counts
from analytics.store import open_store
from tests.sources import replies
from tests.sources.conftest import QUICK, Serve, Sync
from tests.sources.server import Trouble, instant

Make = Callable[[int], dict[str, Any]]
REQUESTS: dict[str, tuple[Callable[..., replies.Routes], Make]] = {
    "litellm": (replies.litellm, replies.spend_log),
    "langfuse": (lambda records: replies.langfuse(records, []), replies.observation),
    "helicone": (replies.helicone, replies.helicone_row),
    "phoenix": (replies.phoenix, replies.span),
    "mlflow": (replies.mlflow, replies.trace),
}


def loaded(database: Path) -> tuple[int, int, int, float]:
    """Requests, their tokens in and out, their cost."""
    row = open_store(database).rows("SELECT count(*), sum(input_tokens), sum(output_tokens), sum(cost_usd) FROM requests")[0]  # fmt: skip
    return int(row[0]), int(row[1]), int(row[2]), float(row[3])


def expected(count: int) -> tuple[int, int, int, Any]:
    """The same for records 0 ... count - 1, by hand."""
    tokens = 100 * count + count * (count - 1) // 2
    return count, tokens, 10 * count, pytest.approx(0.001 * count * (count + 1) / 2)


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize(("count", "size"), [(7, 3), (6, 3), (1, 3)])
def test_every_page_is_loaded_once(kind: str, count: int, size: int, serve: Serve, sync: Sync, database: Path) -> None:
    routes, make = REQUESTS[kind]
    server = serve(routes([make(number) for number in range(count)]))
    first = sync(kind, server.url, page_size=size)
    assert first.error is None
    assert (first.counts.read, first.counts.loaded) == (count, count)
    assert loaded(database) == expected(count)
    assert all("authorization" in call.headers for call in server.calls)
    version = open_store(database).rows("SELECT count(*) FROM segments")
    again = sync(kind, server.url, page_size=size)
    assert (again.error, again.counts.loaded, again.counts.rejected) == (None, 0, 0)
    assert loaded(database) == expected(count)
    assert open_store(database).rows("SELECT count(*) FROM segments") == version
    assert open_store(database).rows("SELECT count(*) FROM loads") == [(1,)]


def test_only_what_is_new_is_read_and_late_rows_are_found(serve: Serve, sync: Sync, database: Path) -> None:
    records = [replies.spend_log(number) for number in range(100)]
    server = serve(replies.litellm(records))
    assert sync("litellm", server.url).counts.loaded == 100
    late = replies.spend_log(29 * 60) | {"request_id": "late"}  # began an hour before the first sync ended
    records.append(late)
    found = sync("litellm", server.url, overlap_minutes=90)
    assert (found.counts.read, found.counts.loaded) == (1, 1)
    assert server.calls[-1].one("start_date") > instant(100).replace("T", " ")


@pytest.mark.parametrize("kind", REQUESTS)
@pytest.mark.parametrize("survived", [0, 1, 2])
def test_a_crash_between_pages_loses_nothing(
    kind: str, survived: int, serve: Serve, sync: Sync, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes, make = REQUESTS[kind]
    server = serve(routes([make(number) for number in range(8)]))
    monkeypatch.setattr(engine, "BATCH_RECORDS", 2)
    loads = engine._load
    done: list[int] = []

    def crash(*arguments: Any) -> None:
        if len(done) == survived:
            raise MemoryError
        loads(*arguments)
        done.append(1)

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_load", crash)
        with pytest.raises(MemoryError):
            sync(kind, server.url, page_size=2)
    after = len(server.calls)
    result = sync(kind, server.url, page_size=2)
    assert (result.error, result.counts.loaded) == (None, 8 - 2 * survived)
    assert loaded(database) == expected(8)
    pages = [call for call in server.calls[after:] if "get-by-name" not in call.path and "batchGet" not in call.path]
    # It goes on where it stopped; Helicone does not say which page is the last, so that one more is asked for.
    assert len([call for call in pages if "scores" not in call.path]) == 4 - survived + (kind == "helicone")


def test_a_sync_that_stops_at_its_page_limit_goes_on_from_there(serve: Serve, sync: Sync, database: Path) -> None:
    server = serve(replies.litellm([replies.spend_log(number) for number in range(6)]))
    for _ in range(3):
        assert sync("litellm", server.url, page_size=2, max_pages=1).counts == Counts(1, 2, 2, 0, 0)
    assert loaded(database) == expected(6)


def test_a_place_that_the_server_forgot_starts_the_window_again(serve: Serve, sync: Sync, database: Path) -> None:
    server = serve(replies.phoenix([replies.span(number) for number in range(6)]))
    sync("phoenix", server.url, page_size=2, max_pages=1)
    server.troubles.append(Trouble(422))
    result = sync("phoenix", server.url, page_size=2)
    assert (result.error, result.counts.loaded, result.counts.duplicates) == (None, 4, 2)
    assert loaded(database) == expected(6)


def test_another_server_under_the_same_name_is_read_from_its_beginning(
    serve: Serve, sync: Sync, database: Path
) -> None:
    assert sync("litellm", serve(replies.litellm([replies.spend_log(0)])).url).counts.loaded == 1
    other = serve(replies.litellm([replies.spend_log(0), replies.spend_log(1)]))
    assert sync("litellm", other.url).counts.loaded == 1


def test_what_is_no_model_call_is_left_out(serve: Serve, sync: Sync, database: Path) -> None:
    """Pages without any call do not stop a sync, and only the calls count."""
    spans = [replies.span(number, "LLM" if number < 2 else "CHAIN") for number in range(6)]
    assert sync("phoenix", serve(replies.phoenix(spans)).url, page_size=2).counts == Counts(3, 2, 2, 0, 0)
    assert loaded(database) == expected(2)
    only_chains = serve(replies.phoenix(spans[2:]))
    assert sync("phoenix", only_chains.url).counts == Counts(1, 0, 0, 0, 0)


def test_mlflow_traces_among_the_artifacts_are_fetched_one_by_one(serve: Serve, sync: Sync, database: Path) -> None:
    records = [replies.trace(number) for number in range(4)]
    for number, tags in ((1, {"mlflow.trace.spansLocation": "ARTIFACT_REPO"}), (3, {})):
        records[number]["trace_info"]["tags"] = tags
        records[number]["spans"][0]["attributes"] = stored_texts(number)
    server = serve(replies.mlflow(records))
    assert sync("mlflow", server.url).counts == Counts(1, 4, 4, 0, 0)
    assert loaded(database) == expected(4)
    assert [call.one("request_id") for call in server.calls if "artifact" in call.path] == ["tr-1", "tr-3"]


def stored_texts(number: int) -> dict[str, str]:
    """Attributes of `replies.trace` as they lie among the artifacts."""
    return {
        "mlflow.spanType": '"LLM"', "mlflow.llm.model": '"gpt-4o"', "mlflow.llm.cost": f'{{"total_cost": {0.001 * (number + 1)}}}',
        "mlflow.chat.tokenUsage": f'{{"input_tokens": {100 + number}, "output_tokens": 10}}',
    }  # fmt: skip


def test_spans_that_mlflow_lacks_are_said(serve: Serve, sync: Sync, database: Path) -> None:
    """0 whole, 1 gone from the artifacts, 2 with one span of two, 3 whole among the artifacts only, 4 still going on."""
    records = [replies.trace(number) for number in range(5)]
    for number, spans in ((0, 1), (2, 2), (3, 1)):
        sizes = json.dumps({"num_spans": spans, "total_size_bytes": 900})
        records[number]["trace_info"]["trace_metadata"] = {"mlflow.trace.sizeStats": sizes}
    records[1]["trace_info"]["tags"] = {}
    records[1]["spans"] = []
    records[3]["artifact"] = [records[3]["spans"][0] | {"attributes": stored_texts(3)}]
    records[3]["spans"] = []
    records[4]["trace_info"]["state"] = "IN_PROGRESS"
    records[4]["spans"] = []
    server = serve(replies.mlflow(records))
    result = sync("mlflow", server.url, page_size=3)
    assert (result.error, result.counts.loaded, result.incomplete) == (None, 3, 2)
    assert result.examples == ("trace tr-1 has no spans", "trace tr-2 has 1 of 2 spans")
    assert "2 records are incomplete at the source" in str(result.warning)
    records[1]["artifact"] = [replies.trace(1)["spans"][0] | {"attributes": stored_texts(1)}]  # it came later
    again = sync("mlflow", server.url, overlap_minutes=60 * 48)
    assert (again.counts.loaded, again.examples) == (1, ("trace tr-2 has 1 of 2 spans",))
    assert open_store(database).rows("SELECT sum(input_tokens) FROM requests") == [(406,)]


def test_langfuse_scores_attach_to_the_requests(serve: Serve, sync: Sync, database: Path) -> None:
    observations = [replies.observation(number) for number in range(5)] + [replies.observation(5, "SPAN")]
    scores = [replies.score(number) for number in range(3)] + [replies.score(99)]
    server = serve(replies.langfuse(observations, scores))
    result = sync("langfuse", server.url, page_size=2)
    assert result.error is None
    assert result.counts == Counts(3 + 2, 5 + 4, 5 + 3, 0, 1)  # the score of an unknown request is refused
    assert open_store(database).rows("SELECT count(*), sum(quality) FROM scored_requests") == [(3, 1.5)]
    again = sync("langfuse", server.url, page_size=2, overlap_minutes=60 * 48)
    assert (again.counts.loaded, again.counts.rejected, again.counts.duplicates) == (0, 0, 9)
    assert open_store(database).rows("SELECT count(*) FROM rejections") == [(1,)]
    assert [one.stream for one in last_syncs(open_store(database), "gateway")] == ["requests", "scores"]


def test_schema_drift(serve: Serve, sync: Sync, database: Path) -> None:
    """Unknown fields do nothing, missing ones cost their row at most, and rows of which nothing is known are refused."""
    known = [replies.spend_log(number) | {"new_field": {"deep": [number]}} for number in range(3)]
    lacking = {name: value for name, value in replies.spend_log(3).items() if name not in ("metadata", "model_group")}
    broken = replies.spend_log(4) | {"prompt_tokens": "many"}
    server = serve(replies.litellm([*known, lacking, broken]))
    result = sync("litellm", server.url)
    assert result.counts == Counts(1, 5, 4, 0, 1)
    assert loaded(database) == expected(4)
    again = sync("litellm", server.url, overlap_minutes=60 * 48)
    assert again.counts == Counts(1, 5, 0, 5, 0)  # refused once is enough
    strange = serve({"/spend/logs/v2": lambda call: {"data": [{"id": 1}], "total_pages": 1}})
    assert "litellm-spend" in str(sync("litellm", strange.url).error)
    renamed = serve({"/spend/logs/v2": lambda call: {"rows": []}})
    assert "no list 'data'" in str(sync("litellm", renamed.url).error)
    assert loaded(database) == expected(4)


def test_a_record_that_is_too_long_is_refused_alone(
    serve: Serve, sync: Sync, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MAX_LINE_BYTES", 5_000)
    records = [replies.span(0), replies.span(1), replies.span(2)]
    records[1]["attributes"]["input.value"] = "x" * 6_000
    assert sync("phoenix", serve(replies.phoenix(records)).url).counts == Counts(1, 3, 2, 0, 1)


def test_429_waits_as_long_as_asked(serve: Serve, sync: Sync) -> None:
    server = serve(replies.litellm([replies.spend_log(0)]))
    server.troubles += [Trouble(429, {"retry-after": "1"})]
    started = time.monotonic()
    assert sync("litellm", server.url).counts.loaded == 1
    assert 1.0 <= time.monotonic() - started < 5.0
    assert len(server.calls) == 2


def test_a_retry_after_beyond_reason_is_told_not_waited(serve: Serve, sync: Sync) -> None:
    server = serve(replies.litellm([]))
    server.troubles += [Trouble(429, {"retry-after": "7200"})]
    assert "come back in 7,200 s" in str(sync("litellm", server.url).error)
    assert len(server.calls) == 1


@pytest.mark.parametrize("trouble", [Trouble(500), Trouble(503), Trouble(429), Trouble(cut=True), Trouble(body=b'{"da', cut=True)])  # fmt: skip
def test_what_passes_is_tried_again(trouble: Trouble, serve: Serve, sync: Sync) -> None:
    server = serve(replies.litellm([replies.spend_log(0)]))
    server.troubles += [trouble, trouble]
    result = sync("litellm", server.url)
    assert (result.error, result.counts.loaded, len(server.calls)) == (None, 1, 3)
    server.troubles += [trouble] * 3
    assert sync("litellm", server.url).error is not None
    assert len(server.calls) == 6


@pytest.mark.parametrize(
    ("trouble", "said", "calls"),
    [
        (Trouble(401), "refuses the key (HTTP 401)", 1),
        (Trouble(400, body=b"bad end_date"), "HTTP 400: bad end_date", 1),
        (Trouble(body=b"<html>"), "no JSON", 1),
        (Trouble(body=b"[1]"), "no JSON object", 1),
        (Trouble(body=b"[" * 100_000), "no JSON", 1),
        (Trouble(302, {"location": "http://other.example/logs"}), "redirects to another address", 1),
        (Trouble(307, {"location": "/spend/logs/v2"}), "redirects again and again", 4),
        (Trouble(body=b" " * (3 << 20)), "more than 2 MB", 1),
        (Trouble(body=b"{}" + b" " * (3 << 20), slow_seconds=0.4), "did not answer within 0.5 s", 3),
        (Trouble(headers={"content-encoding": "gzip"}), "cannot be decompressed", 1),
    ],
)
def test_what_does_not_pass_is_said_in_a_sentence(
    trouble: Trouble, said: str, calls: int, serve: Serve, sync: Sync, database: Path
) -> None:
    server = serve(replies.litellm([replies.spend_log(0)]))
    server.troubles += [trouble] * 10
    result = sync("litellm", server.url, Limits(answer_bytes=2 << 20, call_seconds=0.5, attempts=3, first_wait=0.01))
    assert said in str(result.error)
    assert len(server.calls) == calls
    assert not database.exists()


def test_a_redirect_within_the_server_is_followed(serve: Serve, sync: Sync) -> None:
    server = serve(replies.litellm([replies.spend_log(0)]))
    logs = server.routes["/spend/logs/v2"]
    server.routes["/moved"] = lambda call: logs(server.calls[0])
    server.troubles.append(Trouble(302, {"location": "/moved"}))
    assert sync("litellm", server.url).counts.loaded == 1


def test_a_name_with_several_addresses_is_called_where_it_listens(
    serve: Serve, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(replies.litellm([replies.spend_log(0)]))
    port = int(server.url.rsplit(":", 1)[1])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.2", "127.0.0.1")]
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: found if host == "two.example" else real(host, *rest, **more)
    )
    assert sync("litellm", f"http://two.example:{port}").counts.loaded == 1
    assert server.calls[0].headers["host"] == f"two.example:{port}"


def test_a_server_that_is_down_is_named(sync: Sync, serve: Serve) -> None:
    assert "127.0.0.1:1/spend/logs/v2 cannot be reached" in str(sync("litellm", "http://127.0.0.1:1").error)


def test_the_same_page_again_and_again_ends(serve: Serve, sync: Sync) -> None:
    server = serve({"/v1/projects/default/spans": lambda call: {"data": [replies.span(0)], "next_cursor": "7"}})
    assert "the same page" in str(sync("phoenix", server.url).error)


def test_one_sync_at_a_time(serve: Serve, sync: Sync, database: Path) -> None:
    server = serve({})

    def meanwhile(call: Any) -> dict[str, Any]:
        with pytest.raises(SourceError, match="Another sync"):
            sync_sources(database, limits=QUICK)
        return {"data": [], "total_pages": 0}

    server.routes["/spend/logs/v2"] = meanwhile
    assert sync("litellm", server.url).error is None
    assert len(server.calls) == 1


def test_a_source_that_fails_does_not_keep_the_others_from_theirs(
    serve: Serve, database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from analytics.cli import main
    from analytics.sources import Source, save_sources

    server = serve(replies.phoenix([replies.span(0)]))
    monkeypatch.setenv("ROUTECAST_ALLOW_PRIVATE", "1")
    monkeypatch.delenv("LITELLM_KEY", raising=False)
    save_sources(database, (Source("one", "litellm", server.url, "LITELLM_KEY"), Source("two", "phoenix", server.url)))
    assert main(["sync", "--json", "--db", str(database)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["failed"] == 1
    one, two = found["sources"]
    assert "LITELLM_KEY is not set" in one["error"]
    assert {key: two[key] for key in ("read", "loaded", "duplicates", "rejected", "pages", "error")} == {
        "read": 1, "loaded": 1, "duplicates": 0, "rejected": 0, "pages": 1, "error": None,
    }  # fmt: skip
    assert two["cursor"] is not None
    assert main(["sync", "two", "--db", str(database)]) == 0
    assert main(["sync", "three", "--db", str(database)]) == 1
