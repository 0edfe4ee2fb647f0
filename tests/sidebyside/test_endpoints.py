"""Which addresses may be called, what an endpoints file may hold, and that no key is ever written down."""

import json
import logging
import traceback
from pathlib import Path

import httpx
import pytest

from analytics.cli import main
from analytics.errors import EndpointError, RoutecastError
from analytics.http_guard import GuardedTransport, check_url, read_key
from analytics.sidebyside import Endpoint, Order, Prompt, begin_run, go_on, load_run, read_endpoints, run_facts
from analytics.sidebyside.call import retry_after
from analytics.sidebyside.protocols import (
    Reply,
    Usage,
    anthropic_usage,
    build_request,
    gemini_usage,
    openai_usage,
    take_event,
)
from analytics.waiting import wait_for
from tests.sidebyside.test_run import KEY, MODELS, configure, quick
from tests.sidebyside.upstream import serve

__all__ = ["quick"]

REFUSED = [
    "ftp://example.com/", "file:///etc/passwd", "example.com/v1", "https://", "https://user:secret@example.com/",
    "http://127.0.0.1/v1", "http://10.1.2.3/v1", "http://192.168.0.7", "http://[::1]:80/", "http://localhost/v1",
    "http://api.localhost/", "http://169.254.169.254/latest", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/",
    "https://example.com/v1?key=abc", "http://100.64.0.1/",
]  # fmt: skip


@pytest.mark.parametrize("url", REFUSED)
def test_addresses_that_are_not_called(url: str) -> None:
    with pytest.raises(EndpointError) as caught:
        check_url(url)
    assert "secret" not in str(caught.value)


def test_the_operator_may_allow_private_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_url("http://10.1.2.3/v1", allow_private=True).host == "10.1.2.3"
    monkeypatch.setenv("ROUTECAST_ALLOW_PRIVATE", "1")
    assert check_url("http://127.0.0.1:4000").port == 4000
    with pytest.raises(EndpointError):  # a cloud's metadata is nobody's model
        check_url("http://169.254.169.254/", allow_private=True)


def test_a_name_that_points_inside_is_not_called() -> None:
    async def call() -> None:
        transport = GuardedTransport(False, 1, lambda host, port: ["127.0.0.1"])
        async with httpx.AsyncClient(transport=transport) as client:
            await client.get("http://public.example/")

    with pytest.raises(EndpointError, match=r"public\.example is a private"):
        wait_for(call())


def test_the_checked_address_is_the_one_that_is_called() -> None:
    """The name is resolved once: what it points to afterwards does not matter."""
    with serve() as upstream:
        port, asked = int(upstream.url.rsplit(":", 1)[1]), []

        def resolver(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"]

        async def call() -> int:
            async with httpx.AsyncClient(transport=GuardedTransport(True, 1, resolver)) as client:
                body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
                return (await client.post(f"http://gateway.example:{port}/v1/chat/completions", json=body)).status_code

        assert wait_for(call()) == 200
        assert asked == ["gateway.example"]


WRONG = {
    'name = "a"\nkind = "openai"': "url is missing",
    'name = "a"\nkind = "soap"\nurl = "https://x.example"': "kind is 'soap'",
    'name = "a"\nkind = "openai"\nurl = "https://x.example"\nkey = "sk-live"': "'key' is not known",
    'name = "a"\nkind = "openai"\nurl = "https://x.example"\nkey_env = "sk-live-abc"': "not the key itself",
    'name = "a"\nkind = "openai"\nurl = "https://x.example"\nmax_concurrent = 0': "max_concurrent must be",
    'name = "a"\nkind = "openai"\nurl = "https://x.example"\nmodels = "gpt"': "models has a value of the wrong kind",
    'name = "a"\nkind = "openai"\nurl = "http://127.0.0.1"': "private or loopback",
    'name = "a': "not valid TOML",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_endpoints_are_named(database: Path, text: str) -> None:
    Path(f"{database}.endpoints.toml").write_text(f"[[endpoint]]\n{text}\n", encoding="utf-8")
    with pytest.raises(EndpointError) as caught:
        read_endpoints(database)
    assert WRONG[text] in str(caught.value)
    assert "sk-live" not in str(caught.value)


def test_counts_in_the_logs_meaning() -> None:
    assert anthropic_usage(
        {"input_tokens": 10, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 5, "output_tokens": 7}
    ) == Usage(115, 7, 100, 5)
    assert gemini_usage(
        {"promptTokenCount": 50, "cachedContentTokenCount": 20, "candidatesTokenCount": 8, "thoughtsTokenCount": 30}
    ) == Usage(50, 38, 20, 0, 30)
    assert openai_usage(
        {
            "prompt_tokens": 50,
            "completion_tokens": 38,
            "prompt_tokens_details": {"cached_tokens": 20},
            "completion_tokens_details": None,
        }
    ) == Usage(50, 38, 20)


@pytest.mark.parametrize("data", ["", "null", "[]", "{", '{"choices": 3}', '{"choices": [{"delta": null}]}', '"x"'])
@pytest.mark.parametrize("kind", ["openai", "anthropic", "gemini"])
def test_events_that_nobody_knows_are_passed_over(kind: str, data: str) -> None:
    reply = Reply()
    assert not take_event(kind, reply, data)
    assert not reply.complete


def test_a_models_name_does_not_leave_its_path() -> None:
    endpoint = Endpoint("g", "gemini", "https://api.example/v1beta")
    url = build_request(endpoint, KEY, "models/../../evil?x", "hi", 10).url
    assert url == "https://api.example/v1beta/models/..%2F..%2Fevil%3Fx:streamGenerateContent?alt=sse"
    assert KEY not in url


def test_how_long_to_wait() -> None:
    assert retry_after(httpx.Headers({"Retry-After": "7"})) == 7.0
    assert retry_after(httpx.Headers({"retry-after-ms": "250", "Retry-After": "7"})) == 0.25
    assert retry_after(httpx.Headers({"Retry-After": "86400"})) == 120.0
    assert retry_after(httpx.Headers({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})) == 0.0
    assert retry_after(httpx.Headers({"Retry-After": "soon"})) is None


def test_a_planted_key_is_nowhere(
    database: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """The upstream even sends it back, in an answer and in an error; debug logs of all libraries are read too."""
    caplog.set_level(logging.DEBUG)
    faults = {"0": "400", "1": "500", "2": "cut", "3": "302"}
    with serve(lambda model, prompt, nth: faults.get(prompt[-1], "ok")) as upstream:
        upstream.answer = lambda model, prompt: f"your key is {KEY}, right?"
        configure(database, upstream)
        asked = tuple(Prompt(f"p{n}", f"question {n}", expected="x") for n in range(6))
        run = go_on(database, begin_run(database, Order(asked, MODELS, check="exact")))
        load_run(database, run)
        assert main(["sidebyside", "--resume", run.run_id, "--db", str(database), "--json"]) == 0
        assert upstream.keys == {KEY}
    said = capsys.readouterr()
    assert json.loads(said.out)["answered"] == 6
    assert KEY not in said.out + said.err + caplog.text + repr(run) + repr(run_facts(run))
    assert "your key is [key]" in repr(run)
    files = [file for file in database.parent.rglob("*") if file.is_file()]
    assert len(files) >= 3
    for file in files:
        assert KEY.encode() not in file.read_bytes(), file


def test_a_broken_key_is_not_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIDE_KEY", "sk-plänted\nX-Evil: 1")
    with pytest.raises(RoutecastError) as caught:
        read_key("SIDE_KEY")
    shown = "".join(traceback.format_exception(caught.value))
    assert "sk-pl" not in shown
    assert "SIDE_KEY" in shown
