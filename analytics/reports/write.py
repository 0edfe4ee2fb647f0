"""A report as a file, by suffix; whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

from analytics.errors import UsageError
from analytics.reports.content import Report
from analytics.whole_file import write_whole


def _html(report: Report) -> bytes:
    from analytics.reports.html import html_bytes

    return html_bytes(report)


def _pptx(report: Report) -> bytes:
    from analytics.reports.slides import pptx_bytes

    return pptx_bytes(report)


def _pdf(report: Report) -> bytes:
    from analytics.reports.pdf import pdf_bytes

    return pdf_bytes(report)


def _csv(report: Report) -> bytes:
    from analytics.reports.tables import csv_table

    return csv_table(report.facts)


# Each writer brings its library with it, so that a table does not wait for PowerPoint.
FORMATS: dict[str, Callable[[Report], bytes]] = {".html": _html, ".pptx": _pptx, ".pdf": _pdf, ".csv": _csv}


def format_of(path: Path) -> str:
    """The known suffix of `path`; raises UsageError for any other."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(f"{path} has no known kind: end its name in {', '.join(FORMATS)}.")
    return suffix


def report_bytes(report: Report, suffix: str) -> bytes:
    """The file of that suffix."""
    return FORMATS[suffix](report)


def preview_page(report: Report, dark: bool) -> str:
    """The web page as it is shown within a light or a dark one."""
    from analytics.reports.html import html_bytes

    return html_bytes(report, dark).decode("utf-8")


def write_report(report: Report, path: Path) -> int:
    """Write the report by the suffix of `path`, whole or not at all; returns the bytes written.

    Raises UsageError for an unknown suffix or a place that cannot be written.
    """
    content = report_bytes(report, format_of(path))
    try:
        write_whole(path, content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror}): choose another place with --out.") from error
    return len(content)


def check_place(path: Path) -> None:
    """Refuse a path that cannot become this report, before anything is worked out."""
    format_of(path)
    folder = path.absolute().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        why = "is a folder" if path.is_dir() else "lies in no folder that exists and can be written"
        raise UsageError(f"{path} {why}: choose another place with --out.")
