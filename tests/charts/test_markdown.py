"""Texts of others in Markdown: whatever they hold, a reader sees exactly them."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analytics.charts.markdown import escaped, listed, literal, plain


def shown(markdown: str) -> str:
    """What a reader sees of a paragraph, as plain text; fails when anything became markup."""
    found = re.fullmatch(r"<p>(.*)</p>\n", MarkdownIt().render(markdown), flags=re.DOTALL)
    assert found is not None, f"more than a paragraph: {markdown!r}"
    assert "<" not in found[1], f"markup: {found[1]!r}"
    return html.unescape(found[1])


HOSTILE = [
    "*x* $1 [l](http://e.x) :red[a]", "a_b `d` <b>e</b> # f & g | h", "\\* back", "1. x", "2) y", "- y", "+ p", "= z", "---", "# h",
    "> q", "[click](javascript:alert(1))", "<img src=x>", "&lt;b&gt;", "![i](j)", "a ~~b~~ c", "gpt-4o, 97.2% of (all) calls",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_reader_sees_exactly_the_text(text: str) -> None:
    assert shown(plain(text)) == text


@given(st.text(alphabet=st.sampled_from("ab1 .-+=#*_`~[]()<>!|$:&\\^"), min_size=1, max_size=12))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    line = " ".join(text.split())
    if line:
        assert shown(plain(text)) == line


def test_what_streamlit_adds_to_markdown_is_escaped_too() -> None:
    assert plain("$5 :red[hot] :material/x:") == r"\$5 \:red\[hot\] \:material/x\:"
    assert escaped("$5 **a month**") == r"\$5 **a month**"


def test_lines_become_one_and_long_names_are_cut() -> None:
    assert plain("one\n\ttwo") == "one two"
    assert literal("x" * 200) == "x" * 79 + "…"


def test_lists() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b*", "c"]) == r"a, b\* and c"
    assert listed(["a", "b", "c", "d", "e", "f"]) == "a, b, c, d and 2 more"
