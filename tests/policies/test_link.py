"""Links carry architectures there and back, and survive anything typed into them."""

import zlib
from base64 import urlsafe_b64encode

from hypothesis import given
from hypothesis import strategies as st

from analytics.policies.link import MAX_TEXT, pack, unpack


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=2000))
def test_there_and_back(text: str) -> None:
    packed = pack(text)
    assert unpack(packed) == (text if packed else "")


@given(st.text(max_size=300))
def test_anything_else_is_nothing_or_text(parameter: str) -> None:
    assert isinstance(unpack(parameter), str)


def test_a_bomb_does_not_unpack() -> None:
    assert unpack(urlsafe_b64encode(zlib.compress(b"a" * (MAX_TEXT + 1))).decode()) == ""
