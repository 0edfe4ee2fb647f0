"""A report in another currency: every amount of every file, at the rate it names."""

import csv
import io
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pptx import Presentation

from analytics.charts.format import money
from analytics.cli import main
from analytics.currency import Currency
from analytics.reports import Facts, Report, compose_report, report_bytes
from tests.reports.test_files import html_text, pdf_text, pptx_text
from tests.reports.test_waterfall import printed

EUR = Currency("EUR", "€", 2.0, date(2026, 1, 1))


@pytest.fixture(scope="module")
def report(facts: Facts) -> Report:
    return compose_report(facts, created=date(2026, 11, 24), currency=EUR)


@pytest.mark.parametrize("suffix", [".html", ".pptx", ".pdf"])
def test_no_dollar_is_left_and_the_rate_is_named(suffix: str, report: Report, facts: Facts, tmp_path: Path) -> None:
    readers: dict[str, Callable[[bytes], str]] = {
        ".html": html_text, ".pptx": pptx_text, ".pdf": lambda content: pdf_text(content, tmp_path),
    }  # fmt: skip
    text = readers[suffix](report_bytes(report, suffix))
    assert "$" not in text
    assert "USD" not in text.replace("1 EUR = 2 USD since 2026-01-01", "")
    assert "1 EUR = 2 USD since 2026-01-01" in text
    for one in facts.simulation.projections:
        assert one.monthly_cost_usd.mean is not None
        assert money(one.monthly_cost_usd.mean / 2).replace("$", "€") in text


def test_charts_are_in_euros(report: Report, facts: Facts) -> None:
    specs = " ".join(str(figure.spec) for section in report.sections for figure in section.figures)
    assert "USD" not in specs
    assert "'$'" not in specs
    deck = Presentation(io.BytesIO(report_bytes(report, ".pptx")))
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    by_model = next(chart for chart in charts if chart.has_title and "By model" in chart.chart_title.text_frame.text)
    assert by_model.chart_title.text_frame.text == "By model, EUR a month"
    assert by_model.plots[0].data_labels.number_format == '"€"#,##0'
    assert list(by_model.plots[0].series[0].values) == pytest.approx([row.today_usd / 2 for row in facts.by_model])


def test_the_bill_still_adds_up_to_what_is_printed(report: Report, facts: Facts) -> None:
    found = report.facts.waterfall
    assert found is not None
    assert facts.waterfall is not None
    first, *middle, last = (printed(found.text(bar).replace("€", "$")) for bar in found.bars)
    assert first + sum(middle) == pytest.approx(last, abs=1e-6)
    assert last == pytest.approx(facts.waterfall.bars[-1].usd / 2, abs=0.51)


def test_csv_names_the_currency_in_its_columns(report: Report, facts: Facts) -> None:
    rows = list(csv.DictReader(io.StringIO(report_bytes(report, ".csv").decode("utf-8"))))
    assert not any("usd" in name for name in rows[0])
    for row, one in zip(rows, facts.simulation.projections, strict=True):
        assert one.monthly_cost_usd.mean is not None
        assert float(row["monthly_cost_eur"]) == pytest.approx(one.monthly_cost_usd.mean / 2, rel=1e-12)


def test_the_command_takes_the_latest_rate_of_the_rates_file(
    demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, out = tmp_path / "demo.duckdb", tmp_path / "r.csv"
    shutil.copy(demo, copy)
    shutil.copytree(f"{demo}.segments", f"{copy}.segments")
    rates = ("2026-01-01\nusd = 1.25", "2026-02-01\nusd = 2.0")
    copy.with_name("demo.duckdb.rates.toml").write_text(
        "\n".join(f'[[rate]]\ncurrency = "EUR"\nfrom = {rate}' for rate in rates)
    )
    said = {}
    for code in ("USD", "eur"):
        assert main(["report", "--out", str(out), "--db", str(copy), "--currency", code]) == 0
        said[code] = capsys.readouterr().out
    dollars, euros = (
        float(re.findall(rf"{sign}([\d,]+)", text)[0].replace(",", ""))
        for sign, text in ((r"\$", said["USD"]), ("€", said["eur"]))
    )
    assert euros == pytest.approx(dollars / 2, abs=1)
    assert main(["report", "--out", str(out), "--db", str(copy), "--currency", "CHF"]) == 1
    assert "no rate of 'CHF'" in capsys.readouterr().err
