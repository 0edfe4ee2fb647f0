"""The report as one HTML file: charts one can point at, a presentation on pressing P, and no request to anywhere.

Every text is escaped where it is written; the content security policy allows only the two scripts of this file, by their
hashes, and no network at all, so that even a text that got through could neither run nor tell anybody.
"""

import base64
import hashlib
import json
from functools import cache
from html import escape
from pathlib import Path

from analytics.reports.content import Cell, Figure, Paragraph, Report, Section, Table, logo_format
from analytics.reports.figures import drawn

TEMPLATES = Path(__file__).parent / "templates"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# Tables that say again what a chart shows wait behind a click.
FOLDED = frozenset({"spend", "moves", "waterfall", "sensitivity"})


def html_bytes(report: Report, dark: bool = False) -> bytes:
    """The complete file, UTF-8; `dark` is for a screen that is, a file for others is light."""
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    scripts = [_vega(), (TEMPLATES / "present.js").read_text(encoding="utf-8")]
    charts = {
        f"chart-{figure.key}": drawn(figure.spec, FONT, dark=dark)
        for section in report.sections
        for figure in section.figures
    }
    colours = "dark" if dark else "light"
    parts = [
        "<!doctype html>",
        f'<html lang="en" class="{colours}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_policy(scripts))}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{escape(report.title)}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        _header(report),
        *(_section(report, section) for section in report.sections),
        _CONTROLS,
        f'<script type="application/json" id="charts">{_inert(charts)}</script>',
        *(f'<script type="module">{script}</script>' for script in scripts),
        "</body>",
        "</html>",
    ]
    return "\n".join(parts).encode("utf-8", "replace")


@cache
def _vega() -> str:
    """Vega, Vega-Lite and vegaEmbed as one script."""
    import vl_convert

    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    # A script ends at the first </script, wherever it stands.
    return bundle.replace("</script", "<\\/script")


def _policy(scripts: list[str]) -> str:
    """No network; only these scripts. Vega compiles its expressions, which needs 'unsafe-eval'."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode('utf-8')).digest()).decode('ascii')}'"
        for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes} 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _inert(value: object) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


_CONTROLS = """<nav id="controls" aria-label="Presentation">
<button id="start" class="reading" title="Or press P">Present</button>
<button id="back" class="stepping" aria-label="Back">&larr;</button>
<span id="place" class="stepping" aria-live="polite"></span>
<button id="on" class="stepping" aria-label="On">&rarr;</button>
<button id="stop" class="stepping" title="Or press Esc">End</button>
</nav>"""


def _header(report: Report) -> str:
    kind = logo_format(report.logo)
    logo = ""
    if kind:
        data = base64.b64encode(report.logo).decode("ascii")
        logo = f'<img alt="{escape(report.organisation or "Logo")}" src="data:image/{kind};base64,{data}">'
    demo = '<span class="demo">Demo data: generated requests, not anybody\'s</span>' if report.is_demo else ""
    note = f'<p class="note" dir="auto">{escape(report.note)}</p>' if report.note else ""
    return (
        f'<header class="screen"><div class="brand"><div>{demo}</div>{logo}</div><h1 dir="auto">{escape(report.title)}</h1>'
        f'<p class="byline"><bdi>{escape(report.byline)}</bdi></p>{note}</header>'
    )


def _section(report: Report, section: Section) -> str:
    parts = [f"<h2>{escape(section.title)}</h2>"]
    if section.key == "summary":
        parts.append(_keys(report))
    if section.paragraphs:
        parts.append(f'<div class="paragraphs">{"".join(map(_paragraph, section.paragraphs))}</div>')
    if section.figures:
        parts.append(f'<div class="charts">{"".join(map(_figure, section.figures))}</div>')
    if section.table is not None:
        table = _table(section.table)
        parts.append(f"<details><summary>The numbers</summary>{table}</details>" if section.key in FOLDED else table)
    if section.caption:
        parts.append(f'<p class="caption">{escape(section.caption)}</p>')
    return f'<section class="screen" id="{section.key}">{"".join(parts)}</section>'


def _keys(report: Report) -> str:
    blocks = "".join(
        f'<div class="key"><div class="label">{escape(one.label)}</div><div class="value">{escape(one.value)}</div>'
        f'<div class="more">{escape(one.detail)}</div></div>'
        for one in report.numbers
    )
    return f'<div class="keys">{blocks}</div>'


def _paragraph(one: Paragraph) -> str:
    heading = f'<h3 dir="auto">{escape(one.heading)}</h3>' if one.heading else ""
    source = f' <a href="{escape(one.source)}" rel="noopener noreferrer">{escape(one.source)}</a>' if one.source else ""
    return f'<div>{heading}<p dir="auto">{escape(one.text)}{source}</p></div>'


def _figure(one: Figure) -> str:
    return (
        f"<figure><figcaption>{escape(one.title)}</figcaption>"
        f'<div class="chart" id="chart-{one.key}" role="img" aria-label="{escape(one.alt)}"></div></figure>'
    )


def _table(table: Table) -> str:
    def side(place: int) -> str:
        return ' class="number"' if place in table.numbers else ""

    emphasis = ' class="emphasised"'
    head = "".join(f'<th scope="col"{side(place)}>{escape(name)}</th>' for place, name in enumerate(table.columns))
    body = "".join(
        f"<tr{emphasis if number == table.emphasised else ''}>"
        + "".join(f"<td{side(place)}>{_cell(cell)}</td>" for place, cell in enumerate(row))
        + "</tr>"
        for number, row in enumerate(table.rows)
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(cell: Cell) -> str:
    detail = f'<span class="detail">{escape(cell.detail)}</span>' if cell.detail else ""
    return f"<bdi>{escape(cell.text)}</bdi>{detail}"
