"""What a sources file may say, and which addresses may be called."""

import socket
from pathlib import Path
from typing import Any

import pytest

from analytics.errors import SourceError
from analytics.sources import Source, read_sources, save_sources, sources_file
from analytics.sources.address import checked_url, resolve_checked
from analytics.sources.api import open_api
from analytics.waiting import wait_for

GOOD = Source("gateway", "litellm", "https://llm.example.com", "LITELLM_KEY")


def test_what_is_saved_is_read_again(database: Path) -> None:
    sources = (GOOD, Source("spans", "phoenix", "http://10.0.0.1:6006", project="default", allow_private=True, page_size=10))  # fmt: skip
    save_sources(database, sources)
    assert read_sources(database) == sources
    assert "page_size" not in sources_file(database).read_text().split("[[source]]")[1]


def test_without_a_file_there_is_no_source(database: Path) -> None:
    assert read_sources(database) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[source", "not valid TOML"),
        ("[source]\nname = 'x'", "[[source]]"),
        ("key = 'x'", "unknown key 'key'"),
        ("[[source]]\nnam = 'x'", "did you mean 'name'?"),
        ("[[source]]\nname = 'x'\nkind = 'litelm'", "there is no kind 'litelm'"),
        ("[[source]]\nname = 'x'\nkind = 'litellm'\nkey_env='LITELLM_KEY'", "url is missing"),
        ("[[source]]\nname = 'x'\nkind = 'litellm'\nurl='https://x.org'", "key_env is missing"),
        ("[[source]]\nname = 'x'\nkind = 'langfuse'\nkey_env='LANGFUSE_KEY'", "user_env is missing"),
        ("[[source]]\nname = 'x'\nkind = 'litellm'\nurl='https://x.org'\nkey_env='sk-1234'", "not a key"),
        ("[[source]]\nname = 'x'\nkind = 'litellm'\nurl='https://x.org'\nkey_env='AWS_SECRET_ACCESS_KEY'", "LITELLM_"),
        ("[[source]]\nname = 'x'\nkind = 'phoenix'\nurl='https://x.org'\npage_size=true", "must be a whole number"),
        ("[[source]]\nname = 'x'\nkind = 'phoenix'\nurl='https://x.org'\npage_size=5000", "between 1 and 1000"),
        ("[[source]]\nname = 'x'\nkind = 'phoenix'\nurl='https://x.org'\noverlap_minutes=-1", "overlap_minutes"),
        ("[[source]]\nname = 'x'\nkind = 'phoenix'\nurl='https://x.org'\nfrom='may'", "must be a date"),
        ("[[source]]\nname = '../x'\nkind = 'phoenix'\nurl='https://x.org'", "name '../x'"),
        ("[[source]]\nname = 'x'\nkind = 'phoenix'\nurl='https://x.org'\n" * 2, "two sources named 'x'"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str, database: Path) -> None:
    sources_file(database).write_text(text)
    with pytest.raises(SourceError) as caught:
        read_sources(database)
    assert said in str(caught.value)
    assert "sk-1234" not in str(caught.value)


def test_what_makes_no_sense_is_not_saved(database: Path) -> None:
    save_sources(database, (GOOD,))
    with pytest.raises(SourceError):
        save_sources(database, (GOOD, GOOD))
    assert read_sources(database) == (GOOD,)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.org", "file:///etc/passwd", "x.org", "//x.org", "http://", "https://user:sk-secret@x.org", "https://x.org?key=1",
        "https://x.org#a", "http://x.org:99999", "http://[::1", "gopher://x", "javascript:alert(1)", "http://x.org/" + "a" * 3000,
        "http://x\n.org",
    ],
)  # fmt: skip
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        checked_url(url)
    assert "sk-secret" not in str(caught.value)


PRIVATE = (
    "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.9", "100.64.0.1", "::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "localhost", "0x7f000001", "2130706433", "127.1",
)  # fmt: skip
NEVER = ("169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe")


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_need_the_operator(host: str) -> None:
    with pytest.raises(SourceError, match="allow_private"):
        wait_for(resolve_checked(host, 80, False))
    assert wait_for(resolve_checked(host, 80, True))


@pytest.mark.parametrize("host", NEVER)
@pytest.mark.parametrize("allowed", [True, False])
def test_some_addresses_are_never_called(host: str, allowed: bool) -> None:
    with pytest.raises(SourceError):
        wait_for(resolve_checked(host, 80, allowed))


def test_a_public_address_may_be_called() -> None:
    assert wait_for(resolve_checked("1.1.1.1", 443, False)) == ["1.1.1.1"]
    assert wait_for(resolve_checked("2606:4700:4700::1111", 443, False)) == ["2606:4700:4700::1111"]


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [(socket.AF_INET, 1, 6, "", (address, 80)) for address in ("1.1.1.1", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **more: answers)
    with pytest.raises(SourceError, match="private address"):
        wait_for(resolve_checked("mixed.example", 80, False))


def test_a_name_that_changes_its_address_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the address that was checked: the name is looked up once."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: Any, *arguments: Any, **more: Any) -> Any:
        if host != "rebind.example":
            return real(host, *arguments, **more)
        asked.append(host)
        return real("192.0.2.1" if len(asked) == 1 else "127.0.0.1", *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert wait_for(resolve_checked("rebind.example", 80, True)) == ["192.0.2.1"]
    asked.clear()

    async def call() -> None:
        async with open_api("http://rebind.example", {}, allow_private=False) as api:
            await api.get("/")

    with pytest.raises(SourceError, match=r"192\.0\.2\.1"):
        wait_for(call())
    assert asked == ["rebind.example"]
