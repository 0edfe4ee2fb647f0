"""Text of a log or a file inside Markdown: shown as it is, never as formatting, links, formulas or icons."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$:!])")


def plain(text: str) -> str:
    """`text` on one line with every character escaped that Markdown, or Streamlit's additions to it, would act on."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
