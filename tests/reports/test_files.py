"""Every file says what `routecast simulate` says, to the digit shown."""

import csv
import html
import io
import re
import shutil
import subprocess
import time
from datetime import date
from pathlib import Path

import pytest
from pptx import Presentation

from analytics.charts.format import money, points, seconds, share
from analytics.policies import Architecture
from analytics.reports import Facts, Report, Texts, compose_report, report_bytes
from analytics.simulation import Scenario, Simulation, simulate
from analytics.store import Store
from tests.reports.conftest import MONTH

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
TEXTS = Texts("For the board", "Ana Müller", "ACME", PNG, "Please read page one.", (("next", "Ask the team first."),))


@pytest.fixture(scope="module")
def report(facts: Facts) -> Report:
    return compose_report(facts, TEXTS, date(2026, 11, 24))


@pytest.fixture(scope="module")
def simulated(store: Store, rules: Architecture, cascade: Architecture) -> Simulation:
    return simulate(store, [rules, cascade], Scenario(requests_per_month=MONTH))


def numbers(simulation: Simulation) -> list[list[str]]:
    """Per architecture what its row must say, in order."""
    return [
        [
            one.name, money(one.monthly_cost_usd.mean),
            f"{money(one.monthly_cost_usd.low)} to {money(one.monthly_cost_usd.high)}", seconds(one.latency_s.mean),
            share(one.quality.mean), f"{share(one.quality.low)} to {share(one.quality.high)}", one.grade,
        ]
        for one in simulation.projections
    ]  # fmt: skip


def html_text(content: bytes) -> str:
    text = re.sub(r"(?s)<(script|style).*?</\1>", "", content.decode("utf-8"))
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text)))


def pptx_text(content: bytes) -> str:
    found = []
    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                found.append(shape.text_frame.text)
            if shape.has_table:
                found += [cell.text for row in shape.table.rows for cell in row.cells]
        found.append(slide.notes_slide.notes_text_frame.text)
    return re.sub(r"\s+", " ", " ".join(found))


def pdf_text(content: bytes, folder: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    file = folder / "report.pdf"
    file.write_bytes(content)
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    return re.sub(r"\s+", " ", done.stdout.decode("utf-8"))


def check_numbers(text: str, simulation: Simulation) -> None:
    for row in numbers(simulation):
        for value in row:
            assert value in text, value
    now, then = simulation.projections[0], simulation.projections[1]
    assert points(then.vs_current.quality.mean) in text
    saved = then.vs_current.cost
    assert saved.mean is not None
    assert saved.low is not None
    assert saved.high is not None
    assert f"{then.name}: it saves {money(-saved.mean)} of {money(now.monthly_cost_usd.mean)} a month" in text
    assert f"{money(-saved.mean)} a month (95% interval {money(-saved.high)} to {money(-saved.low)})" in text


def check_texts(text: str) -> None:
    for own in (
        "For the board",
        "Ana Müller",
        "ACME",
        "24 November 2026",
        "Please read page one.",
        "Ask the team first.",
    ):
        assert own in text
    assert "Demo data" in text
    assert "two weeks" not in text  # the paragraph that was put differently


def test_html(report: Report, simulated: Simulation) -> None:
    text = html_text(report_bytes(report, ".html"))
    check_numbers(text, simulated)
    check_texts(text)


def test_pptx(report: Report, simulated: Simulation) -> None:
    content = report_bytes(report, ".pptx")
    text = pptx_text(content)
    check_numbers(text, simulated)
    check_texts(text)
    deck = Presentation(io.BytesIO(content))
    assert 6 <= len(deck.slides) <= 10
    assert all(slide.notes_slide.notes_text_frame.text for slide in deck.slides)
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert len(charts) == 6
    plane = charts[0].plots[0]
    for series, one in zip(plane.series, simulated.projections, strict=True):
        assert list(series.values) == [pytest.approx(one.quality.mean, rel=1e-12)]
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height


def test_pdf(report: Report, simulated: Simulation, tmp_path: Path) -> None:
    content = report_bytes(report, ".pdf")
    text = pdf_text(content, tmp_path)
    check_numbers(text, simulated)
    check_texts(text)
    assert b"pdfuaid" in content  # readable for everybody: tagged, with alternative texts
    if shutil.which("pdffonts"):
        fonts = subprocess.run(["pdffonts", str(tmp_path / "report.pdf")], capture_output=True, check=True, text=True)
        assert all(line.split()[-5] == "yes" for line in fonts.stdout.splitlines()[2:]), fonts.stdout


def test_csv(report: Report, simulated: Simulation) -> None:
    rows = list(csv.DictReader(io.StringIO(report_bytes(report, ".csv").decode("utf-8"))))
    for row, one in zip(rows, simulated.projections, strict=True):
        assert row["architecture"] == one.name
        assert float(row["monthly_cost_usd"]) == pytest.approx(one.monthly_cost_usd.mean, rel=1e-12)
        assert float(row["latency_s"]) == pytest.approx(one.latency_s.mean, rel=1e-12)
        assert float(row["quality"]) == pytest.approx(one.quality.mean, rel=1e-12)
        assert row["demo_data"] == "true"


def test_html_and_pptx_are_quick(report: Report) -> None:
    begun = time.process_time()
    report_bytes(report, ".html")
    report_bytes(report, ".pptx")
    assert time.process_time() - begun < 10
