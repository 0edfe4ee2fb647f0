"""A spreadsheet must show what was written, never run it."""

import csv
import io
import sys
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import ExportError
from analytics.exports import FORMULA_STARTS, chart_image, csv_bytes, parquet_bytes


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1, max_size=20))
def test_no_cell_begins_like_a_formula_and_nothing_else_changes(cells: list[str]) -> None:
    written = csv_bytes(
        pl.DataFrame({"cell": cells, "n": range(len(cells))}, schema={"cell": pl.String, "n": pl.Int64})
    )
    rows = list(csv.reader(io.StringIO(written.decode("utf-8"), newline="")))[1:]
    for (cell, _), original in zip(rows, cells, strict=True):
        assert not cell.startswith(FORMULA_STARTS)
        assert cell.removeprefix("'" if original.startswith(FORMULA_STARTS) else "") == original


def test_numbers_stay_numbers() -> None:
    assert csv_bytes(pl.DataFrame({"usd": [-1.5]})) == b"usd\n-1.5\n"


def test_parquet_keeps_values_and_types() -> None:
    table = pl.DataFrame({"name": ["=1", None], "usd": [-1.5, None], "n": [1, 2]})
    assert pl.read_parquet(io.BytesIO(parquet_bytes(table))).equals(table)


def bar() -> Any:
    import altair as alt

    return alt.Chart(pl.DataFrame({"x": [1.0]})).mark_bar().encode(x="x:Q")


def test_without_the_package_that_draws_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(ExportError, match="vl-convert-python"):
        chart_image(bar(), "png")


def test_pictures_are_png_and_svg_with_a_title() -> None:
    pytest.importorskip("vl_convert")
    assert chart_image(bar(), "png").startswith(b"\x89PNG")
    written = chart_image(bar(), "svg", "What is seen")
    assert b"<svg" in written
    assert b"What is seen" in written
