"""Names of users in Markdown."""

import pytest

from analytics.charts.words import listed, literal


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gpt-4o", r"gpt\-4o"),
        ("a*b*_c_", r"a\*b\*\_c\_"),
        ("[click](javascript:alert(1))", r"\[click\]\(javascript\:alert\(1\)\)"),
        ("<img src=x>", r"\<img src\=x\>"),
        ("$5 `now`", r"\$5 \`now\`"),
        ("two\nlines\t here", "two lines here"),
        (":red[hot]", r"\:red\[hot\]"),
    ],
)
def test_names_are_shown_as_they_are(name: str, text: str) -> None:
    assert literal(name) == text


def test_long_names_are_cut() -> None:
    assert literal("x" * 200) == "x" * 79 + "…"


def test_lists() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c", "d", "e", "f"]) == "a, b, c, d and 2 more"
