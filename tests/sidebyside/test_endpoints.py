"""What an endpoints file may hold, how answers are understood, and that no key is ever written down."""

import json
import logging
from pathlib import Path

import pytest

from analytics.cli import main
from analytics.errors import EndpointError
from analytics.sidebyside import Endpoint, Order, Prompt, begin_run, go_on, load_run, read_endpoints, run_facts
from analytics.sidebyside.protocols import (
    Reply,
    Usage,
    anthropic_usage,
    build_request,
    gemini_usage,
    openai_usage,
    take_event,
)
from tests.sidebyside.test_run import KEY, MODELS, configure, quick
from tests.sidebyside.upstream import serve

__all__ = ["quick"]

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
    assert "your key is (hidden)" in repr(run)
    files = [file for file in database.parent.rglob("*") if file.is_file()]
    assert len(files) >= 3
    for file in files:
        assert KEY.encode() not in file.read_bytes(), file
