"""The report as PDF: paged, with charts as vectors, tagged and with alternative texts (PDF/UA-1), set by Typst.

Typst reads the texts as data from a JSON file beside the template, never as markup.
"""

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from analytics.reports.content import Report, Section, Table, logo_format
from analytics.reports.figures import WIDTH, drawn
from analytics.reports.text import cut

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
# Typst brings the first; the others are for scripts it does not have, where the machine has them.
FONTS = ("Libertinus Serif", "Noto Sans", "DejaVu Sans")
FOOTER_CHARACTERS = 90
_LONG_WORD = re.compile(r"[^\s\-/]{24,}")
HALF_WIDTH = 330  # of charts that stand side by side


def breakable(text: str) -> str:
    """Words without a place to break, longer than any of ours, get some: a line of a page is as long as it is."""
    return _LONG_WORD.sub(lambda found: "\u200b".join(found[0][at : at + 8] for at in range(0, len(found[0]), 8)), text)


def pdf_bytes(report: Report) -> bytes:
    """The complete file."""
    import typst

    with tempfile.TemporaryDirectory(prefix="routecast-report-") as place:
        folder = Path(place)
        main = folder / TEMPLATE.name
        shutil.copyfile(TEMPLATE, main)
        (folder / "report.json").write_text(json.dumps(_data(report, folder)), encoding="utf-8")
        try:
            content: bytes = typst.compile(str(main), root=str(folder), pdf_standards="ua-1")
        except typst.TypstError:  # a report that anybody can read is worth more than none that everybody can
            content = typst.compile(str(main), root=str(folder))
    return content


def _data(report: Report, folder: Path) -> dict[str, Any]:
    """What the template reads; writes the logo into `folder`."""
    kind = logo_format(report.logo)
    if kind:
        (folder / f"logo.{kind}").write_bytes(report.logo)
    return {
        "title": breakable(report.title),
        "author": report.author,
        "byline": breakable(report.byline),
        "note": breakable(report.note),
        "demo": report.is_demo,
        "footer": cut(report.title, FOOTER_CHARACTERS),
        "logo": f"logo.{kind}" if kind else None,
        "fonts": FONTS,
        "numbers": [{"label": one.label, "value": one.value, "detail": one.detail} for one in report.numbers],
        "sections": [_section(section) for section in report.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    import vl_convert

    figures = []
    for one in section.figures:
        width = WIDTH if len(section.figures) == 1 else HALF_WIDTH
        svg = vl_convert.vegalite_to_svg(drawn(one.spec, FONTS[0], width), allowed_base_urls=[])
        figures.append({"title": one.title, "svg": svg, "alt": one.alt})
    return {
        "key": section.key,
        "title": breakable(section.title),
        "paragraphs": [
            {"heading": breakable(one.heading), "text": breakable(one.text), "source": one.source}
            for one in section.paragraphs
        ],
        "figures": figures,
        "table": None if section.table is None else _table(section.table),
        "caption": breakable(section.caption),
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "columns": table.columns,
        "rows": [[{"text": breakable(cell.text), "detail": cell.detail} for cell in row] for row in table.rows],
        "numbers": sorted(table.numbers),
        "emphasised": table.emphasised,
        "widths": [_width(table, place) for place in range(len(table.columns))],
    }


def _width(table: Table, place: int) -> float:
    """A column's part of the width: by its longest text, within bounds."""
    longest = max((max(len(row[place].text), 0.8 * len(row[place].detail)) for row in table.rows), default=0.0)
    return float(min(34.0, max(8.0, longest, 0.8 * len(table.columns[place]))))
