"""Other people's names as text that no format can mistake for anything else, and no longer than its place."""

import unicodedata
from collections.abc import Iterable

NAME_CHARACTERS = 60  # names in sentences and tables
LABEL_CHARACTERS = 32  # names on charts
NOTE_CHARACTERS = 4_000
ELLIPSIS = "…"
REPLACEMENT = "\ufffd"
# Marks that turn the direction of the text after them: a name must not reorder its neighbours.
DIRECTION_MARKS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """One line without control characters, surrogates, non-characters and direction marks; each becomes visible."""
    return "".join(map(_character, " ".join(text.split())))


def clean_lines(text: str, characters: int = NOTE_CHARACTERS) -> str:
    """The same, line breaks kept, cut to so many characters."""
    lines = [clean(line) for line in text.splitlines()]
    return cut("\n".join(lines).strip("\n"), characters)


def cut(text: str, characters: int) -> str:
    """`text`, or its beginning with an ellipsis where it is longer; never ends within a composed character."""
    if len(text) <= characters:
        return text
    end = characters - 1
    while end > 1 and unicodedata.combining(text[end]):
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def name_text(name: str, characters: int = NAME_CHARACTERS) -> str:
    """A name for a sentence, a table or a label; a name of nothing is told as such."""
    return cut(clean(name), characters) or "no name"


def distinct(names: Iterable[str], characters: int = NAME_CHARACTERS) -> list[str]:
    """Names for one chart or table, in order; what would read alike gets a number."""
    used: dict[str, int] = {}
    found = []
    for name in names:
        shown = name_text(name, characters)
        used[shown] = used.get(shown, 0) + 1
        mark = f" ({used[shown]})"
        found.append(shown if used[shown] == 1 else cut(shown, characters - len(mark)) + mark)
    return found


def listed(names: Iterable[str], most: int = 4) -> str:
    """a, b and c; the rest counted."""
    known = list(names)
    shown = known[:most] + ([f"{len(known) - most} more"] if len(known) > most else [])
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def _character(one: str) -> str:
    odd = unicodedata.category(one) in ("Cc", "Cs") or one in DIRECTION_MARKS or ord(one) & 0xFFFE == 0xFFFE
    return REPLACEMENT if odd else one
