"""What an export gives: files, and what they cannot say."""

from dataclasses import dataclass
from textwrap import wrap


@dataclass(frozen=True)
class Export:
    """`files` in the order (name, text), the one to start with first; `notes` say what the target does otherwise."""

    files: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the first file."""
        return self.files[0][0]

    @property
    def text(self) -> str:
        """The text of the first file."""
        return self.files[0][1]

    @property
    def printed(self) -> str:
        """All files as one text, each under its name when there are several."""
        if len(self.files) == 1:
            return self.text
        return "\n".join(f"# ---- {name} ----\n{text}" for name, text in self.files)


def one_line(text: str) -> str:
    """`text` without line breaks or control characters: safe in a comment of any language."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def commented(notes: tuple[str, ...], sign: str) -> list[str]:
    """The notes as comment lines of at most 110 characters."""
    return [
        line
        for note in notes
        for line in wrap(one_line(note), 110, initial_indent=f"{sign} - ", subsequent_indent=f"{sign}   ")
    ]
