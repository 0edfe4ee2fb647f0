"""Text of users in Markdown: shown as it is, never as markup."""

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$~:&^=])")
LONGEST_NAME = 80


def literal(name: str) -> str:
    """A name as Markdown that shows exactly it, on one line; long ones are cut."""
    line = " ".join(name.split())
    cut = line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"
    return _MARKUP.sub(r"\\\1", cut)


def listed(names: list[str], most: int = 4) -> str:
    """ "a, b and c" as Markdown; beyond `most`, "a, b, c and 5 more"."""
    shown = [literal(name) for name in names[:most]] + ([f"{len(names) - most} more"] if len(names) > most else [])
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
