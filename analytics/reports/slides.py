"""The report as PowerPoint: one statement a slide, charts that can be edited, and what to say in the notes."""

import io

from pptx import Presentation
from pptx.util import Inches

from analytics.reports import slide_charts as charts
from analytics.reports.consequences import flipping
from analytics.reports.content import Paragraph, Report, Section, logo_format
from analytics.reports.slide_parts import ACCENT, INK, QUIET, WARN, Slide, add_lines, add_table, new_slide
from analytics.reports.slide_plane import plane
from analytics.reports.text import cut
from analytics.simulation.grade_words import EVIDENCE_HELP

TITLE, PARAGRAPH = 160, 380
# (most characters, points) of a slide full of text.
SIZES, SMALLEST = ((650, 16), (900, 14), (1_300, 13)), 11
MOST_ROWS = 9
MOST_RULES, RULES_CHARACTERS = 7, 900


def pptx_bytes(report: Report) -> bytes:
    """The file: a title, then a slide per section; the method goes into the notes of the evidence."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    properties = deck.core_properties
    properties.title, properties.author, properties.last_modified_by = report.title, report.author, report.author
    _title_slide(deck, report)
    for section in report.sections:
        draw = _SLIDES.get(section.key)
        if draw is not None:
            slide = new_slide(deck, report, cut(section.title, TITLE), _notes(report, section))
            draw(slide, report, section)
    written = io.BytesIO()
    deck.save(written)
    return written.getvalue()


def _notes(report: Report, section: Section) -> str:
    method = report.section("method")
    if section.key != "evidence" or method is None:
        return section.notes
    return "\n".join([section.notes, *(f"{one.heading}: {one.text} {one.source}".strip() for one in method.paragraphs)])


def _title_slide(deck: object, report: Report) -> None:
    slide = new_slide(deck, report, "", report.headline, plain=True)
    add_lines(slide, (0.9, 2.1, 11.5, 1.7), [(report.title, 40, True, INK)], bottom=True)
    add_lines(slide, (0.9, 3.95, 11.5, 0.9), [(cut(report.headline, 160), 22, False, ACCENT)])
    add_lines(slide, (0.9, 4.9, 11.5, 0.5), [(report.byline, 14, False, QUIET)])
    if report.note:
        add_lines(slide, (0.9, 5.4, 11.5, 1.2), [(cut(report.note, 300), 14, False, INK)])
    if report.is_demo:
        add_lines(slide, (0.9, 0.6, 8.0, 0.5), [("Demo data: generated requests, not anybody's", 16, True, WARN)])
    if logo_format(report.logo):
        _logo(slide, report.logo)


def _logo(slide: Slide, logo: bytes) -> None:
    """At most 2.5 x 1 inches, top right."""
    picture = slide.shapes.add_picture(io.BytesIO(logo), Inches(0), Inches(0.5))
    scale = min(Inches(2.5) / picture.width, Inches(1.0) / picture.height)
    picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
    picture.left = int(Inches(12.4)) - picture.width


def _summary(slide: Slide, report: Report, section: Section) -> None:
    for place, number in enumerate(report.numbers):
        left = 0.6 + 3.05 * place
        add_lines(
            slide, (left, 1.4, 2.95, 1.15),
            [(number.label, 12, False, QUIET), (cut(number.value, 18), 28, True, INK), (number.detail, 12, False, QUIET)],
        )  # fmt: skip
    _paragraphs(slide, section.paragraphs, (0.6, 2.75, 12.1, 4.1))


def _paragraphs(slide: Slide, paragraphs: tuple[Paragraph, ...], place: tuple[float, float, float, float]) -> None:
    texts = [(one.heading, cut((one.brief or one.text).replace("\n", " "), PARAGRAPH)) for one in paragraphs]
    length = sum(len(text) for _, text in texts)
    size = next((size for most, size in SIZES if length <= most), SMALLEST)
    lines = [
        line for heading, text in texts for line in ((heading, size, True, INK), (text, size, False, INK)) if line[0]
    ]
    add_lines(slide, place, lines)


def _architectures(slide: Slide, report: Report, section: Section) -> None:
    assert section.table is not None
    add_table(slide, section.table, (0.6, 1.45, 12.1), MOST_ROWS, size=13, widths=(3.2, 2.2, 2.1, 2.1, 1.6, 1.2))
    _caption(slide, section.caption)


def _plane(slide: Slide, report: Report, section: Section) -> None:
    plane(slide, report.facts, (0.6, 1.3, 12.1, 5.1))
    _caption(slide, "Cost to the right, quality up. Crosses are 95% intervals, the grey one is today.")


def _spend(slide: Slide, report: Report, section: Section) -> None:
    charts.spend(slide, report.facts, report.facts.by_model, "By model", (0.6, 1.4, 6.0, 4.85))
    charts.spend(slide, report.facts, report.facts.by_use_case, "By use case", (6.75, 1.4, 6.0, 4.85))
    _caption(slide, section.caption)


def _moves(slide: Slide, report: Report, section: Section) -> None:
    charts.moves(slide, report.facts.moves, (0.6, 1.3, 7.3, 4.95))
    sentences = report.facts.policy[:MOST_RULES]
    each = RULES_CHARACTERS // max(1, len(sentences))
    policy = [(cut(sentence, each), 13, False, INK) for sentence in sentences]
    add_lines(slide, (8.1, 1.4, 4.7, 5.0), [("The rules", 14, True, INK), *policy])
    _caption(slide, "Colours: the model that would answer, also where it is today's.")


def _waterfall(slide: Slide, report: Report, section: Section) -> None:
    assert report.facts.waterfall is not None
    charts.waterfall(slide, report.facts.waterfall, (0.6, 1.3, 12.1, 5.0))
    _caption(slide, "From today's bill at the top to the new one at the bottom; the steps between add up.")


def _sensitivity(slide: Slide, report: Report, section: Section) -> None:
    assert report.facts.tornado is not None
    if section.figures:
        charts.tornado(slide, report.facts, report.facts.tornado, (0.6, 1.3, 8.2, 4.95))
    flips = [
        line
        for name, text in flipping(report.facts.tornado)
        for line in ((name, 12, True, INK), (text, 12, False, INK))
    ]
    add_lines(slide, (9.0, 1.4, 3.8, 5.0), [("What would flip the decision", 14, True, INK), *flips])
    _caption(slide, "Each assumption is moved alone over its plausible range; bars begin at the saving as assumed.")


def _evidence(slide: Slide, report: Report, section: Section) -> None:
    assert section.table is not None
    add_table(slide, section.table, (0.6, 1.45, 12.1), MOST_ROWS, size=14, widths=(4.0, 1.5, 2.2, 2.2, 2.2))
    below = 1.75 + 0.45 * (1 + min(MOST_ROWS, len(section.table.rows)))
    _paragraphs(slide, section.paragraphs[:4], (0.6, below, 12.1, max(0.4, 6.3 - below)))
    _caption(slide, EVIDENCE_HELP)


def _assumptions(slide: Slide, report: Report, section: Section) -> None:
    assert section.table is not None
    add_table(slide, section.table, (0.6, 1.45, 12.1), MOST_ROWS + 1, size=14, widths=(3.2, 3.2))


def _caption(slide: Slide, text: str) -> None:
    add_lines(slide, (0.6, 6.42, 12.1, 0.5), [(cut(text, 330), 11, False, QUIET)])


_SLIDES = {
    "summary": _summary, "architectures": _architectures, "plane": _plane, "spend": _spend, "moves": _moves,
    "waterfall": _waterfall, "sensitivity": _sensitivity, "evidence": _evidence, "assumptions": _assumptions,
}  # fmt: skip
