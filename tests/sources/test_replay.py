"""Every client against a server that replays its service's documented answers, whole and damaged: the same table for all."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import analytics.sources.sync as engine
from analytics.logs import load_log
from analytics.sources.api import Limits
from analytics.sources.cursor import Counts
from analytics.store import open_store
from tests.conftest import WriteCsv
from tests.sources import replies
from tests.sources.conftest import Serve, Sync
from tests.sources.server import Answer, Replay, Trouble
from tests.sources.test_costs import openrouter_days
from tests.sources.test_sync import REQUESTS, expected, loaded

Change = Callable[[Answer], object]
LOGS = ("litellm", "langfuse", "helicone", "phoenix", "mlflow")
# What leaves a record without its tokens of the prompt or of the answer, and where the time is that it began.
TOKENS: dict[str, tuple[Change, Change]] = {
    "litellm": (lambda one: one.pop("prompt_tokens"), lambda one: one.pop("completion_tokens")),
    "langfuse": (lambda one: one["usageDetails"].update(input=None, total=None), lambda one: one.pop("usageDetails")),
    "helicone": (lambda one: one.pop("prompt_tokens"), lambda one: one.pop("completion_tokens")),
    "phoenix": (
        lambda one: one["attributes"].pop("llm.token_count.prompt"),
        lambda one: one["attributes"].pop("llm.token_count.completion"),
    ),
    "mlflow": (lambda one: _tokens_of(one).pop(0), lambda one: _tokens_of(one).pop(1)),
}
TIMES: dict[str, tuple[str, ...]] = {
    "litellm": ("startTime",), "langfuse": ("startTime",), "helicone": ("request_created_at",), "phoenix": ("start_time",),
    "mlflow": ("spans", "start_time_unix_nano"),
}  # fmt: skip


def _tokens_of(trace: Answer) -> list[Answer]:
    usage = next(one for one in trace["spans"][0]["attributes"] if one["key"] == "mlflow.chat.tokenUsage")
    found: list[Answer] = usage["value"]["kvlist_value"]["values"]
    return found


def _holder(kind: str, record: Answer) -> Answer:
    """Where a record keeps its time."""
    held: Answer = record["spans"][0] if kind == "mlflow" else record
    return held


def replayed(kind: str, serve: Serve, count: int, change: Change | None = None, which: int = 1) -> Replay:
    """A server with so many records, one of them changed."""
    routes, make = REQUESTS[kind]
    records = [make(number) for number in range(count)]
    if change:
        # What is asked for is what the server's own index says, not the damaged record.
        whole = [make(number) for number in range(count)]
        change(records[which])
        return _indexed(serve(routes(whole)), whole[which], records[which])
    return serve(routes(records))


def _indexed(server: Replay, old: Answer, new: Answer) -> Replay:
    """Replace a record in every answer of the server."""

    def through(route: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda call: _swapped(route(call), old, new)

    server.routes = {path: through(route) for path, route in server.routes.items()}
    return server


def _swapped(answer: Any, old: Answer, new: Answer) -> Any:
    if answer == old:
        return new
    if isinstance(answer, dict):
        return {key: _swapped(value, old, new) for key, value in answer.items()}
    return [_swapped(one, old, new) for one in answer] if isinstance(answer, list) else answer


@pytest.mark.parametrize("kind", LOGS)
def test_429_and_5xx_between_pages(kind: str, serve: Serve, sync: Sync, database: Path) -> None:
    server = replayed(kind, serve, 5)
    passing = [Trouble(429, {"retry-after": "0"}), Trouble(502)]

    def troubled(route: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda call: passing.pop() if passing and _last(kind, call) else route(call)

    server.routes = {path: troubled(route) for path, route in server.routes.items()}
    server.troubles += [Trouble(503), Trouble(429)]
    result = sync(kind, server.url, page_size=2)
    assert (result.error, result.counts.loaded) == (None, 5)
    assert loaded(database) == expected(5)
    assert passing == []


@pytest.mark.parametrize("kind", LOGS)
def test_a_field_more_does_nothing(kind: str, serve: Serve, sync: Sync, database: Path) -> None:
    def more(one: Answer) -> None:
        one |= {"brand_new": {"deep": [1, None]}, "another": "x"}

    counts = sync(kind, replayed(kind, serve, 3, more).url).counts
    assert (counts.read, counts.loaded, counts.rejected) == (3, 3, 0)
    assert loaded(database) == expected(3)


@pytest.mark.parametrize("kind", LOGS)
@pytest.mark.parametrize("how", ["missing", "null", "renamed", "a text"])
def test_a_call_whose_time_cannot_be_read_is_refused(
    kind: str, how: str, serve: Serve, sync: Sync, database: Path
) -> None:
    """It is refused with its reason, and the others are loaded."""

    def change(one: Answer) -> None:
        held, name = _holder(kind, one), TIMES[kind][-1]
        value = held.pop(name)
        held |= {"null": {name: None}, "renamed": {"began": value}, "a text": {name: "yesterday"}}.get(how, {})

    result = sync(kind, replayed(kind, serve, 3, change).url)
    assert (result.error, result.counts.loaded, result.counts.rejected) == (None, 2, 1)
    ((reason,),) = open_store(database).rows("SELECT reason FROM rejections")
    assert "timestamp" in reason
    tokens = open_store(database).rows("SELECT sum(input_tokens) FROM requests")[0][0]
    assert tokens == 100 + 102


@pytest.mark.parametrize("kind", LOGS)
@pytest.mark.parametrize("side", [0, 1])
def test_tokens_that_are_not_told_are_not_zero(kind: str, side: int, serve: Serve, sync: Sync, database: Path) -> None:
    """A count that goes by another name must not become a call of no tokens."""
    result = sync(kind, replayed(kind, serve, 3, TOKENS[kind][side]).url)
    assert result.error is None
    assert (result.counts.loaded, result.counts.rejected) == (2, 1)
    assert open_store(database).rows("SELECT min(input_tokens), sum(input_tokens) FROM requests") == [(100, 202)]
    assert "put_tokens is missing" in open_store(database).rows("SELECT reason FROM rejections")[0][0]


@pytest.mark.parametrize("gone", ["input", "output"])
def test_langfuse_s_total_tells_the_other_side(gone: str, serve: Serve, sync: Sync, database: Path) -> None:
    def rename(one: Answer) -> None:
        one["usageDetails"]["tokens"] = one["usageDetails"].pop(gone)

    assert sync("langfuse", replayed("langfuse", serve, 3, rename).url).counts.loaded == 3
    assert loaded(database) == expected(3)


@pytest.mark.parametrize("kind", LOGS)
def test_a_page_that_is_html_keeps_those_before_it(kind: str, serve: Serve, sync: Sync, database: Path) -> None:
    server = replayed(kind, serve, 6)
    whole = dict(server.routes)

    def page_of(route: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda call: Trouble(body=b"<html>502</html>") if _last(kind, call) else route(call)

    server.routes = {path: page_of(route) for path, route in whole.items()}
    result = sync(kind, server.url, page_size=2)
    assert "answered with no JSON" in str(result.error)
    assert (result.counts.pages, result.counts.loaded) == (2, 4)
    server.routes = whole
    again = sync(kind, server.url, page_size=2)
    assert (again.error, again.counts.loaded, again.counts.duplicates) == (None, 2, 0)
    assert loaded(database) == expected(6)


def _last(kind: str, call: Any) -> bool:
    """Whether a call asks for the third page of two."""
    asked = call.one("page") or call.one("cursor") or call.body.get("page_token") or call.body.get("offset")
    return str(asked) == ("3" if kind == "litellm" else "4") and "scores" not in call.path


@pytest.mark.parametrize("kind", ["langfuse", "phoenix", "mlflow"])
def test_cursors_in_a_circle_end(kind: str, serve: Serve, sync: Sync) -> None:
    """b, c, b, c, ...: no page repeats the one before."""
    server = replayed(kind, serve, 8)

    def circle(route: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def answer(call: Any) -> Any:
            found = route(call)
            following = "2" if (call.one("cursor") or call.body.get("page_token")) == "4" else "4"
            for holder, name in ((found, "next_cursor"), (found.get("meta"), "cursor"), (found, "next_page_token")):
                if isinstance(holder, dict) and name in holder:
                    holder[name] = following
            return found

        return answer

    server.routes = {path: circle(route) for path, route in server.routes.items()}
    result = sync(kind, server.url, page_size=2, max_pages=50)
    assert "the same page of requests again and again" in str(result.error)
    assert result.counts.pages <= 3


def test_an_offset_that_is_not_heard_ends(serve: Serve, sync: Sync) -> None:
    rows = [replies.helicone_row(number) for number in range(2)]
    server = serve({"/v1/request/query-clickhouse": lambda call: {"data": rows, "error": None}})
    result = sync("helicone", server.url, page_size=2, max_pages=50)
    assert "the same page of requests again and again" in str(result.error)
    assert (result.counts.pages, result.counts.loaded) == (1, 2)


@pytest.mark.parametrize("kind", LOGS)
def test_a_page_beyond_the_bound_asks_for_smaller_ones(kind: str, serve: Serve, sync: Sync, database: Path) -> None:
    server = replayed(kind, serve, 40)
    limits = Limits(answer_bytes=9_000, call_seconds=2.0, attempts=2, first_wait=0.01)
    result = sync(kind, server.url, limits, page_size=40)
    assert "set a smaller page_size" in str(result.error)
    again = sync(kind, server.url, limits, page_size=4)
    assert (again.error, again.counts.loaded) == (None, 40)
    assert loaded(database) == expected(40)


def test_another_page_size_on_the_way_skips_nothing(serve: Serve, sync: Sync, database: Path) -> None:
    """LiteLLM numbers its pages: two pages of two are no page of five."""
    server = replayed("litellm", serve, 12)
    for size in (2, 5, 3, 100):
        sync("litellm", server.url, page_size=size, max_pages=1)
    assert loaded(database) == expected(12)


@pytest.mark.parametrize("kind", [kind for kind in LOGS if kind != "mlflow"])  # whose replies are not by time
@pytest.mark.parametrize("ahead", [timedelta(hours=-3), timedelta(hours=3)])
def test_clocks_that_disagree_leave_no_gap(
    kind: str, ahead: timedelta, serve: Serve, sync: Sync, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source's clock is three hours off; after a sync it stamps another call with the time that it has."""
    routes, make = REQUESTS[kind]
    records = [make(number) for number in range(2)]
    server = serve(routes(records))
    server.ahead = ahead
    assert sync(kind, server.url).counts.loaded == 2
    minute = 30 * 60 + int(ahead.total_seconds() // 60)  # the replies begin 30 hours ago
    name = TIMES[kind][-1]
    records.append(make(2) | {name: make(minute)[name]})
    later = datetime.now(UTC) + timedelta(hours=4)
    monkeypatch.setattr(engine, "datetime", SimpleNamespace(now=lambda zone: later))
    assert sync(kind, server.url, overlap_minutes=10).counts.loaded == 1


def test_openrouter_costs_under_the_same_troubles(
    serve: Serve, sync: Sync, database: Path, write_csv: WriteCsv
) -> None:
    """429, 5xx and drift: a day that cannot be read is refused or said, never counted as nothing."""
    days = openrouter_days()
    load_log(database, write_csv(f"a,{days[0]['date']}T00:00:00Z,gpt-4o,10,5"))
    server = serve(replies.openrouter(days))
    server.troubles += [Trouble(429, {"retry-after": "0"}), Trouble(500)]
    start = datetime.fromisoformat(days[0]["date"]).date().replace(day=1)
    assert sync("openrouter", server.url, start=start).counts == Counts(1, 10, 10)
    for trouble, said in (
        (Trouble(body=b"<html>"), "no JSON"),
        (Trouble(body=b'{"rows": []}'), "no list 'data'"),
        (Trouble(body=b" " * 9_000), "page_size"),
        (Trouble(403), "refuses the key"),
    ):
        server.troubles.append(trouble)
        limits = Limits(answer_bytes=8_000, call_seconds=2.0, attempts=2, first_wait=0.01)
        assert said in str(sync("openrouter", server.url, limits).error)
    total = open_store(database).rows("SELECT sum(amount_usd) FROM invoices")
    assert total == [(pytest.approx(15.0),)]
    days[-1] = {key: value for key, value in days[-1].items() if key != "usage"} | {"new": 1}
    drifted = sync("openrouter", server.url)
    assert drifted.error is not None or drifted.counts.rejected == 1
    assert open_store(database).rows("SELECT sum(amount_usd) FROM invoices") == total
