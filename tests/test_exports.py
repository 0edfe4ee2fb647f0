"""A spreadsheet must show what was written, never run it."""

import csv
import io

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from analytics.exports import FORMULA_STARTS, csv_bytes


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
