"""The README names every page; `tests/test_cli.py` sees to the commands."""

import re

from analytics import settings

README = (settings.home / "README.md").read_text(encoding="utf-8")


def test_every_page_is_named() -> None:
    source = (settings.home / "pages" / "main.py").read_text(encoding="utf-8")
    titles = set(re.findall(r'st\.Page\("[^"]+", title="([^"]+)"', source))
    assert len(titles) > 15
    assert [title for title in sorted(titles) if f"*{title}*" not in README] == []
