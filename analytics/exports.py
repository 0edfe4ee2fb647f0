"""Tables as files that a spreadsheet can open safely."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

# A cell that starts like this is run as a formula by spreadsheets.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(table: "pl.DataFrame") -> bytes:
    """UTF-8 CSV; text that a spreadsheet would run as a formula gets an apostrophe in front."""
    import polars as pl

    escaped = [
        pl.when(pl.col(name).str.slice(0, 1).is_in(FORMULA_STARTS))
        .then("'" + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name, kind in table.schema.items()
        if kind == pl.String
    ]
    return table.with_columns(escaped).write_csv().encode("utf-8")
