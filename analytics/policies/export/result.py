"""What an export gives: files, and what they cannot say."""

from dataclasses import dataclass


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
