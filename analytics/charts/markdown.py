"""Text inside Markdown: a log's or a file's is shown as it is, never as formatting, links, formulas, colours or icons."""

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$:!&^])")
# What makes a list or a heading of a line that begins with it.
_FIRST = re.compile(r"^([-+=]|\d+(?=[.)](?: |$)))")
LONGEST_NAME = 80


def escaped(text: str) -> str:
    """Our own Markdown with dollar signs that must not become formulas."""
    return text.replace("$", "\\$")


def plain(text: str) -> str:
    """`text` on one line, with every character escaped that Markdown, or Streamlit's additions to it, would act on."""
    line = _MARKUP.sub(r"\\\1", " ".join(text.split()))
    first = _FIRST.match(line)
    if first is None:
        return line
    # A number cannot be escaped itself; its dot can.
    return f"\\{line}" if first[1] in "-+=" else f"{first[1]}\\{line[first.end() :]}"


def literal(name: str) -> str:
    """A name as `plain` text; long ones are cut."""
    line = " ".join(name.split())
    return plain(line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…")


def listed(names: list[str], most: int = 4) -> str:
    """ "a, b and c" as Markdown; beyond `most`, "a, b, c and 5 more"."""
    shown = [literal(name) for name in names[:most]] + ([f"{len(names) - most} more"] if len(names) > most else [])
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
