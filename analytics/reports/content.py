"""What a report consists of, whatever file it becomes: texts, key numbers, and sections with tables and charts.

All text is plain: clean, cut to its place, and meant to be shown as it is. Prompts are never part of it.
"""

import io
from dataclasses import dataclass, field
from datetime import date

from analytics.reports.facts import Facts
from analytics.reports.figures import Spec


@dataclass(frozen=True)
class Texts:
    """What a person may add or put differently; empty is left to the report.

    logo: a PNG or JPEG image. summary: (key of a paragraph, its text); see `words.summary` for the keys.
    """

    title: str = ""
    author: str = ""
    organisation: str = ""
    logo: bytes = field(default=b"", repr=False)
    note: str = ""
    summary: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Paragraph:
    """A text with an optional heading; `key` names it for whoever wants to put it differently. brief: what of it a slide says."""

    text: str
    heading: str = ""
    key: str = ""
    source: str = ""
    brief: str = ""


@dataclass(frozen=True)
class Cell:
    """A value, and below it in small what qualifies it (an interval)."""

    text: str
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """Columns and rows of text; `numbers` are the places of columns that are aligned right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: frozenset[int] = frozenset()
    emphasised: int | None = None


@dataclass(frozen=True)
class Figure:
    """A chart with what it shows in words, for whoever cannot see it; hash and equality by its key."""

    key: str
    title: str
    spec: Spec = field(compare=False, repr=False)
    alt: str = ""


@dataclass(frozen=True)
class Section:
    """One screen of the report. notes: what a speaker says to it."""

    key: str
    title: str
    paragraphs: tuple[Paragraph, ...] = ()
    table: Table | None = None
    figures: tuple[Figure, ...] = ()
    caption: str = ""
    notes: str = ""


@dataclass(frozen=True)
class KeyNumber:
    """A number worth a large letter, and how it compares."""

    label: str
    value: str
    detail: str


@dataclass(frozen=True)
class Report:
    """A complete report. `facts` has the amounts behind the sections, with names fit to be shown."""

    title: str
    author: str
    organisation: str
    logo: bytes
    note: str
    created: date
    is_demo: bool
    headline: str
    numbers: tuple[KeyNumber, ...]
    sections: tuple[Section, ...]
    facts: Facts = field(repr=False)

    @property
    def byline(self) -> str:
        """Who, for whom, when."""
        return " · ".join(part for part in (self.author, self.organisation, f"{self.created:%-d %B %Y}") if part)

    def section(self, key: str) -> Section | None:
        """The section of that key, if the report has it."""
        return next((one for one in self.sections if one.key == key), None)


def logo_format(logo: bytes) -> str | None:
    """'png' or 'jpeg' by the first bytes, None for anything else."""
    if logo.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "jpeg" if logo.startswith(b"\xff\xd8\xff") else None


def readable_logo(logo: bytes) -> bool:
    """Whether it is a PNG or JPEG image that opens."""
    from PIL import Image

    if logo_format(logo) is None:
        return False
    try:
        with Image.open(io.BytesIO(logo)) as image:
            image.load()
    except Exception:  # Pillow raises many kinds for a damaged image
        return False
    return True
