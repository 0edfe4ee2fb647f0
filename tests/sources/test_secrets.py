"""A key that is set in the environment appears nowhere but in the request it belongs to."""

import base64
import json
import logging
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest

from analytics.cli import main
from analytics.errors import SourceError
from analytics.sources import Source, save_sources, sync_sources
from analytics.waiting import wait_for
from tests.sources import replies
from tests.sources.conftest import KEY, QUICK, Serve
from tests.sources.server import Call, Trouble

FORMS = [KEY, quote(KEY, safe=""), base64.b64encode(f"public:{KEY}".encode()).decode(), base64.b64encode(KEY.encode()).decode()]  # fmt: skip


def assert_clean(text: str | bytes) -> None:
    """None of the forms a key takes is in the text."""
    content = text if isinstance(text, bytes) else text.encode()
    for form in FORMS:
        assert form.encode() not in content
        assert json.dumps(form)[1:-1].encode() not in content


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LITELLM_KEY", "LANGFUSE_KEY", "MLFLOW_KEY"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("LANGFUSE_USER", "public")
    monkeypatch.setenv("MLFLOW_USER", "public")
    monkeypatch.setenv("ROUTECAST_ALLOW_PRIVATE", "1")


def test_a_key_appears_nowhere(
    planted: None, serve: Serve, database: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """The gateways echo it in records, headers and errors; every log is written at its most talkative."""
    caplog.set_level(logging.DEBUG)

    def echo(call: Call) -> dict[str, object]:
        heard = call.headers["authorization"]
        good = replies.spend_log(0) | {"end_user": heard, "metadata": {"heard": [heard, KEY]}, "request_tags": [f"task:{KEY}"]}  # fmt: skip
        bad = replies.spend_log(1) | {"prompt_tokens": heard, "end_user": KEY}
        return {"data": [good, bad], "total_pages": 1}

    gateway = serve({"/spend/logs/v2": echo})
    gateway.troubles.append(Trouble(503, body=KEY.encode()))
    broken = serve({})
    refusal = f"bad key {KEY}, Basic {FORMS[2]}, {quote(KEY, safe='')}".encode()
    broken.troubles += [Trouble(400, {"x-heard": KEY}, refusal)] * 9
    save_sources(
        database,
        (
            Source("one", "litellm", gateway.url, "LITELLM_KEY"),
            Source("two", "langfuse", broken.url, "LANGFUSE_KEY", "LANGFUSE_USER"),
            Source("three", "mlflow", broken.url, "MLFLOW_KEY", "MLFLOW_USER", project="7"),
        ),
    )
    results = sync_sources(database, limits=QUICK)
    assert [one.error is None for one in results] == [True, False, False]
    assert (results[0].counts.loaded, results[0].counts.rejected) == (1, 1)
    assert gateway.calls[0].headers["authorization"] == f"Bearer {KEY}"
    assert broken.calls[0].headers["authorization"] == f"Basic {FORMS[2]}"
    assert "(hidden)" in str(results[1].error)
    assert main(["sync", "--json", "--db", str(database)]) == 1
    assert main(["sync", "--db", str(database)]) == 1
    assert_clean(repr(results))
    for stream in capsys.readouterr():
        assert_clean(stream)
    for record in caplog.records:
        assert_clean(record.getMessage() + repr(record.__dict__))
    files = [file for file in database.parent.rglob("*") if file.is_file()]
    assert any(file.suffix == ".parquet" for file in files)
    for file in files:
        assert_clean(file.read_bytes())
    from analytics.store import open_store

    # Parquet is compressed: what is in it, as text.
    for table in ("requests", "rejections", "sources", "loads"):
        assert_clean(repr(open_store(database).rows(f"FROM {table}")))


def test_no_traceback_tells_a_key(planted: None, serve: Serve, database: Path) -> None:
    """Not even a chain of causes with the local values of the message."""

    from analytics.sources.api import open_api

    async def call(url: str) -> None:
        async with open_api(url, {"authorization": f"Bearer {KEY}"}, [KEY], True, QUICK) as api:
            await api.get(f"/{quote(KEY, safe='')}")

    server = serve({})
    server.troubles.append(Trouble(418, body=KEY.encode()))
    for url in (server.url, "http://127.0.0.1:1"):
        with pytest.raises(SourceError) as caught:
            wait_for(call(url))
        assert_clean("".join(traceback.format_exception(caught.value)))
        assert_clean(repr(caught.value))
