"""Names that would like to be code, formulas, markup or a mile long are text in every file."""

import csv
import io
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pptx import Presentation

from analytics.cli import main
from analytics.reports import FORMATS, Facts, Report, Texts, compose_report, report_bytes
from analytics.store import open_store
from tests.conftest import WriteCsv
from tests.reports.test_files import html_text, pdf_text, pptx_text

SCRIPT = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
FORMULA = "=cmd|'/c calc'!A0"
TYPST = '#panic("x") $1/0$ *b* _i_ @ref <label> \\ [x] #include "/etc/passwd"'
RIGHT_TO_LEFT = "نموذج اقتصادي"
CONTROL = "a\x00b\x1b[31mc\u202ed\ufffe\x0b"
LONG = "W" * 10_000
MARKDOWN = "**bold** [link](javascript:alert(1)) `code` | cell | ![x](http://x.test/y.png)"


@pytest.fixture(scope="module")
def report(facts: Facts) -> Report:
    now, rules, cascade = facts.simulation.projections
    models = dict(
        zip(
            sorted({one.target for one in facts.moves} | {one.source for one in facts.moves}),
            [SCRIPT, FORMULA, TYPST, LONG],
            strict=False,
        )
    )
    use_cases = dict(
        zip(
            sorted({one.use_case for one in facts.moves}),
            [SCRIPT, FORMULA, TYPST, RIGHT_TO_LEFT, CONTROL, LONG, LONG + "2", MARKDOWN],
            strict=False,
        )
    )
    assert facts.waterfall is not None
    hostile = replace(
        facts,
        simulation=replace(
            facts.simulation, metric=SCRIPT,
            projections=(now, replace(rules, name=FORMULA, settle=TYPST, unpriced=(SCRIPT,)), replace(cascade, name=SCRIPT)),
        ),
        policy=(TYPST, SCRIPT, LONG),
        moves=tuple(replace(one, source=models.get(one.source, RIGHT_TO_LEFT), target=models.get(one.target, RIGHT_TO_LEFT), use_case=use_cases[one.use_case]) for one in facts.moves),
        waterfall=replace(facts.waterfall, bars=tuple(replace(bar, name=f"{SCRIPT}{bar.name}") for bar in facts.waterfall.bars)),
        by_model=tuple(replace(row, name=models.get(row.name, CONTROL)) for row in facts.by_model),
        by_use_case=tuple(replace(row, name=use_cases.get(row.name, CONTROL)) for row in facts.by_use_case),
    )  # fmt: skip
    texts = Texts(SCRIPT, TYPST, RIGHT_TO_LEFT + CONTROL, b"not an image", f"{MARKDOWN}\n{LONG}", (("change", f"{SCRIPT} {TYPST}"), ("risk", LONG)))  # fmt: skip
    return compose_report(hostile, texts)


class Elements(HTMLParser):
    """Names of all elements, and every attribute that could run or fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.dangerous: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.dangerous += [one for one in attrs if one[0].startswith("on") or one[0] in ("src", "srcdoc", "action")]


def test_html(report: Report) -> None:
    content = report_bytes(report, ".html")
    elements = Elements()
    elements.feed(content.decode("utf-8"))
    assert elements.names.count("script") == 3
    assert elements.names.count("img") == 0
    assert elements.dangerous == []
    text = html_text(content)
    assert SCRIPT[:40] in text
    assert FORMULA in text
    assert RIGHT_TO_LEFT in text
    assert "#panic" in text
    assert "W" * 4_000 not in text
    assert "WWW…" in text
    assert "\x00" not in text
    assert "\u202e" not in text
    policy = re.search(rb'Content-Security-Policy" content="([^"]*)"', content)
    assert policy is not None
    assert b"default-src &#x27;none&#x27;" in policy.group(1)
    assert b"http" not in policy.group(1)


def test_pptx(report: Report) -> None:
    content = report_bytes(report, ".pptx")
    text = pptx_text(content)
    assert SCRIPT[:40] in text
    assert FORMULA in text
    assert "\ufffd" in text
    with zipfile.ZipFile(io.BytesIO(content)) as deck:
        books = [name for name in deck.namelist() if name.endswith(".xlsx")]
        assert len(books) == 6
        for name in books:
            with zipfile.ZipFile(io.BytesIO(deck.read(name))) as book:
                sheet = book.read("xl/worksheets/sheet1.xml")
                assert b"<f>" not in sheet
                assert b"hyperlink" not in sheet
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                assert len(shape.text_frame.text) < 2_600


def test_pdf(report: Report, tmp_path: Path) -> None:
    text = pdf_text(report_bytes(report, ".pdf"), tmp_path)
    assert '#panic("x") $1/0$ *b* _i_' in text
    assert "root:" not in text
    assert FORMULA in text
    assert "alert(1)" in text


def test_csv(report: Report) -> None:
    rows = list(csv.reader(io.StringIO(report_bytes(report, ".csv").decode("utf-8"))))
    assert rows[2][0] == f"'{FORMULA}"
    assert all(not cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def test_a_log_of_hostile_names_without_scores_or_prices_makes_every_file(
    write_csv: WriteCsv, database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is scored and one model has no price: no quality, no saving, and sentences that say so."""
    names = [SCRIPT, FORMULA, TYPST, RIGHT_TO_LEFT, "x" * 3_000]
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    rows = [
        f"r{n},2026-10-{1 + n % 9:02d},{quoted[n % 5] if n % 2 else 'gpt-4o'},100,50,{quoted[n % 5]}"
        for n in range(200)
    ]
    assert main(["load", str(write_csv(*rows, more="use_case")), "--db", str(database)]) == 0
    assert open_store(database).kind == "own"
    for suffix in FORMATS:
        assert main(["report", "--out", str(tmp_path / f"r{suffix}"), "--db", str(database)]) == 0
    capsys.readouterr()
    text = html_text((tmp_path / "r.html").read_bytes())
    assert "no price" in text
    assert "not measured" in text
    assert "Demo data" not in text
    assert "None" not in text.replace("None of", "")
    assert "nan" not in re.findall(r"\b\w+\b", text)
