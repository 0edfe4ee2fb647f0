"""Which addresses may be called."""

import pytest

from analytics.errors import CallError
from analytics.http import checked_url
from analytics.http.address import check_address


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.org", "file:///etc/passwd", "x.org", "//x.org", "http://", "https://user:sk-secret@x.org", "https://x.org?key=sk-secret",
        "https://x.org#a", "http://x.org:99999", "http://[::1", "gopher://x", "javascript:alert(1)", "http://x.org/" + "a" * 3000,
        "http://x\n.org",
    ],
)  # fmt: skip
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(CallError) as caught:
        checked_url(url, allow_private=True)
    assert "sk-secret" not in str(caught.value)


PRIVATE = (
    "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.9", "100.64.0.1", "::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::",
)  # fmt: skip
NEVER = ("169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe")
PUBLIC = ("1.1.1.1", "2606:4700:4700::1111")


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_need_the_operator(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CallError, match="allow_private"):
        check_address("some.example", address, False)
    check_address("some.example", address, True)
    monkeypatch.setenv("ROUTECAST_ALLOW_PRIVATE", "1")
    check_address("some.example", address, False)


@pytest.mark.parametrize("address", NEVER)
@pytest.mark.parametrize("allowed", [True, False])
def test_some_addresses_are_never_called(address: str, allowed: bool) -> None:
    with pytest.raises(CallError, match="never called"):
        check_address("some.example", address, allowed)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address: str) -> None:
    check_address("some.example", address, False)


@pytest.mark.parametrize(
    "host", [f"[{one}]" if ":" in one else one for one in PRIVATE] + ["localhost", "api.localhost."]
)
def test_what_shows_in_a_url_is_refused_before_it_is_called(host: str) -> None:
    with pytest.raises(CallError, match="private or loopback"):
        checked_url(f"http://{host}:4000/v1")
    assert checked_url(f"http://{host}:4000/v1/", allow_private=True) == f"http://{host}:4000/v1"


def test_a_clouds_credentials_are_nobodys_model() -> None:
    with pytest.raises(CallError):
        checked_url("http://169.254.169.254/latest", allow_private=True)
