"""From rows with canonical names to rows that are typed, checked, priced and free of duplicates.

`stage` makes two temporary tables: `staged`, every record once with its canonical values and the reason why it is
refused, if it is; and `dropped`, the lines among the good ones that do not enter (duplicates, or ids that contradict
each other). `clean` is what remains, in the shape of the store's `requests`.
"""

from collections.abc import Sequence

import duckdb

from analytics.logs.attempts_sql import clean_sql, dropped_sql, logical_sql, repeated_sql, single_sql
from analytics.logs.containers import LINE
from analytics.logs.read import Reading
from analytics.logs.repeated import create_repeated
from analytics.logs.stage_sql import RATED_SQL, counted_sql, models_sql, priced_sql, requests_columns, typed_sql
from analytics.logs.texts import REDACTED, KeepPrompts, add_redaction
from analytics.prices import PriceRow, ResolvedPrice
from analytics.store.insert import insert_rows
from analytics.store.segments import quoted

PRICE_TABLE = (
    ("model_logged", "TEXT"), ("provider_logged", "TEXT"), ("canonical", "TEXT"), ("canonical_provider", "TEXT"),
    ("valid_from", "TIMESTAMPTZ"), ("valid_to", "TIMESTAMPTZ"), ("above_tokens", "BIGINT"), ("up_to_tokens", "BIGINT"),
    ("input_usd_per_mtok", "DOUBLE"), ("output_usd_per_mtok", "DOUBLE"), ("cache_read_usd_per_mtok", "DOUBLE"),
    ("cache_write_usd_per_mtok", "DOUBLE"), ("reasoning_usd_per_mtok", "DOUBLE"), ("request_usd", "DOUBLE"),
    ("batch_factor", "DOUBLE"),
)  # fmt: skip


def distinct_models(connection: duckdb.DuckDBPyConnection, types: dict[str, str]) -> list[tuple[str, str | None]]:
    """The distinct (model, provider) pairs of `source_rows`, as the log spells them."""
    return [(row[0], row[1]) for row in connection.execute(models_sql(types)).fetchall()]


def create_price_table(connection: duckdb.DuckDBPyConnection, resolved: Sequence[ResolvedPrice]) -> None:
    """`resolved_prices`: per spelling of a model and provider its canonical name and each price period and tier."""
    columns = ", ".join(f"{name} {kind}" for name, kind in PRICE_TABLE)
    connection.execute(f"CREATE TEMP TABLE resolved_prices ({columns})")
    insert_rows(connection, "resolved_prices", price_table_rows(resolved))


def price_table_rows(resolved: Sequence[ResolvedPrice]) -> list[tuple[object, ...]]:
    """The rows of PRICE_TABLE; a model without a price has one without rates."""
    rows: list[tuple[object, ...]] = []
    for entry in resolved:
        name = (entry.model_logged, entry.provider_logged, entry.model, entry.provider)
        if not entry.rows:
            rows.append((*name, *[None] * 11))
        for price in entry.rows:
            tiers = sorted(
                other.above_tokens
                for other in entry.rows
                if (other.valid_from, other.valid_to) == (price.valid_from, price.valid_to)
                and other.above_tokens > price.above_tokens
            )
            rows.append((*name, *_price_values(price, tiers[0] if tiers else None)))
    return rows


def _price_values(price: PriceRow, up_to: int | None) -> tuple[object, ...]:
    return (
        price.valid_from,
        price.valid_to,
        price.above_tokens,
        up_to,
        price.input_usd_per_mtok,
        price.output_usd_per_mtok,
        price.cache_read_usd_per_mtok,
        price.cache_write_usd_per_mtok,
        price.reasoning_usd_per_mtok,
        price.request_usd,
        price.batch_factor,
    )


def stage(connection: duckdb.DuckDBPyConnection, reading: Reading, source: str, keep_prompts: KeepPrompts) -> None:
    """Create `staged` from `source_rows` in one pass."""
    if keep_prompts == REDACTED:
        add_redaction(connection)
    types = reading.types
    texts = create_repeated(connection, types)
    columns = requests_columns(keep_prompts, texts, types)
    varying = [column for column in columns if column.needs is None or column.needs in types]
    values = ", ".join(f"{column.value} AS {column.name}" for column in varying)
    connection.execute(
        f"CREATE TEMP TABLE staged AS WITH typed AS ({typed_sql(types, LINE)}), counted AS ({counted_sql(reading.format)}), "
        f"rated AS ({RATED_SQL}) {priced_sql(values, texts, types)}"
    )
    # What is the same for every row takes no room in the table of millions.
    same = [f"{quoted(source)}::ENUM({quoted(source)}) AS source"]
    same += [f"{column.constant} AS {column.name}" for column in columns if column not in varying]
    connection.execute(f"CREATE TEMP VIEW checked AS SELECT *, {', '.join(same)} FROM staged")


def drop_repeated(connection: duckdb.DuckDBPyConnection, existing: str | None) -> None:
    """Create `dropped`: lines already stored (`existing`: a relation of stored request_ids of this source, if any),
    repeated lines of the same content, and ids that stand for different content (all of them: none can be trusted).
    """
    connection.execute("CREATE TEMP TABLE dropped (line BIGINT, reason TEXT)")
    if existing is not None:
        connection.execute(
            "INSERT INTO dropped SELECT line, NULL FROM staged WHERE reason IS NULL "
            f"AND request_id IN (SELECT request_id FROM {existing})"
        )
    good = "(SELECT * FROM checked WHERE reason IS NULL AND line NOT IN (SELECT line FROM dropped))"
    rows, ids = connection.execute(f"SELECT count(*), count(DISTINCT request_id) FROM {good}").fetchall()[0]
    if rows == ids:
        return
    connection.execute(f"CREATE TEMP TABLE repeated AS {repeated_sql(good)}")
    connection.execute(f"INSERT INTO dropped {dropped_sql(good)}")


def create_clean(connection: duckdb.DuckDBPyConnection, stored_logical: str | None) -> None:
    """Create the view `clean`: what enters the store, attempts told apart from logical requests.

    Attempts of a request that an earlier load already counted (`stored_logical`: a relation of logical_ids) add cost but
    are not counted again.
    """
    dropped = connection.execute("SELECT count(*) FROM dropped").fetchall()[0][0]
    good = "SELECT * EXCLUDE (line, reason) FROM checked WHERE reason IS NULL"
    good += " AND line NOT IN (SELECT line FROM dropped)" if dropped else ""
    grouped = connection.execute("SELECT count(logical_id) FROM checked").fetchall()[0][0]
    if grouped:
        connection.execute(f"CREATE TEMP TABLE logical AS {logical_sql(good, stored_logical)}")
    connection.execute(f"CREATE TEMP VIEW clean AS {clean_sql(good) if grouped else single_sql(good)}")
