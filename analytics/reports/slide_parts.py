"""What slides are made of: text, tables, footers and notes, in one look."""

from collections.abc import Sequence
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches, Pt

from analytics.reports.content import Report, Table
from analytics.reports.text import ELLIPSIS, cut

INK, QUIET, RULE, SOFT = RGBColor(0x1B, 0x24, 0x30), RGBColor(0x5B, 0x66, 0x75), "DCE1E8", RGBColor(0xEA, 0xF3, 0xFC)
ACCENT, WARN = RGBColor(0x0B, 0x5C, 0xAD), RGBColor(0x9A, 0x4A, 0x00)
BLANK_LAYOUT = 6
PLAIN_TABLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # PowerPoint's "No style, no grid"
CELL_CHARACTERS = 60

Slide = Any  # python-pptx has no types
Place = tuple[float, float, float, float]  # left, top, width, height in inches
Line = tuple[str, float, bool, RGBColor]  # text, points, bold, colour


def new_slide(deck: Any, report: Report, title: str, notes: str, plain: bool = False) -> Slide:
    """A slide with its title, a footer that says whose data it is, and notes."""
    slide = deck.slides.add_slide(deck.slide_layouts[BLANK_LAYOUT if plain else 5])
    slide.notes_slide.notes_text_frame.text = notes
    if plain:
        return slide
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = Inches(0.6), Inches(0.3), Inches(12.1), Inches(0.95)
    frame = shape.text_frame
    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.MIDDLE
    frame.margin_left = frame.margin_right = 0
    frame.text = title
    frame.paragraphs[0].alignment = PP_ALIGN.LEFT
    _write(frame.paragraphs[0], (title, 26 if len(title) <= 70 else 22 if len(title) <= 115 else 19, True, INK))
    demo = "Demo data · " if report.is_demo else ""
    add_lines(slide, (0.6, 6.98, 10.5, 0.35), [(cut(f"{demo}{report.title}", 130), 10, False, WARN if demo else QUIET)])
    number = add_lines(slide, (11.7, 6.98, 1.0, 0.35), [(str(len(deck.slides)), 10, False, QUIET)])
    number.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT
    return slide


def add_lines(slide: Slide, place: Place, lines: Sequence[Line], bottom: bool = False) -> Any:
    """A box with one paragraph per line; a bold line after another stands off from it."""
    box = slide.shapes.add_textbox(*map(Inches, place))
    frame = box.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.BOTTOM if bottom else MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = 0
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        if number and line[2] and line[1] < 20:
            paragraph.space_before = Pt(7)
        paragraph.text = line[0].replace("\n", "\v")
        _write(paragraph, line)
    return box


def _write(paragraph: Any, line: Line) -> None:
    for run in paragraph.runs:
        run.font.size, run.font.bold, run.font.color.rgb = Pt(line[1]), line[2], line[3]


def add_table(
    slide: Slide, table: Table, place: tuple[float, float, float], most: int, size: float, widths: Sequence[float]
) -> None:
    """A native table at (left, top, width); more than `most` rows are counted in the last one."""
    rows = table.rows if len(table.rows) <= most else table.rows[: most - 1]
    left, top, width = place
    count = 1 + len(rows) + (len(rows) < len(table.rows))
    frame = slide.shapes.add_table(
        count, len(table.columns), Inches(left), Inches(top), Inches(width), Inches(0.42 * count)
    )
    drawn = frame.table
    drawn._tbl.tblPr.find("{*}tableStyleId").text = PLAIN_TABLE
    for place_of, part in enumerate(widths):
        drawn.columns[place_of].width = Inches(width * part / sum(widths))
    for column, name in enumerate(table.columns):
        _cell(drawn.cell(0, column), [(name, size - 1, True, QUIET)], column in table.numbers)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            lines = [(cut(cell.text, CELL_CHARACTERS), size, False, INK)]
            if cell.detail:
                lines.append((cell.detail, size - 3, False, QUIET))
            _cell(drawn.cell(number, column), lines, column in table.numbers)
            if number - 1 == table.emphasised:
                drawn.cell(number, column).fill.solid()
                drawn.cell(number, column).fill.fore_color.rgb = SOFT
    if len(rows) < len(table.rows):
        _cell(drawn.cell(count - 1, 0), [(f"{ELLIPSIS} {len(table.rows) - len(rows)} more", size, False, QUIET)], False)


def _cell(cell: Any, lines: Sequence[Line], right: bool) -> None:
    frame = cell.text_frame
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = line[0]
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        _write(paragraph, line)
    cell.margin_top = cell.margin_bottom = Inches(0.05)
    border = f'<a:lnB {nsdecls("a")} w="9525"><a:solidFill><a:srgbClr val="{RULE}"/></a:solidFill></a:lnB>'
    cell._tc.get_or_add_tcPr().insert(0, parse_xml(border))
