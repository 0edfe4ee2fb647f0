"""The first rows of a file as they would load, before anything is loaded."""

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from analytics.errors import LoadError
from analytics.logs.fields import REQUEST_FIELDS
from analytics.logs.mapping import Mapping
from analytics.logs.read import read_requests
from analytics.logs.stage import create_price_table, distinct_models, stage
from analytics.prices import own_prices_of, resolve_prices
from analytics.store.connection import connect_memory

if TYPE_CHECKING:
    import polars as pl

_NAMES = tuple(known.name for known in REQUEST_FIELDS if known.name not in ("prompt", "tags"))


def preview_rows(database: Path, file: Path, mapping: Mapping, most: int) -> "pl.DataFrame":
    """The first `most` rows under `mapping`: mapped canonical columns, `list_cost_usd`, and `refused` with the reason.

    Raises LoadError or UsageError in one sentence where the mapping does not fit the file.
    """
    with connect_memory() as connection:
        try:
            reading = read_requests(connection, file, REQUEST_FIELDS, mapping.name, (mapping.format(),))
            pairs = distinct_models(connection, reading.types)
            create_price_table(connection, resolve_prices(pairs, own_prices_of(database)))
            stage(connection, reading, mapping.name, keep_prompts=False)
            shown = ["request_id", *(name for name in _NAMES if name in mapping.columns and name != "request_id")]
            found: pl.DataFrame = connection.sql(
                f"SELECT {', '.join(shown)}, list_cost_usd, reason AS refused FROM checked ORDER BY line LIMIT {most}"
            ).pl()
        except duckdb.Error as error:
            raise LoadError(f"{file.name} cannot be read: {str(error).splitlines()[0]}.") from error
    return found
