"""Names become text: nothing hidden, nothing that turns its neighbours round, cut where anyone can see it."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from analytics.reports.text import DIRECTION_MARKS, clean, clean_lines, cut, distinct, listed, name_text


@given(st.text(max_size=200))
def test_clean_text_has_no_control_characters_and_is_itself_when_cleaned_again(text: str) -> None:
    shown = clean(text)
    assert not any(unicodedata.category(one) in ("Cc", "Cs") or one in DIRECTION_MARKS for one in shown)
    assert clean(shown) == shown
    shown.encode("utf-8")


def test_ordinary_and_foreign_text_stays_as_it_is() -> None:
    for text in ("Multi-model", "<script>", "=cmd()", "نموذج", "模型 é", "#let $x$ *b* _i_ @r <l> \\ [", "👩‍💻"):
        assert clean(text) == text


def test_what_is_hidden_becomes_visible() -> None:
    assert clean("a\x00b\u202ec") == "a\ufffdb\ufffdc"
    assert clean("a\nb\tc") == "a b c"
    assert clean_lines("a\nb\x07") == "a\nb\ufffd"


@given(st.text(max_size=100), st.integers(5, 50))
def test_cut_text_fits_and_says_that_it_was_cut(text: str, most: int) -> None:
    shown = cut(text, most)
    assert len(shown) <= most
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))


@given(st.lists(st.text(max_size=80), max_size=12), st.integers(10, 40))
def test_names_side_by_side_are_told_apart(names: list[str], most: int) -> None:
    shown = distinct(names, most)
    assert len(shown) == len(names)
    assert all(0 < len(name) <= most for name in shown)
    same = distinct(["x" * 100 + str(number) for number in range(12)], most)
    assert len(set(same)) == 12


def test_lists_in_words() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed("abcdefg") == "a, b, c, d and 3 more"
    assert name_text("") == "no name"
