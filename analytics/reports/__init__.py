"""Reports: one description of a comparison for whoever decides, written as HTML, PowerPoint, PDF and CSV."""

from analytics.reports.compose import DEFAULT_TITLE, compose_report
from analytics.reports.content import Figure, Paragraph, Report, Section, Table, Texts
from analytics.reports.facts import Facts, gather_facts
from analytics.reports.offered import default_architectures, is_met, offered_architectures, shipped_files
from analytics.reports.shown import shown_simulation
from analytics.reports.starts import Choices, read_choices, starting_points
from analytics.reports.write import FORMATS, check_place, preview_page, report_bytes, write_report

__all__ = [
    "DEFAULT_TITLE",
    "FORMATS",
    "Choices",
    "Facts",
    "Figure",
    "Paragraph",
    "Report",
    "Section",
    "Table",
    "Texts",
    "check_place",
    "compose_report",
    "default_architectures",
    "gather_facts",
    "is_met",
    "offered_architectures",
    "preview_page",
    "read_choices",
    "report_bytes",
    "shipped_files",
    "shown_simulation",
    "starting_points",
    "write_report",
]
